"""`touchline up` as a newcomer meets it: it starts, says who holds a port, shows a crowd, and ends without a trace."""

import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.kafka_broker import free_ports
from support.road import CLI

pytestmark = pytest.mark.slow


class Up:
    def __init__(self, folder: Path, *arguments: str) -> None:
        self.ports = free_ports(3)
        names = ("--kafka-port", "--http-port", "--page-port")
        flags = [text for name, port in zip(names, self.ports, strict=True) for text in (name, str(port))]
        self.command = [*CLI, "up", "--data-dir", str(folder), *flags, *arguments]
        self.process = subprocess.Popen(self.command, stderr=subprocess.PIPE, text=True)

    def query(self, sql: str) -> str:
        with suppress(OSError):
            return self.get(self.ports[1], "/?query=" + urllib.request.quote(sql)).strip()  # type: ignore[attr-defined]
        return ""

    def get(self, port: int, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def stop(self) -> str:
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=60)[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def up(folder: Path) -> Iterator[Up]:
    up = Up(folder)
    yield up
    if up.process.poll() is None:
        up.stop()


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.3)


def waiting(up: Up) -> bool:
    return (up.query("SELECT max(waiting) FROM queue_load WHERE at > now() - 600") or "0") != "0"


def test_a_crowd_shows_a_second_start_is_told_who_is_there_and_the_end_leaves_nobody(up: Up, folder: Path) -> None:
    until(lambda: waiting(up), 240, "people wait in the simulated resort now")
    assert "Live operations" in up.get(up.ports[2], "/")
    assert '"status": "ok"' in up.get(up.ports[2], "/readyz")
    assert "touchline_sink_rows_total" in up.get(up.ports[2], "/metrics")

    second = subprocess.run(up.command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2
    assert f"port {up.ports[0]}" in second.stderr.replace("\n", " ")
    assert "pid" in second.stderr

    said = up.stop().replace("\n", " ")
    assert "every process has ended" in said
    assert re.search(r"127\.0\.0\.1:\d+/readyz \(worker\)", said)
    left = [line for line in _processes() if str(folder) in line]
    assert left == []


def test_a_kept_store_is_as_full_after_the_next_start(folder: Path) -> None:
    counts = "SELECT (SELECT count() FROM touchpoints), (SELECT count() FROM stays WHERE outcome = 'served')"
    first = Up(folder, "--no-simulate")
    until(lambda: first.query("SELECT 1") == "1", 60, "SQL answers")
    emit(first, "queue.joined", "service.started", "service.ended")
    until(lambda: first.query(counts) == "3\t1", 60, "a served stay")
    first.stop()

    second = Up(folder, "--no-simulate")
    finished = "SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL"
    seen: set[str] = set()

    def is_finished() -> bool:
        seen.add(second.query(counts))
        return second.query(finished) == "2"

    until(is_finished, 90, "the stored touchpoints went through again")
    assert seen <= {"", "3\t1"}  # nothing while the store is down, and never a part of it
    assert second.query(counts) == "3\t1"
    emit(second, "queue.joined")
    until(lambda: second.query("SELECT count() FROM stays") == "2", 60, "what comes now is shown, too")
    second.stop()


def emit(up: Up, *kinds: str) -> None:
    for kind in kinds:
        flags = ["--source", "gate", "--channel", "wristband", "--identifier", "wristband=w-1", "--place", "ride"]
        subprocess.run(
            [*CLI, "emit", kind, *flags],
            env=environment(up),
            check=True,
            capture_output=True,
            timeout=60,
        )


def environment(up: Up) -> dict[str, str]:
    import os

    return {**os.environ, "TOUCHLINE_KAFKA": f"127.0.0.1:{up.ports[0]}", "TOUCHLINE_BROKER": "embedded"}


def _processes() -> list[str]:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if not line.startswith("ps ")]
