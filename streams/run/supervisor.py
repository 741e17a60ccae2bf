"""Keeps processes running: starts them, starts them again with back-off, ends them in order; nothing outlives it."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from streams.kafka.ending import REFUSED

LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A process that ran this long starts its back-off anew."""


@dataclass
class Child:
    """One process. `vital`: it cannot be replaced, so its end ends everything."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    vital: bool = False
    once: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the others in order
                preexec_fn=_die_with_parent,
            )
        self.started = time.monotonic()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def last_words(self, lines: int = 5) -> str:
        """The end of its log, for the person who asks why it ended."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


@dataclass
class Supervisor:
    """`say` prints one line to the person in front of the terminal."""

    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    ended: str | None = None

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

    def _ended(self, child: Child, status: int, now: float) -> bool:
        if child.once and status == 0:
            self.children.remove(child)
            return True
        if child.vital or status == REFUSED:
            self.ended = f"{child.name} ended with status {status}:\n{child.last_words()}"
            return False
        steady = now - child.started > STEADY_SECONDS
        child.failures = 1 if steady else child.failures + 1
        pause = min(2.0 ** (child.failures - 1), LONGEST_PAUSE_SECONDS)
        self.say(f"{child.name} ended with status {status}; it starts again in {pause:.0f} s (log: {child.log})")
        child.process, child.due = None, now + pause
        return True


def _die_with_parent() -> None:
    if sys.platform == "linux":
        death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(death_signal, signal.SIGTERM)
