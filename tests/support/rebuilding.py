"""What a rebuild is tried on: visits whose stays are known beforehand, on a road of processes, and eyes on boards."""

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import orjson
from kafka.admin import KafkaAdminClient
from support.kafka import within
from support.road import CLI, Road

from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination, Parcels, partition_of
from streams.kafka.producer import BatchProducer
from streams.topology import PUBLIC

STAYS = """
SELECT place, identifier, toUnixTimestamp64Milli(joined_at), toUnixTimestamp64Milli(started_at),
       toUnixTimestamp64Milli(ended_at), outcome
FROM stays"""
STEPS = ("queue.joined", "service.started", "service.ended")
STEP_MS = 20_000

Touchpoint = dict[str, Any]
Stay = tuple[str, str, int, int | None, int | None, str]


def visits(first: int, count: int, from_ms: int, *, every_ms: int = 40) -> list[list[Touchpoint]]:
    """Somebody new joins a queue every so often, is served and leaves; each visit is three touchpoints."""
    return [
        [
            _touchpoint(number, step, from_ms + (number - first) * every_ms + at * STEP_MS)
            for at, step in enumerate(STEPS)
        ]
        for number in range(first, first + count)
    ]


def stays(sent: Iterable[Touchpoint]) -> "Counter[Stay]":
    """The stays that follow from these touchpoints, whatever order they were sent in."""
    steps: dict[tuple[str, str], dict[str, int]] = {}
    for one in sent:
        key = (one["place"], f"wristband:{one['identifiers']['wristband']}")
        at = datetime.fromisoformat(one["occurred_at"])
        steps.setdefault(key, {})[one["type"]] = round(at.timestamp() * 1_000)
    return Counter(
        (place, thing, at[STEPS[0]], at.get(STEPS[1]), at.get(STEPS[2]), "served" if STEPS[2] in at else "")
        for (place, thing), at in steps.items()
    )


def send(road: Road, touchpoints: Iterable[Touchpoint], partitions: int) -> None:
    """As services do: copies of one id to one partition."""
    parcels: Parcels = {}
    for one in touchpoints:
        key = f"{one['source']}:{one['event_id']}".encode()
        destination = Destination(PUBLIC, partition_of(key, partitions))
        parcels.setdefault(destination, []).append((key, orjson.dumps(one), []))

    async def post() -> None:
        producer = BatchProducer(connection(road), {})
        await producer.start()
        await producer.post(parcels)
        await producer.stop()

    within(60, post())


def connection(road: Road) -> Connection:
    return Connection(road.servers, road.environment["TOUCHLINE_BROKER"])


def shown(road: Road) -> "Counter[Stay]":
    return Counter(road.query(STAYS))  # type: ignore[arg-type]


def rebuilding(road: Road, fail_at: str = "") -> "tuple[subprocess.Popen[bytes], Path]":
    """`touchline rebuild` as it runs, and what it says."""
    path = road.folder / "rebuild.log"
    with path.open("wb") as log:
        environment = {**road.environment, "TOUCHLINE_FAIL_AT": fail_at}
        return subprocess.Popen([*CLI, "rebuild"], env=environment, stderr=log), path


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(number) for number in listed.stdout.split()]


def topics(road: Road) -> set[str]:
    admin = KafkaAdminClient(**connection(road).client())
    try:
        return {name for name in admin.list_topics() if not name.startswith("__")}
    finally:
        admin.close()


def groups(road: Road) -> set[str]:
    admin = KafkaAdminClient(**connection(road).client())
    try:
        return {group["group_id"] for group in admin.list_groups()}
    finally:
        admin.close()


def stored_epochs(road: Road) -> set[int]:
    """Whose rows the store still holds, shown or not."""
    tables = ("stays_all", "queue_load_all", "identifiers_all")
    return {epoch for table in tables for (epoch,) in road.query(f"SELECT DISTINCT epoch FROM {table}")}


def stop(road: Road, name: str) -> None:
    """For good: the supervisor does not start it again."""
    part = road.part(name)
    road.supervisor.children.remove(part)
    assert part.process is not None
    part.process.terminate()
    part.process.wait(30)


def time_of(road: Road, stage: str) -> int:
    """The lowest watermark of the partitions of a stage, as last reported."""
    sql = f"""
    SELECT min(watermark) FROM
    (
        SELECT partition, argMax(toUnixTimestamp64Milli(watermark), at) AS watermark
        FROM pipeline WHERE stage = '{stage}' GROUP BY partition
    )"""
    ((watermark,),) = road.query(sql)
    return watermark or 0


class Eyes:
    """Looks at the boards' views again and again, and remembers the fewest finished stays that were ever shown."""

    def __init__(self, road: Road) -> None:
        self._road, self._over = road, threading.Event()
        self.fewest, self.looks, self.mixed = None, 0, 0
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Eyes":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            with suppress(Exception):  # the store may be down in some tests; what counts is what it shows
                ((shown, epochs),) = self._road.query("SELECT countIf(outcome = 'served'), uniqExact(epoch) FROM stays")
                self.looks += 1
                self.mixed += epochs > 1
                self.fewest = shown if self.fewest is None else min(self.fewest, shown)


def now_ms() -> int:
    return int(time.time() * 1_000)


def _touchpoint(number: int, step: str, at_ms: int) -> Touchpoint:
    at = datetime.fromtimestamp(at_ms / 1_000, timezone.utc)
    return {
        "event_id": f"{number}-{step}",
        "source": "gate",
        "channel": "wristband",
        "type": step,
        "occurred_at": at.isoformat(timespec="milliseconds"),
        "identifiers": {"wristband": f"w-{number}"},
        "place": f"ride-{number % 5}",
    }
