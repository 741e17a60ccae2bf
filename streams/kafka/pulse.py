"""Once a second: a heartbeat into every input partition that we own, and a row that says how far each lane is."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from streams.kafka.lane import Lane, Road
from streams.kafka.outgoing import Destination, Parcels, Record, add_rows
from streams.kafka.runner import StageRunner
from streams.partition import Partition
from streams.run.clock import now_ms, steady_seconds
from streams.topology import PUBLIC, Stage

HEARTBEAT: Record = (None, b"", [("touchline", b"heartbeat")])
INTERVAL_SECONDS = 1.0

EndOffset = Callable[[str, int], int | None]
"""(topic, partition) → the high watermark that the last fetch brought, None if there was none."""


class Pulse:
    """`owned`: the numbers of the input partitions that are ours now. `beaten` is when a beat last succeeded."""

    def __init__(
        self,
        road: Road,
        runners: Mapping[str, StageRunner],
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

    def parcels(self, now: int) -> Parcels:
        parcels: Parcels = {Destination(PUBLIC, number): [HEARTBEAT] for number in self._owned()}
        rows = [
            orjson.dumps(self._row(runner.stage, lane, lane.state, now))
            for runner in self._runners.values()
            for lane in runner.lanes.values()
            if lane.state is not None
        ]
        add_rows(parcels, {"pipeline": rows} if rows else {})
        return parcels

    def _row(self, stage: Stage, lane: Lane, state: Partition[Any], now: int) -> dict[str, Any]:
        end = max(self._end_offset(stage.reads, lane.number) or 0, lane.offset + 1)
        return {
            "stage": stage.name,
            "partition": lane.number,
            "input": stage.reads,
            "at": now / 1000,
            "watermark": None if state.watermark is None else state.watermark / 1000,
            "offset": lane.offset,
            "end_offset": end,
            "lag": end - 1 - lane.offset,
            "delay_seconds": None if state.watermark is None else (now - state.watermark) / 1000,
            "events": lane.events,
            "held_by": _held_by(stage, state, self._road.partitions),
        }


def _held_by(stage: Stage, state: Partition[Any], partitions: int) -> str:
    """The sender that was not heard of yet, else the one furthest behind; '' for a stage that hears nobody."""
    if stage.hears is None:
        return ""
    senders = [f"{stage.hears}/{number}" for number in range(partitions)]
    for sender in senders:
        if sender not in state.watermarks:
            return sender
    return min(senders, key=state.watermarks.__getitem__)
