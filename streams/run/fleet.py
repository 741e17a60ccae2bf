"""`--processes N`: so many workers or sinks on this machine, started again with back-off, ended and asked as one."""

import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import FrameType

import structlog

from streams.kafka.topics import RefusedError
from streams.numbers import Sample
from streams.run.attended import serve_health
from streams.run.health.answers import Health, Vitals
from streams.run.health.loop import LoopBeat
from streams.run.settings import Settings, child_environment
from streams.run.supervisor import Child, Supervisor

LOOK_SECONDS = 0.1
LONGEST_STALL_SECONDS = 10.0
GRACE_SECONDS = 5.0
"""Beyond the children's own limit, so that they end by themselves."""

log = structlog.get_logger("touchline.supervisor")


class Fleet:
    """`role`: the command that each process runs. Process n has the worker id `<id>-n`, the metrics port base + n."""

    def __init__(self, settings: Settings, role: str, processes: int) -> None:
        self._settings, self._role = settings, role
        self._supervisor = Supervisor(self._say)
        self._signals: list[int] = []
        self._beat = LoopBeat()
        self._names = [f"{settings.worker_id}-{number}" for number in range(1, processes + 1)]

    def run(self) -> int:
        """Until SIGTERM or SIGINT (0), or until a child refuses to start (its status). Raises RefusedError."""
        for asked in (signal.SIGTERM, signal.SIGINT):
            signal.signal(asked, self._on_signal)
        server = serve_health(self._settings, Health(Vitals(self.alive, self.ready, self.samples)))
        try:
            for number, name in enumerate(self._names, 1):
                self._supervisor.add(self._child(number, name))
            log.info("started", processes=self._names)
            while not self._signals and self._supervisor.watch():
                self._beat.beat()
                time.sleep(LOOK_SECONDS)
        finally:
            self._supervisor.stop_together(self._settings.stop_seconds + GRACE_SECONDS, lambda: len(self._signals) > 1)
            if server is not None:
                server.stop()
        if self._supervisor.ended:
            log.critical(self._supervisor.ended)
        return self._supervisor.status

    # -- health ----------------------------------------------------------------------------------

    def alive(self) -> list[str]:
        idle = self._beat.idle_seconds
        return [f"the supervisor stands still for {idle:.0f} s"] if idle > LONGEST_STALL_SECONDS else []

    def ready(self) -> list[str]:
        """Every process's own answer, where they have ports; else whether they run."""
        reasons, started = self.alive(), {child.name: child for child in self._supervisor.children}
        for number, name in enumerate(self._names, 1):
            child = started.get(name)  # None before its first start
            if child is None or not (child.running or child.crash_looping):
                reasons.append(f"{name} does not run")
            elif child.crash_looping:
                reasons.append(f"{name} crashes again and again; its log says why")
            elif self._settings.metrics_port:
                reasons += [f"{name}: {reason}" for reason in self._not_ready(number)]
        return reasons

    def samples(self) -> Iterator[Sample]:
        for child in self._supervisor.children:
            yield Sample("touchline_process_up", (child.name,), 1 if child.running else 0)
            yield Sample("touchline_process_restarts_total", (child.name,), child.restarts)
            yield Sample("touchline_process_crash_loop", (child.name,), 1 if child.crash_looping else 0)

    def _not_ready(self, number: int) -> list[str]:
        host = "127.0.0.1" if self._settings.listen in ("0.0.0.0", "::") else self._settings.listen
        url = f"http://{host}:{self._settings.metrics_port + number}/readyz"
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as error:
            return [error.read().decode(errors="replace").strip()]
        except OSError as error:
            return [f"does not answer ({error})"]
        return []

    # -- children --------------------------------------------------------------------------------

    def _child(self, number: int, name: str) -> Child:
        base = self._settings.metrics_port
        environment = child_environment(worker_id=name, metrics_port=str(base + number if base else 0))
        return Child(name, [sys.executable, "-m", "streams.run.cli", self._role], None, environment)

    def _say(self, words: str) -> None:
        """One restart is worth a look, one after another is worth a call."""
        loud = any(child.crash_looping for child in self._supervisor.children)
        (log.error if loud else log.warning)(words)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals.append(number)


def run_fleet(settings: Settings, role: str, processes: int) -> int:
    """The exit status. Raises ValueError where the metrics port is taken."""
    try:
        return Fleet(settings, role, processes).run()
    except RefusedError as error:
        raise ValueError(str(error)) from None
