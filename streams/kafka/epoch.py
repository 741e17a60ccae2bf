"""One epoch's view of the broker: outputs under its own names, and the news that another one is served."""

import asyncio
from collections.abc import Mapping, Set

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.kafka.connection import Connection
from streams.kafka.control import EPOCH
from streams.kafka.outgoing import Destination, Parcels
from streams.kafka.producer import BatchProducer
from streams.numbers import Sent
from streams.topology import CONTROL, physical

LOOK_MS = 1_000
TRY_AGAIN_SECONDS = 1.0


class EpochProducer(BatchProducer):
    """Takes what stages say under the plain names of topics to those of the epoch; what goes to `muted` is dropped."""

    def __init__(
        self,
        connection: Connection,
        limits: Mapping[str, int],
        epoch: int,
        muted: Set[str] = frozenset(),
        sent: Sent | None = None,
    ) -> None:
        super().__init__(connection, limits, sent=sent)
        self._epoch, self._muted = epoch, muted

    async def post(self, parcels: Parcels) -> None:
        await super().post(
            {
                Destination(physical(topic, self._epoch), partition): records
                for (topic, partition), records in parcels.items()
                if topic not in self._muted
            }
        )


async def until_switched(connection: Connection, epoch: int) -> int:
    """Returns the epoch that workers are to serve from now on, within seconds of the switch. Waits out outages."""
    while True:
        try:
            return await _another(connection, epoch)
        except (KafkaError, OSError):
            await asyncio.sleep(TRY_AGAIN_SECONDS)


async def _another(connection: Connection, epoch: int) -> int:
    """From the beginning of the control topic: whoever connects again must not miss what came meanwhile."""
    control = TopicPartition(CONTROL, 0)
    consumer = AIOKafkaConsumer(**connection.client(), enable_auto_commit=False, isolation_level="read_committed",
                                auto_offset_reset="earliest", fetch_max_wait_ms=LOOK_MS)  # fmt: skip
    try:
        await consumer.start()
        await asyncio.sleep(0)  # its tasks must have begun before a stop may cancel them
        consumer.assign([control])
        await consumer.seek_to_beginning(control)
        while True:
            records = (await consumer.getmany(control, timeout_ms=LOOK_MS)).get(control, [])
            noted = [int(record.value) for record in records if record.key == EPOCH.encode() and record.value]
            if noted and noted[-1] > epoch:
                return noted[-1]
    finally:
        await consumer.stop()
