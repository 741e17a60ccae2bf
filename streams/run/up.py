"""`touchline up`: the whole road on embedded parts, as processes that all end with this one."""

import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from types import FrameType

from streams.clock import now_ms
from streams.kafka.embedded import command as broker_command
from streams.run.ports import free_port, holder, is_free
from streams.run.settings import child_environment
from streams.run.supervisor import Child, Supervisor

BROKER_PATIENCE_SECONDS = 15.0
PARK_HOUR = 14
"""The simulated resort lies where it is afternoon now: whoever starts it at night wants to see a crowd, too."""


class CannotStartError(Exception):
    """A person must do something first; the message says what."""


@dataclass(frozen=True)
class Ports:
    kafka: int
    http: int
    page: int

    def check(self) -> None:
        """Raise CannotStartError naming the first port that is taken, who holds it and the flag that helps."""
        for port, what, flag in (
            (self.kafka, "events (Kafka protocol)", "--kafka-port"),
            (self.http, "SQL (ClickHouse protocol)", "--http-port"),
            (self.page, "the page", "--page-port"),
        ):
            if not is_free(port):
                raise CannotStartError(
                    f"port {port}, meant for {what}, is held by {holder(port)}; end that, or give another with {flag}"
                )


def up(ports: Ports, data_dir: Path | None, *, simulate: bool, say: Callable[[str], None]) -> int:
    """Run until Ctrl-C (answer 0) or until a part that cannot be replaced ends (answer 1). Raises CannotStartError."""
    ports.check()
    place = data_dir or Path(tempfile.mkdtemp(prefix="touchline-"))
    place.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(say)
    stopping = _on_signals()
    try:
        _start(supervisor, ports, place, simulate=simulate, say=say, stopping=stopping)
        while not stopping and supervisor.watch():
            time.sleep(0.2)
    finally:
        supervisor.stop()
        if data_dir is None:
            shutil.rmtree(place, ignore_errors=True)
    if supervisor.ended:
        say(supervisor.ended)
        return 1
    say("stopped; every process has ended" + (f", the store is kept in {data_dir}" if data_dir else ""))
    return 0


def _start(
    supervisor: Supervisor,
    ports: Ports,
    place: Path,
    *,
    simulate: bool,
    say: Callable[[str], None],
    stopping: list[int],
) -> None:
    with as_file(files("schemas") / "places.sample.json") as sample:
        environment = child_environment(
            kafka=f"127.0.0.1:{ports.kafka}",
            clickhouse=f"http://127.0.0.1:{ports.http}",
            broker="embedded",
            clock="event",
            partitions="1",
            data_dir=str(place),
            pseudonym_key=_pseudonym_key(place),
            metrics_port="0",  # the store answers on the page's port; only the worker needs one of its own
            **_default("page_writes", "true"),  # it listens on this machine alone
            **_default("places", str(sample)),
            **_default("timezone", zone_where_it_is(PARK_HOUR, now_ms())),
        )

    def child(name: str, *arguments: str, once: bool = False, **settings: str) -> Child:
        command = [sys.executable, "-m", "streams.run.cli", *arguments]
        log = place / "logs" / f"{name}.log"
        own = {f"TOUCHLINE_{setting.upper()}": value for setting, value in settings.items()}
        return supervisor.add(Child(name, command, log, {**environment, **own}, once=once))

    broker = Child("broker", broker_command(ports.kafka), place / "logs" / "broker.log", environment, vital=True)
    supervisor.add(broker)
    _create_topics(ports.kafka, environment)
    store = ["serve", "--store", f"chdb:///{place.resolve()}/store", "--http-port", str(ports.http)]
    child("store", *store, "--page-port", str(ports.page))
    _until_answers(f"http://127.0.0.1:{ports.http}/ping", supervisor, stopping)
    past = _stored_past(ports.http)
    if past.is_kept:  # the broker has forgotten everything, so the state is made anew before anybody serves it
        environment["TOUCHLINE_FROM_EPOCH"] = str(past.epoch + 1)
    metrics = child_environment().get("TOUCHLINE_METRICS_PORT") or str(free_port())
    child("worker", "worker", metrics_port=metrics)
    if past.is_kept:
        say(f"{past.touchpoints} stored touchpoints go through the pipeline again; the boards show the last state")
        child("rebuild", "rebuild", "--forget", once=True)
        _until_done("rebuild", supervisor, stopping)
    if simulate:
        child("simulate", "simulate")
    say(f"page        http://127.0.0.1:{ports.page}")
    say(f"SQL         http://127.0.0.1:{ports.http}  (any ClickHouse client, read-only)")
    say(f"touchpoints 127.0.0.1:{ports.kafka}  (any Kafka client, topic `touchpoints`)")
    say(f"health      http://127.0.0.1:{ports.page}/readyz (store), http://127.0.0.1:{metrics}/readyz (worker)")
    say("            /healthz and /metrics at the same places")
    say(f"logs        {place / 'logs'}")
    say("Ctrl-C ends everything")


def _create_topics(port: int, environment: dict[str, str]) -> None:
    """Before anybody asks for one: this broker would make it up, with as many partitions as it likes."""
    deadline = time.monotonic() + BROKER_PATIENCE_SECONDS
    while is_free(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    command = [sys.executable, "-m", "streams.run.cli", "topics"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStartError(done.stderr.strip())


def zone_where_it_is(hour: int, at_ms: int) -> str:
    """The time zone (whole hours from UTC) in whose clocks `at_ms` falls into `hour` of the day."""
    ahead = (hour - at_ms // 3_600_000 + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}"  # these names count westwards


def _default(name: str, value: str) -> dict[str, str]:
    """The setting, unless the person has set it."""
    return {} if f"TOUCHLINE_{name.upper()}" in child_environment() else {name: value}


def _pseudonym_key(place: Path) -> str:
    """The key of this store, made at its first start; a key that the person sets wins."""
    chosen = child_environment().get("TOUCHLINE_PSEUDONYM_KEY")
    if chosen:
        return chosen
    path = place / "pseudonym.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()


def _until_answers(url: str, supervisor: Supervisor, stopping: list[int], patience_seconds: float = 60.0) -> None:
    deadline = time.monotonic() + patience_seconds
    while not stopping and time.monotonic() < deadline:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError), urllib.request.urlopen(url, timeout=2):
            return
        if not supervisor.watch():
            raise CannotStartError(supervisor.ended or "a part did not start")
        time.sleep(0.1)
    if not stopping:
        raise CannotStartError(f"nothing answers at {url} after {patience_seconds:.0f} s; its log is beside the others")


def _until_done(name: str, supervisor: Supervisor, stopping: list[int]) -> None:
    while not stopping and any(child.name == name for child in supervisor.children):
        if not supervisor.watch():
            raise CannotStartError(supervisor.ended or f"{name} did not end well")
        time.sleep(0.1)


@dataclass(frozen=True)
class _Past:
    """What a store that was kept holds already: its last epoch and its touchpoints."""

    epoch: int
    touchpoints: int

    @property
    def is_kept(self) -> bool:
        """False for a store that has just been made."""
        return self.touchpoints > 0 or self.epoch > 1


def _stored_past(port: int) -> _Past:
    sql = "SELECT max(epoch), (SELECT count() FROM touchpoints) FROM epochs"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", data=sql.encode(), timeout=60) as answer:
        epoch, touchpoints = answer.read().split()
    return _Past(int(epoch), int(touchpoints))


def _on_signals() -> list[int]:
    """A list that stays empty until somebody asks this process to end."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return received
