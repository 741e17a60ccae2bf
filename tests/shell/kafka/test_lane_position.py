"""A lane that changes nothing still says, after a while, how far it has read."""

import asyncio
from types import SimpleNamespace
from typing import Any

from streams.kafka.chunk import Chunk
from streams.kafka.connection import Connection
from streams.kafka.lane import Lane, Road, StageCode
from streams.partition import Partition
from streams.topology import STAGES, topics


class Posts:
    """A producer that takes everything."""

    def __init__(self) -> None:
        self.posts = 0

    async def post(self, _parcels: Any) -> None:
        self.posts += 1

    async def post_together(self, _destination: Any, _records: Any) -> None:
        self.posts += 1

    async def stop(self) -> None: ...


def chunk(offset: int, acked: list[int]) -> Chunk:
    record = SimpleNamespace(offset=offset, timestamp=0, key=None, value=b"", headers=[])
    return Chunk([record], lambda: acked.append(offset))


def test_a_chunk_that_comes_when_the_position_is_due_does_not_put_it_off_for_ever():
    async def run() -> list[int]:
        acked: list[int] = []
        road = Road(Connection("127.0.0.1:1", "embedded"), Posts(), {topic.name: topic for topic in topics()}, 1)
        code = StageCode(lambda *_: None, None, lambda number: Partition(number, epoch=1, senders=1))
        stitch = next(stage for stage in STAGES if stage.name == "stitch")
        lane = Lane(stage=stitch, code=code, number=0, road=road, hold=lambda: None, release=lambda: None)
        lane.state, lane._keeper._writer = code.new_state(0), Posts()
        lane.put(chunk(1, acked))
        while lane.offset < 1:
            await asyncio.sleep(0)
        lane.put(chunk(2, acked))
        lane._queue.put_nowait(None)  # as the loop's timer does, while the second chunk is taken
        while lane.offset < 2:
            await asyncio.sleep(0)
        await lane.close()
        return acked

    assert asyncio.run(asyncio.wait_for(run(), 5)) == [1, 2]
