"""Where the stored past ends in the log of touchpoints, and where readers of a new epoch are to begin."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.kafka import standing
from streams.kafka.changelog import POSITION_KEY
from streams.kafka.connection import Connection
from streams.kafka.outgoing import NO_HEADERS, Destination, Record
from streams.kafka.producer import BatchProducer
from streams.kafka.recovery import end_of_log, latest_values, reader
from streams.topology import PUBLIC, changelog, worker_group

POLL_MS = 200


class Cut(NamedTuple):
    """One partition: what lies below `offset` is stored, what lies there or above comes from the log.

    `began_ms`: time of the first record that the log still has; what was received before it lies below, whatever its
    offset says, because a broker that forgets counts anew. `waits_ms`: time of the first record that is not stored;
    None where nothing waits.
    """

    partition: int
    offset: int
    began_ms: int | None
    waits_ms: int | None


class Past(NamedTuple):
    """`clock`: what validate has written of an event clock up to the cut, in the changelog's own records."""

    cuts: list[Cut]
    clock: list[Record]

    @property
    def waits_ms(self) -> int | None:
        """No record that waits is older."""
        return min((cut.waits_ms for cut in self.cuts if cut.waits_ms is not None), default=None)


async def note_past(connection: Connection, partitions: int, epoch: int, *, event_clock: bool) -> Past:
    """What the workers of `epoch` have said of the log by now: it is committed, so its rows are on their way.

    Where they have not committed anything, or what they have is not in the log, everything that the log has waits.
    """
    committed = await standing.committed(connection, worker_group(epoch))
    clock = await _written_clock(connection, epoch) if event_clock else {}
    if clock:
        committed[Destination(PUBLIC, 0)] = orjson.loads(clock[POSITION_KEY][1:])["offset"] + 1
    cuts = [await _cut(connection, number, committed.get(Destination(PUBLIC, number))) for number in range(partitions)]
    kept = clock and cuts[0].offset == committed[Destination(PUBLIC, 0)]
    return Past(cuts, [(key, value, NO_HEADERS) for key, value in clock.items()] if kept else [])


async def _written_clock(connection: Connection, epoch: int) -> dict[bytes, bytes]:
    topic = changelog("validate", epoch)
    if not await standing.partitions_of(connection, topic):
        return {}
    latest, _ = await latest_values(connection, TopicPartition(topic, 0))
    return latest if POSITION_KEY in latest else {}


async def _cut(connection: Connection, number: int, committed: int | None) -> Cut:
    tp = TopicPartition(PUBLIC, number)
    async with reader(connection) as consumer:
        consumer.assign([tp])
        first = (await consumer.beginning_offsets([tp]))[tp]
        end = await end_of_log(consumer, tp)
        offset = committed if committed is not None and first <= committed <= end else first
        began = await _time_at(consumer, tp, first, end)
        waits = began if offset == first else await _time_at(consumer, tp, offset, end)
        return Cut(number, offset, began, waits)


async def _time_at(consumer: Any, tp: TopicPartition, offset: int, end: int) -> int | None:
    """Time in ms of the first record at `offset` or after it; None at the end of the log."""
    consumer.seek(tp, offset)
    while await consumer.position(tp) < end:
        for record in (await consumer.getmany(tp, timeout_ms=POLL_MS)).get(tp, ()):
            if record.offset >= offset:
                return int(record.timestamp)
    return None


async def begin_at(connection: Connection, group: str, offsets: Mapping[Destination, int]) -> None:
    """Let a group that has no members yet begin there."""
    consumer = AIOKafkaConsumer(**connection.client(), group_id=group, enable_auto_commit=False)
    wanted = {TopicPartition(*log): offset for log, offset in offsets.items()}
    try:
        await consumer.start()
        consumer.assign(list(wanted))
        await consumer.commit(wanted)
    finally:
        await consumer.stop()


async def write_clock(connection: Connection, epoch: int, records: list[Record]) -> None:
    """Let validate of that epoch begin with this clock."""
    producer = BatchProducer(connection, {})
    await producer.start()
    try:
        await producer.post({Destination(changelog("validate", epoch), 0): records})
    finally:
        await producer.stop()
