"""Processes that are meant to be broken: started, killed, frozen, and started again when they end by themselves."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.kafka_broker import die_with_parent

from streams.kafka.ending import UNEXPECTED

REFUSED = 78
"""Exit status of a process that refuses to start: starting it again would change nothing."""

PAUSE_SECONDS = 0.5


@dataclass
class Part:
    """One process. `wanted` False: it is down on purpose. `once`: settings for the next start only."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = True
    once: dict[str, str] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def last_words(self, lines: int = 12) -> str:
        return "\n".join(self.said().splitlines()[-lines:])

    def resident_bytes(self) -> int:
        """0 where it does not run."""
        try:
            fields = Path(f"/proc/{self.pid}/statm").read_text().split()
        except OSError:
            return 0
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


class Parts:
    """All processes of a road. `note` is told of every start and end."""

    def __init__(self, folder: Path, environment: Mapping[str, str], note: Callable[[str], None]) -> None:
        self.folder, self.environment, self.note = folder, dict(environment), note
        self.parts: dict[str, Part] = {}
        self.refused: list[str] = []
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="parts", daemon=True)
        self._keeper.start()

    def __getitem__(self, name: str) -> Part:
        return self.parts[name]

    def add(self, name: str, command: list[str], **settings: str) -> Part:
        part = Part(name, command, self.folder / f"{name}.log", {**self.environment, **settings})
        with self._lock:
            self.parts[name] = part
            self._start(part)
        return part

    def kill(self, name: str, *, back: bool = True, once: Mapping[str, str] | None = None) -> None:
        """A hard crash. `back`: it is started again at once, with the settings `once` laid over its own."""
        part = self.parts[name]
        with self._lock:
            part.wanted, part.once = back, dict(once or {})
            if part.process is not None and part.process.poll() is None:
                part.process.send_signal(signal.SIGCONT)  # a frozen one would stay a zombie of ours until it is thawed
                part.process.kill()
                part.process.wait()
                self.note(f"kill -9 {name}")
            if back:
                self._start(part)

    def kill_by_itself(self, name: str, once: Mapping[str, str], patience_seconds: float = 90.0) -> None:
        """Start it anew with settings that make it end itself as its design wants: at once, to be started again."""
        part = self.parts[name]
        before, deadline = len(part.ends), time.monotonic() + patience_seconds
        self.kill(name, once=once)
        while len(part.ends) == before:
            assert time.monotonic() < deadline, f"{name} did not end itself with {once}: {part.last_words()}"
            time.sleep(0.1)
        assert part.ends[-1] == UNEXPECTED, part.last_words()

    def start(self, name: str) -> None:
        part = self.parts[name]
        with self._lock:
            part.wanted = True
            if not part.running:
                self._start(part)

    def terminate(self, name: str, seconds: float = 30.0) -> int:
        """A graceful stop; its exit status. Raises TimeoutExpired where it takes longer."""
        part = self.parts[name]
        with self._lock:
            part.wanted = False
            assert part.process is not None
            part.process.send_signal(signal.SIGTERM)
            self.note(f"SIGTERM {name}")
        return part.process.wait(seconds)

    def freeze(self, name: str) -> None:
        self.note(f"SIGSTOP {name}")
        os.kill(self.parts[name].pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        self.note(f"SIGCONT {name}")
        os.kill(self.parts[name].pid, signal.SIGCONT)

    def stop(self) -> None:
        """End everybody, the last started first."""
        self._closing.set()
        self._keeper.join()
        for part in reversed(self.parts.values()):
            part.wanted = False
            if part.process is None or part.process.poll() is not None:
                continue
            part.process.send_signal(signal.SIGCONT)
            part.process.terminate()
            try:
                part.process.wait(15)
            except subprocess.TimeoutExpired:
                part.process.kill()
                part.process.wait()

    def _start(self, part: Part) -> None:
        with part.log.open("ab") as log:
            part.process = subprocess.Popen(
                part.command,
                env={**part.environment, **part.once},
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        part.once = {}
        self.note(f"started {part.name}")

    def _keep(self) -> None:
        while not self._closing.wait(0.1):
            with self._lock:
                ended = [part for part in self.parts.values() if part.wanted and not part.running]
                for part in ended:
                    self._ended(part)
            if ended:
                time.sleep(PAUSE_SECONDS)

    def _ended(self, part: Part) -> None:
        status = part.process.returncode if part.process is not None else None
        self.note(f"{part.name} ended with status {status}")
        if status == REFUSED:
            part.wanted = False
            self.refused.append(f"{part.name}: {part.last_words()}")
            return
        if status is not None:
            part.ends.append(status)
        self._start(part)
