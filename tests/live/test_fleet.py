"""Workers and sinks under their supervisor, as an operator sees them: ports, restarts, the end."""

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.kafka import Broker, until
from support.kafka_broker import free_ports
from support.road import CLI, KEY

from streams.run.health.metrics import METRICS
from streams.run.ports import is_free


class Fleet:
    """`touchline <role> --processes n`, with its metrics on `port` and the ports after it."""

    def __init__(self, settings: dict[str, str], log: Path, port: int, role: str, processes: int) -> None:
        self.log, self.port = log, port
        environment = {**os.environ, "TOUCHLINE_PSEUDONYM_KEY": KEY, "TOUCHLINE_METRICS_PORT": str(port), **settings}
        with log.open("wb") as output:
            command = [*CLI, role, "--processes", str(processes)]
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)

    def ask(self, path: str, number: int = 0) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port + number}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def metric(self, name: str, number: int = 0, **labels: str) -> float | None:
        status, text = self.ask("/metrics", number)
        for family in text_string_to_metric_families(text) if status == 200 else ():
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return None

    def children(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]


def port_with_room(count: int) -> int:
    """A port that is free with those after it."""
    for _ in range(50):
        (port,) = free_ports(1)
        if all(is_free(port + number) for number in range(count + 1)):
            return port
    pytest.fail("no free ports side by side")


Start = Callable[[str, int], Fleet]


@pytest.fixture
def start(clean_kafka: Broker, tmp_path: Path) -> Iterator[Start]:
    settings = {
        "TOUCHLINE_KAFKA": clean_kafka.connection.servers,
        "TOUCHLINE_PARTITIONS": "2",
        "TOUCHLINE_CLICKHOUSE": f"chdb://{tmp_path}/store",
    }
    fleets: list[Fleet] = []

    def started(role: str, processes: int) -> Fleet:
        fleets.append(Fleet(settings, tmp_path / f"{role}.log", port_with_room(processes), role, processes))
        return fleets[-1]

    yield started
    for fleet in fleets:
        if fleet.process.poll() is None:
            fleet.process.kill()
            fleet.process.wait()


@pytest.mark.kafka
def test_two_workers_are_ready_one_is_killed_comes_back_and_both_end(start: Start) -> None:
    fleet = start("worker", 2)
    until(lambda: fleet.ask("/readyz")[0] == 200, "both are ready", 90)
    assert fleet.ask("/healthz", 1)[0] == fleet.ask("/healthz", 2)[0] == 200
    pids = fleet.children()
    os.kill(pids[0], signal.SIGKILL)
    until(lambda: fleet.metric("touchline_process_restarts_total", process="worker-1-1") == 1, "it was restarted", 30)
    until(lambda: fleet.ask("/readyz")[0] == 200, "both are ready again", 60)
    assert fleet.metric("touchline_process_up", process="worker-1-1") == 1
    pids = fleet.children()
    assert len(pids) == 2
    fleet.process.send_signal(signal.SIGTERM)
    assert fleet.process.wait(60) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.kafka
def test_what_worker_and_sink_tell_is_in_the_catalogue_and_true(start: Start) -> None:
    workers, sink = start("worker", 1), start("sink", 1)
    until(lambda: workers.ask("/readyz")[0] == 200, "the worker is ready", 90)
    until(lambda: sink.ask("/readyz")[0] == 200, "the sink is ready", 90)
    until(lambda: (sink.metric("touchline_sink_rows_total", 1, table="pipeline") or 0) > 10, "rows are stored", 60)
    until(lambda: (workers.metric("touchline_records_total", 1, stage="load") or 0) > 0, "load hears of the time", 60)
    assert workers.metric("touchline_delay_seconds", 1, stage="validate") is not None
    assert workers.metric("touchline_broker_up", 1) == sink.metric("touchline_store_up", 1) == 1
    told = "\n".join(fleet.ask("/metrics", number)[1] for fleet in (workers, sink) for number in (0, 1))
    described = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE touchline_")}
    assert described <= set(METRICS)
    assert len(described) > 25
    for fleet in (workers, sink):
        fleet.process.send_signal(signal.SIGTERM)
    assert [fleet.process.wait(60) for fleet in (workers, sink)] == [0, 0]


def test_a_crash_loop_is_in_the_log_the_metrics_and_the_answer(tmp_path: Path) -> None:
    """Each process is killed as soon as it starts; that there is no broker does not matter."""
    nowhere = {"TOUCHLINE_KAFKA": "127.0.0.1:1"}
    fleet = Fleet(nowhere, tmp_path / "worker.log", port_with_room(1), "worker", 1)
    try:
        for crashes in range(1, 5):
            (pid,) = until(fleet.children, "the worker starts", 30)
            os.kill(pid, signal.SIGKILL)
            until(lambda done=crashes: fleet.metric("touchline_process_restarts_total") == done, "it is noticed", 30)
        assert fleet.metric("touchline_process_crash_loop", process="worker-1-1") == 1
        status, body = fleet.ask("/readyz")
        assert (status, "worker-1-1 crashes again and again" in body) == (503, True)
        (loud,) = [line for line in fleet.log.read_text().splitlines() if '"level": "error"' in line]
        assert "crashes again and again, 4 times in a row now" in loud
    finally:
        fleet.process.send_signal(signal.SIGTERM)
        assert fleet.process.wait(60) == 0
