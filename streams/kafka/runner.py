"""One stage of the road: hands each fetched chunk to the lane of its partition and keeps what a rebalance leaves us."""

from collections.abc import Callable, Iterable
from typing import Any

from faust.types import TP

from streams.kafka.chunk import Chunk
from streams.kafka.ending import die, log
from streams.kafka.lane import Lane, Road, StageCode
from streams.numbers import LaneNumbers, StageNumbers
from streams.topology import Stage


class StageRunner:
    """One lane per partition, made at its first chunk. `consumer` answers the Faust consumer, to hold and release."""

    def __init__(self, stage: Stage, code: StageCode, road: Road, consumer: Callable[[], Any]) -> None:
        self.stage = stage
        self.lanes: dict[int, Lane] = {}
        self.numbers = StageNumbers()
        self.lane_numbers: dict[int, LaneNumbers] = {}  # also of partitions that have gone: a count must not go back
        self._code, self._road, self._consumer = code, road, consumer

    async def follow(self, stream: Any) -> None:
        """The body of the stage's agent. Chunks are acked by their lanes, in order within each partition."""
        async for event in stream.noack().events():
            try:
                fetched = event.value
                self._lane(event.message.tp).put(Chunk(fetched.records, event.ack, fetched.start))
            except Exception as error:  # Faust would start this agent anew, without the chunk
                die("unexpected error while a chunk was handed over", error, stage=self.stage.name)

    async def keep_only(self, assigned: Iterable[TP]) -> None:
        """Drop the lanes of partitions that went to another worker; the others go on with the state they have.

        Had somebody else owned the partition meanwhile, the lane would notice by where its next chunk starts.
        """
        kept = {tp.partition for tp in assigned if tp.topic == self.stage.reads}
        for number in [number for number in self.lanes if number not in kept]:
            await self.lanes.pop(number).close()
            log.info("partition given up", stage=self.stage.name, partition=number)

    async def close(self) -> None:
        await self.keep_only(())

    def _lane(self, tp: TP) -> Lane:
        lane = self.lanes.get(tp.partition)
        if lane is None:
            consumer = self._consumer()
            lane = self.lanes[tp.partition] = Lane(
                self.stage,
                self._code,
                tp.partition,
                self._road,
                hold=lambda: consumer.hold(tp),
                release=lambda: consumer.release(tp),
                numbers=self.lane_numbers.setdefault(tp.partition, LaneNumbers(self.numbers)),
                stand=lambda stands: consumer.stand(tp, stands=stands),
            )
        return lane
