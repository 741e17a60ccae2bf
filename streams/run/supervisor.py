"""Keeps processes running: starts them, starts them again with back-off, ends them in order; nothing outlives it."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from streams.kafka.ending import REFUSED

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
STEADY_SECONDS = 60.0
"""A process that ran this long starts its back-off anew."""

CRASH_LOOP = 4
"""So many ends, one soon after another, are no accident any more."""


@dataclass
class Child:
    """One process. `vital`: it cannot be replaced, so its end ends everything. `log` None: it says what we say."""

    name: str
    command: list[str]
    log: Path | None
    environment: dict[str, str]
    vital: bool = False
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    restarts: int = 0
    due: float = 0.0

    def start(self) -> None:
        with self._output() as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the others in order
                preexec_fn=die_with_parent,
            )
        self.started = time.monotonic()

    def _output(self) -> AbstractContextManager[IO[bytes] | None]:
        if self.log is None:
            return nullcontext()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        return self.log.open("ab")

    @property
    def crash_looping(self) -> bool:
        """True once it has ended so often, soon after each start, that only a person can help."""
        return self.failures >= CRASH_LOOP and not (self.running and self.steady)

    @property
    def steady(self) -> bool:
        return time.monotonic() - self.started > STEADY_SECONDS

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def last_words(self, lines: int = 5) -> str:
        """The end of its log, for the person who asks why it ended."""
        text = self.log.read_text(errors="replace") if self.log is not None and self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


@dataclass
class Supervisor:
    """`say` prints one line to the person in front of the terminal."""

    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    ended: str | None = None
    status: int = 0
    """Of the child whose end ended everything."""

    def add(self, child: Child) -> Child:
        child.start()
        self.children.append(child)
        return child

    def watch(self) -> bool:
        """One look at everybody; False when everything must end. Never blocks."""
        now = time.monotonic()
        for child in self.children:
            if child.running or (child.process is None and now < child.due):
                continue
            if child.process is None:
                child.start()
            elif not self._ended(child, child.process.returncode, now):
                return False
        return True

    def stop(self, patience_seconds: float = 15.0) -> None:
        """End everybody, the last started first; who does not end in time is killed."""
        for child in reversed(self.children):
            if child.process is None or not child.running:
                continue
            child.process.send_signal(signal.SIGTERM)
            try:
                child.process.wait(patience_seconds)
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not end within {patience_seconds:.0f} s and was killed")
                child.process.kill()
                child.process.wait()

    def stop_together(self, patience_seconds: float, hurry: Callable[[], bool] = lambda: False) -> None:
        """End everybody at once; who does not end in time, or before somebody is in a hurry, is killed."""
        running = [child.process for child in self.children if child.process is not None and child.running]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + patience_seconds
        while any(process.poll() is None for process in running) and time.monotonic() < deadline and not hurry():
            time.sleep(0.05)
        for process in running:
            process.kill()  # does nothing to one that has ended
            process.wait()

    def _ended(self, child: Child, status: int, now: float) -> bool:
        if child.once and status == 0:
            self.children.remove(child)
            return True
        if child.vital or status == REFUSED:
            self.status = status if status > 0 else 1
            self.ended = f"{child.name} ended with status {status}:\n{child.last_words()}".strip()
            return False
        child.failures = 1 if child.steady else child.failures + 1
        child.restarts += 1
        pause = min(SHORTEST_PAUSE_SECONDS * 2.0 ** (child.failures - 1), LONGEST_PAUSE_SECONDS)
        child.process, child.due = None, now + pause
        self.say(_again(child, status, pause))
        return True


def _again(child: Child, status: int, pause: float) -> str:
    words = f"{child.name} ended with status {status}; it starts again in {pause:g} s"
    if child.crash_looping:
        words = f"{child.name} crashes again and again, {child.failures} times in a row now; {words}"
    return words + (f" (log: {child.log})" if child.log else "")


def die_with_parent() -> None:
    """For a child, between fork and exec: nothing that we started outlives us, however we end."""
    if sys.platform == "linux":
        death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(death_signal, signal.SIGTERM)
