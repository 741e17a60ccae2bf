"""Reading a changelog partition back into a state, by chunks, to the true end of the log."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.kafka.changelog import load_record
from streams.kafka.connection import Connection
from streams.partition import Partition

FETCH_BYTES = 4 << 20
SLICE = 5_000
"""So many entries are decoded between two looks at what else there is to do."""


async def end_of_log(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int:
    """The offset that the next record of `tp` will get, found by fetching; right on every broker.

    ListOffsets, which `end_offsets` asks, may answer the last batch's first offset; the high watermark of a fetch is
    never wrong, and no fetch is needed at the very end. Moves the position of `tp`, which must be assigned; it counts
    transactions that are still open.
    """
    near_the_end = (await consumer.end_offsets([tp]))[tp]
    consumer.seek(tp, near_the_end)
    while True:
        await consumer.getmany(tp, timeout_ms=100)
        end: int | None = consumer.highwater(tp)
        if end is not None:
            return end


class Recovered(NamedTuple):
    """How many records were read; keys of entries that still have a predecessor's format in the changelog."""

    records: int
    outdated: list[str]


async def recover(
    connection: Connection, topic: str, partition: int, state: Partition[Any], progress: Callable[[], None]
) -> Recovered:
    """Fill `state`. The partition's writer must be shut out before.

    `progress` is called after each chunk, for whoever watches that this moves on. Raises UnknownFormatError.
    """
    latest, count = await latest_values(connection, TopicPartition(topic, partition), progress)
    outdated = await _load(state, latest, progress)
    state.recovered()
    return Recovered(count, outdated)


async def latest_values(
    connection: Connection, tp: TopicPartition, progress: Callable[[], None] = lambda: None
) -> tuple[dict[bytes, bytes], int]:
    """The last value of each key in a compacted partition, deleted keys left out, and how many records were read."""
    async with reader(connection) as consumer:
        consumer.assign([tp])
        return await _read_to_end(consumer, tp, progress)


@asynccontextmanager
async def reader(connection: Connection) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that belongs to no group and reads what is committed."""
    consumer = AIOKafkaConsumer(
        **connection.client(),
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    try:
        await consumer.start()
        await asyncio.sleep(0)  # its tasks must have begun before a stop may cancel them, or the stop is cancelled too
        yield consumer
    finally:
        await consumer.stop()


async def _read_to_end(
    consumer: AIOKafkaConsumer, tp: TopicPartition, progress: Callable[[], None]
) -> tuple[dict[bytes, bytes], int]:
    await consumer.seek_to_beginning(tp)
    latest: dict[bytes, bytes] = {}
    count, end = 0, None  # the first fetch tells where the log ends: looking there first would cost a wait for nothing
    while end is None or await consumer.position(tp) < end:  # control records and gaps end a log too
        for records in (await consumer.getmany(tp, timeout_ms=100)).values():
            count += len(records)
            for record in records:
                if record.value is None:
                    latest.pop(record.key, None)
                else:
                    latest[record.key] = record.value
        end = consumer.highwater(tp) if end is None else end
        progress()
        await asyncio.sleep(0)
    return latest, count


async def _load(state: Partition[Any], latest: dict[bytes, bytes], progress: Callable[[], None]) -> list[str]:
    """Decode each key's last value, once however often it was written; empties `latest` to save memory."""
    keys, outdated = list(latest), []
    for start in range(0, len(keys), SLICE):
        for key in keys[start : start + SLICE]:
            if load_record(state, key, latest.pop(key)):
                outdated.append(key.decode())
        progress()
        await asyncio.sleep(0)
    return outdated
