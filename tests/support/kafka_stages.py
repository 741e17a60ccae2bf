"""The real stages in lanes on a broker made of lists: their code, records for them, and a ledger that weighs writes."""

import asyncio
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import orjson
from support.kafka_lane import Ledger, chunk, lane, until

from schemas.place import Place, Places
from streams.kafka.changelog import records_of
from streams.kafka.lane import StageCode
from streams.kafka.outgoing import Parcels
from streams.load.state import LoadState
from streams.load.step import fire as fire_load
from streams.load.step import step as step_load
from streams.partition import Partition
from streams.stitch.identity.say import flush as flush_stitch
from streams.stitch.state import StitchState
from streams.stitch.step import fire as fire_stitch
from streams.stitch.step import step as step_stitch
from streams.topology import topics

HOUR = 3_600_000
START = 1_700_000_000_000
PLACES = Places((Place(id="ride", target_wait_seconds=600, capacity=200), Place(id="hall", kind="area")))
ENTRY_BYTES = 64 << 10

STITCH = StageCode(
    step_stitch,
    fire_stitch,
    lambda number: StitchState(
        number, epoch=1, senders=1, places=PLACES, lateness_ms=HOUR, window_ms=26 * HOUR, currency="EUR"
    ),
    flush=flush_stitch,
)
LOAD = StageCode(
    step_load, fire_load, lambda number: LoadState(number, epoch=1, senders=1, places=PLACES, lateness_ms=HOUR)
)
CODES = {"stitch": STITCH, "load": LOAD}


class Scales(Ledger):
    """Notes how much the largest write and post held, and refuses an entry above 64 KiB or an oversize message."""

    def __init__(self, fails: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        super().__init__(fails)
        self.most_written = self.most_said = self.writes = 0
        self._limits = {topic.name: topic.max_message_bytes for topic in topics()}

    async def write(self, state: Partition[Any]) -> None:
        sizes = [len(key) + len(value or b"") for key, value, _ in records_of(state)]
        assert max(sizes) <= ENTRY_BYTES
        self.writes, self.most_written = self.writes + 1, max(self.most_written, len(sizes))
        await super().write(state)

    async def post(self, parcels: Parcels) -> None:
        said = [(to.topic, value or b"") for to, records in parcels.items() for _, value, _ in records]
        assert all(len(value) < self._limits[topic] for topic, value in said)
        lines = [value.count(b"\n") + 1 for _, value in said]
        self.most_said = max(self.most_said, sum(lines))
        await super().post(parcels)


def record(offset: int, body: dict[str, Any], key: str = "") -> Any:
    return SimpleNamespace(offset=offset, timestamp=0, key=key.encode(), value=orjson.dumps(body), headers=())


def touch(offset: int, at: int, kind: str, place: str | None) -> dict[str, Any]:
    """A touchpoint of whoever it is keyed by, as validate routes it."""
    origin = ["touchpoints", 0, offset, 0, at, f"{offset:016x}"]
    message = {"k": "touch", "h": 1, "o": origin, "t": at, "s": "gate", "e": f"e{offset}", "c": "app"}
    return message | {"y": kind, "i": {}, "p": place, "d": {}}


def watermark(at: int, sender: str) -> dict[str, Any]:
    return {"k": "wm", "f": sender, "t": at}


def serve(
    ledger: Ledger, stage: str, log: Iterable[Any], size: int = 1_000, acked: Callable[[int], None] = lambda _: None
) -> None:
    """One lane over a log, in chunks of `size`; `acked` hears of the last offset of each chunk."""

    async def run() -> None:
        served, records = lane(ledger, CODES[stage], stage), list(log)
        for start in range(0, len(records), size):
            part = records[start : start + size]
            served.put(chunk(ledger, *part))
            await until(lambda last=part[-1].offset: ("acked", last) in ledger.events[-3:], 60)
            acked(part[-1].offset)
        await served.close()

    asyncio.run(run())
