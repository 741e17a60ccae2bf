"""Once a second: a heartbeat into every input partition that we own, and a row that says how far each lane is."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from streams.clock import now_ms, steady_seconds
from streams.kafka.lane import Road
from streams.kafka.outgoing import Destination, Parcels, Record, add_rows
from streams.kafka.progress import EndOffset, Progress, Runner, progress
from streams.topology import PUBLIC

HEARTBEAT: Record = (None, b"", [("touchline", b"heartbeat")])
INTERVAL_SECONDS = 1.0


class Pulse:
    """`owned`: the numbers of the input partitions that are ours now. `beaten` is when a beat last succeeded."""

    def __init__(
        self,
        road: Road,
        runners: Mapping[str, Runner],
        owned: Callable[[], Iterable[int]],
        end_offset: EndOffset,
    ) -> None:
        self.beaten = steady_seconds()
        self._road, self._runners, self._owned, self._end_offset = road, runners, owned, end_offset

    async def run(self) -> None:
        """Beat until cancelled. While the broker is away this waits with the beat in hand, and misses some."""
        while True:
            began = steady_seconds()
            await self._road.outputs.post(self.parcels(now_ms()))
            self.beaten = steady_seconds()
            self._road.outage.over()
            await asyncio.sleep(max(0.0, began + INTERVAL_SECONDS - self.beaten))

    def progress(self) -> list[Progress]:
        """How far each of our lanes is now."""
        return progress(self._runners.values(), self._end_offset, self._road.partitions)

    def parcels(self, now: int) -> Parcels:
        parcels: Parcels = {Destination(PUBLIC, number): [HEARTBEAT] for number in self._owned()}
        rows = [orjson.dumps(_row(lane, now)) for lane in self.progress()]
        add_rows(parcels, {"pipeline": rows} if rows else {})
        return parcels


def _row(found: Progress, now: int) -> dict[str, Any]:
    return {
        "stage": found.lane.stage.name,
        "partition": found.lane.number,
        "input": found.input,
        "at": now / 1000,
        "watermark": None if found.watermark is None else found.watermark / 1000,
        "offset": found.offset,
        "end_offset": found.end_offset,
        "lag": found.lag,
        "delay_seconds": found.delay_seconds(now),
        "events": found.lane.numbers.records,
        "held_by": found.held_by,
        "paused": found.lane.paused,
    }
