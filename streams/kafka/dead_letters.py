"""Rows that the store refused, on their way to the topic for services and to the table of dead letters."""

import asyncio

import structlog
from aiokafka.errors import KafkaError

from streams.kafka.connection import Connection
from streams.kafka.outgoing import NO_HEADERS, Destination, Parcels
from streams.kafka.producer import BatchProducer
from streams.topology import REJECTED, rows_topic, topics

log = structlog.get_logger("touchline.sink")

TRY_AGAIN_SECONDS = 1.0
DESTINATIONS = (Destination(REJECTED, 0), Destination(rows_topic("rejected"), 0))


class DeadLetters:
    """A producer that connects at the first dead letter; most sinks never need one."""

    def __init__(self, connection: Connection) -> None:
        self._producer = BatchProducer(connection, {topic.name: topic.max_message_bytes for topic in topics()})
        self._started = False
        self._one_at_a_time = asyncio.Lock()

    async def post(self, rows: list[bytes]) -> None:
        """Returns when the broker has all of them; tries for ever, so that some may be there twice."""
        parcels: Parcels = {destination: [(None, row, NO_HEADERS) for row in rows] for destination in DESTINATIONS}
        async with self._one_at_a_time:
            while True:
                try:
                    if not self._started:
                        await self._producer.start()
                        self._started = True
                    await self._producer.post(parcels)
                    return
                except KafkaError as error:
                    log.warning("cannot write dead letters; trying again", rows=len(rows), reason=repr(error))
                    await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def stop(self) -> None:
        await self._producer.stop()
