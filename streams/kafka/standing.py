"""How far everybody is: true ends of logs, what groups have committed, and what time the event clock shows."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import orjson
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from kafka.errors import KafkaError as AdminError

from streams.kafka.changelog import POSITION_KEY
from streams.kafka.connection import Connection
from streams.kafka.control import epoch_noted, read_control
from streams.kafka.outgoing import Destination
from streams.kafka.recovery import latest_values, reader
from streams.kafka.sight import ends_by
from streams.kafka.topics import committed_offsets
from streams.topology import CONTROL, PUBLIC, ROW_TABLES, STAGES, changelog, physical, rows_topic, worker_group

WORKER_GROUP, SINK_GROUP = worker_group(1), "touchline-sink"
POLL_MS = 100

BROKER_ERRORS = (KafkaError, AdminError)
"""What the client libraries raise where the broker does not answer, or says no."""


async def current_epoch(connection: Connection) -> int:
    """The epoch that workers serve."""
    if not await partitions_of(connection, CONTROL):
        return 1
    return epoch_noted(await read_control(connection))


def inputs(partitions: int, epoch: int = 1) -> dict[str, list[Destination]]:
    """What each group reads."""
    touchpoints = [Destination(PUBLIC, number) for number in range(partitions)]
    return {
        worker_group(epoch): touchpoints + own_logs(partitions, epoch),
        SINK_GROUP: [Destination(rows_topic(table), 0) for table in ROW_TABLES],
    }


def own_logs(partitions: int, epoch: int) -> list[Destination]:
    """The logs between the stages of an epoch."""
    topics = [physical(stage.reads, epoch) for stage in STAGES if stage.hears]
    return [Destination(topic, number) for topic in topics for number in range(partitions)]


async def ends(connection: Connection, logs: Iterable[Destination]) -> dict[Destination, int]:
    """The offset that each log's next record will get, as a fetch tells it: right on every broker."""
    async with reader(connection) as consumer:
        return await ends_by(consumer, logs)


async def committed(connection: Connection, group: str) -> dict[Destination, int]:
    """How far a group has read; logs that it has never committed are missing."""
    offsets = await asyncio.to_thread(committed_offsets, connection, group)
    return {Destination(*log): offset for log, offset in offsets.items()}


async def behind(connection: Connection, noted: Mapping[str, Mapping[Destination, int]]) -> int:
    """How many records all groups together have still to read up to the ends noted for them."""
    missing = 0
    for group, group_ends in noted.items():
        done = await committed(connection, group)
        missing += sum(max(0, end - done.get(log, 0)) for log, end in group_ends.items())
    return missing


async def read(connection: Connection, log: Destination, start: int, end: int) -> AsyncIterator[list[Any]]:
    """The records of a log from `start` up to before `end`, in pieces; a start before the log's own begins there."""
    tp = TopicPartition(*log)
    async with reader(connection) as consumer:
        consumer.assign([tp])
        first = (await consumer.beginning_offsets([tp]))[tp]
        consumer.seek(tp, max(start, first))
        while await consumer.position(tp) < end:
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                yield [record for record in records if record.offset < end]


async def partitions_of(connection: Connection, topic: str) -> int:
    """0 where the broker does not know the topic."""
    async with reader(connection) as consumer:
        if topic not in await consumer.topics():
            return 0
        first = TopicPartition(topic, 0)
        consumer.assign([first])
        await consumer.beginning_offsets([first])  # until it has asked something of a topic, it knows no details of it
        return len(consumer.partitions_for_topic(topic) or ())


async def event_clock(connection: Connection) -> int | None:
    """The time in ms that validate's clock last wrote down on the one partition; None before it has heard of any."""
    epoch = await current_epoch(connection)
    latest, _ = await latest_values(connection, TopicPartition(changelog("validate", epoch), 0))
    position = latest.get(POSITION_KEY)
    if position is None:
        return None
    watermark: int | None = orjson.loads(position[1:])["watermark"]
    return watermark
