"""The fast way in: ready-made record batches into the public topic, in order and one after the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination, Parcels, Record
from streams.kafka.producer import BatchProducer
from streams.topology import topics


class Posts(Protocol):
    """What takes records to the broker and returns when it has them."""

    async def post(self, parcels: Parcels) -> None: ...


class Lane:
    """One partition's way in. One sending is on its way while the next is prepared; so order is kept."""

    def __init__(self, producer: Posts, destination: Destination) -> None:
        self._producer, self._destination = producer, destination
        self._under_way: asyncio.Task[None] | None = None

    async def send(self, records: list[Record]) -> None:
        """Returns when the sending before this one is acknowledged; raises what that ran into."""
        await self.drain()
        if records:
            self._under_way = asyncio.create_task(self._producer.post({self._destination: records}))

    async def drain(self) -> None:
        """Returns when the broker has everything."""
        sending, self._under_way = self._under_way, None
        if sending is not None:
            await sending

    async def abandon(self) -> None:
        """Forget what is on its way; whether it arrives is open."""
        sending, self._under_way = self._under_way, None
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


@asynccontextmanager
async def open_lane(connection: Connection, topic: str, partition: int = 0) -> AsyncIterator[Lane]:
    """A lane to one partition of a topic, drained where the block ends well."""
    producer = BatchProducer(connection, {known.name: known.max_message_bytes for known in topics()})
    await producer.start()
    lane = Lane(producer, Destination(topic, partition))
    try:
        yield lane
        await lane.drain()
    finally:
        await lane.abandon()
        await producer.stop()
