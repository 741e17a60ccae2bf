"""The supervisor keeps real processes running and ends them all."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.kafka.ending import REFUSED
from streams.run.supervisor import Child, Supervisor

FOR_EVER = "import time; time.sleep(60)"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(said.append)
    yield supervisor
    supervisor.stop()


def child(tmp_path: Path, code: str, *, vital: bool = False, once: bool = False) -> Child:
    return Child("part", [sys.executable, "-c", code], tmp_path / "part.log", dict(os.environ), vital=vital, once=once)


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)


def test_a_part_that_crashed_starts_again(supervisor: Supervisor, said: list[str], tmp_path: Path) -> None:
    part = supervisor.add(child(tmp_path, "import sys; sys.exit(70)"))
    first = part.process
    until(lambda: supervisor.watch() and part.process is not None and part.process is not first)
    assert "ended with status 70; it starts again in 1 s" in said[0]


def test_a_part_that_refuses_ends_everything_with_its_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.add(child(tmp_path, f"print('another key', flush=True); raise SystemExit({REFUSED})"))
    until(lambda: not supervisor.watch())
    assert supervisor.ended is not None
    assert "another key" in supervisor.ended


def test_a_part_that_is_done_stays_away(supervisor: Supervisor, said: list[str], tmp_path: Path) -> None:
    supervisor.add(child(tmp_path, "pass", once=True))
    until(lambda: supervisor.watch() and not supervisor.children)
    assert said == []


def test_stopping_leaves_nobody_behind(supervisor: Supervisor, tmp_path: Path) -> None:
    parts = [supervisor.add(child(tmp_path, FOR_EVER)) for _ in range(3)]
    supervisor.stop()
    assert [part.running for part in parts] == [False, False, False]


def test_who_does_not_listen_is_killed(supervisor: Supervisor, said: list[str], tmp_path: Path) -> None:
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {FOR_EVER}"
    part = supervisor.add(child(tmp_path, deaf))
    until(lambda: "up" in part.last_words())
    supervisor.stop(patience_seconds=0.2)
    assert not part.running
    assert "was killed" in said[0]
