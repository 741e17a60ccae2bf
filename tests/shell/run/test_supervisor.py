"""The supervisor keeps real processes running and ends them all."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.kafka.ending import REFUSED
from streams.run.supervisor import STEADY_SECONDS, Child, Supervisor

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
    assert "ended with status 70; it starts again in 0.5 s" in said[0]
    assert part.restarts == 1


def test_a_crash_loop_is_said_loudly_and_its_pauses_are_bounded(
    supervisor: Supervisor, said: list[str], tmp_path: Path
):
    part = supervisor.add(child(tmp_path, "raise SystemExit(70)"))
    for _ in range(10):
        until(lambda: not part.running and supervisor.watch() and part.process is None)
        part.due = 0.0  # nobody waits for it here
        assert supervisor.watch()
    pauses = [float(line.partition("again in ")[2].split()[0]) for line in said]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert ["crashes again and again" in line for line in said] == [False] * 3 + [True] * 7
    assert part.crash_looping


def test_who_ran_for_a_while_begins_anew(supervisor: Supervisor, said: list[str], tmp_path: Path):
    part = supervisor.add(child(tmp_path, FOR_EVER))
    part.failures = 9
    part.started -= STEADY_SECONDS + 1
    assert not part.crash_looping
    assert part.process is not None
    part.process.kill()
    until(lambda: supervisor.watch() and bool(said))
    assert "starts again in 0.5 s" in said[0]


def test_all_are_asked_to_end_at_once_and_somebody_in_a_hurry_does_not_wait(supervisor: Supervisor, tmp_path: Path):
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {FOR_EVER}"
    parts = [supervisor.add(child(tmp_path, deaf)) for _ in range(2)]
    until(lambda: parts[0].last_words().count("up") == 2)
    began = time.monotonic()
    supervisor.stop_together(30, hurry=lambda: True)
    assert [part.running for part in parts] == [False, False]
    assert time.monotonic() - began < 10


def test_a_part_that_refuses_ends_everything_with_its_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.add(child(tmp_path, f"print('another key', flush=True); raise SystemExit({REFUSED})"))
    until(lambda: not supervisor.watch())
    assert supervisor.ended is not None
    assert "another key" in supervisor.ended
    assert supervisor.status == REFUSED


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
