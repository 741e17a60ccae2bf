"""The answers about health: from a thread, so that a process that stands still can say so."""

import asyncio
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import orjson
import pytest
from support.kafka_broker import free_ports

from streams.run.attended import attended
from streams.run.health.answers import Health, HealthServer, Vitals
from streams.run.health.loop import LoopBeat, LoopWatch
from streams.run.health.worker import stalled
from streams.run.settings import Settings


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Patient:
    """A process whose health a test decides."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.health = Health(Vitals(list, lambda: self.reasons, list))


@pytest.fixture
def patient() -> Iterator[tuple[Patient, int]]:
    patient = Patient()
    server = HealthServer(patient.health, "127.0.0.1", 0)
    server.start()
    yield patient, server.port
    server.stop()


def test_each_path_has_its_answer(patient: tuple[Patient, int]):
    process, port = patient
    assert [ask(port, path)[0] for path in ("/healthz", "/readyz", "/metrics", "/nothing")] == [200, 200, 200, 404]
    process.reasons = ["stitch/2 is not loaded yet"]
    status, body = ask(port, "/readyz")
    assert (status, orjson.loads(body)) == (503, {"status": "not ready", "reasons": process.reasons})
    assert ask(port, "/healthz")[0] == 200


def test_metrics_are_text_that_prometheus_takes(patient: tuple[Patient, int]):
    assert "process_resident_memory_bytes" in ask(patient[1], "/metrics")[1]


def test_whoever_asks_when_the_answer_fails_hears_of_it(patient: tuple[Patient, int]):
    process, port = patient
    process.reasons = None  # type: ignore[assignment]
    process.health._vitals = process.health._vitals._replace(ready=lambda: [str(1 / 0)])
    assert ask(port, "/readyz") == (500, "ZeroDivisionError\n")


def test_an_event_loop_that_stands_still_is_told_while_it_does():
    (port,) = free_ports(1)
    settings = Settings(metrics_port=port)

    def ask_later() -> tuple[int, str]:
        time.sleep(1)
        return ask(port, "/healthz")

    async def run() -> list[tuple[int, str]]:
        beat, answers = LoopBeat(), []
        health = Health(Vitals(lambda: ["stalled"] if beat.idle_seconds > 0.5 else [], list, list))
        async with attended(settings, beat, health):
            await asyncio.sleep(0)
            answers.append(await asyncio.to_thread(ask, port, "/healthz"))
            asking = asyncio.get_running_loop().run_in_executor(None, ask_later)
            time.sleep(2)
            answers.append(await asking)
        return answers

    assert [status for status, _ in asyncio.run(run())] == [200, 503]


def test_a_short_stall_is_survived_and_a_long_one_is_not():
    ended: list[str] = []

    async def run(seconds: float) -> None:
        beat = LoopBeat()
        watch = LoopWatch(beat, 1.0, die=lambda what, **_: ended.append(what))
        watch.start()
        beating = asyncio.create_task(beat.run())
        await asyncio.sleep(0)
        time.sleep(seconds)
        watch.stop()
        beating.cancel()

    asyncio.run(run(0.2))
    assert ended == []
    asyncio.run(run(2.0))
    assert set(ended) == {"the event loop stands still"}


def test_only_a_loop_that_does_not_come_round_is_stalled():
    beat = LoopBeat()
    assert stalled(beat) == []
    beat._at -= 60
    assert stalled(beat) == ["the event loop stands still for 60 s"]


def test_a_port_that_is_taken_names_its_holder_and_the_setting():
    (port,) = free_ports(1)
    holder = HealthServer(Patient().health, "127.0.0.1", port)
    settings = Settings(metrics_port=port)

    async def run() -> None:
        async with attended(settings, LoopBeat(), Patient().health):
            pytest.fail("it must not start")

    with pytest.raises(Exception, match=rf"port {port} .*held by .*pid .*TOUCHLINE_METRICS_PORT"):
        asyncio.run(run())
    holder._server.server_close()


ENDING = """
import asyncio, time
from streams.run import logs
from streams.run.attended import attended
from streams.run.health.loop import LoopBeat
from streams.run.settings import Settings
logs.configure()
async def main():
    async with attended(Settings(stop_seconds={limit}), LoopBeat(), None) as stop:
        print("up", flush=True)
        {body}
asyncio.run(main())
"""
GRACEFUL, DEAF = "await stop.wait()", "await asyncio.sleep(60)"
STILL = "\n".join(("while True:", "            time.sleep(0.01)"))


def test_a_process_that_was_paused_as_a_whole_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOUCHLINE_WATCHDOG_SECONDS", "3")  # a third of it for the event loop
    code = ENDING.format(limit=30, body=GRACEFUL)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(3)  # what is paused cannot be asked
    process.send_signal(signal.SIGCONT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("body", "limit", "signals", "status", "says"),
    [
        (GRACEFUL, 30, 1, 0, ""),
        (DEAF, 0.3, 1, 70, "not done within the limit"),
        (STILL, 0.3, 1, 70, "not done within the limit"),
        (DEAF, 30, 2, 70, "asked a second time"),
        (STILL, 30, 2, 70, "asked a second time"),
    ],
)
def test_an_end_is_graceful_or_comes_with_the_limit_or_the_second_signal(
    body: str, limit: float, signals: int, status: int, says: str
):
    code = ENDING.format(limit=limit, body=body)
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    for _ in range(signals):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2 if signals > 1 else 0)  # two signals of one kind that wait are one
    _, said = process.communicate(timeout=20)
    assert process.returncode == status
    assert says in said
