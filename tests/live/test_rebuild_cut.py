"""Where the stored past ends: what workers have committed, as far as the log still knows of it."""

from collections.abc import Awaitable, Callable

import orjson
from support.kafka import Broker, within

from streams.kafka.cut import Past, begin_at, note_past, write_clock
from streams.kafka.outgoing import NO_HEADERS, Destination, Record
from streams.kafka.producer import BatchProducer
from streams.kafka.topics import prepare_topics
from streams.topology import PUBLIC, worker_group

PARTITIONS = 2


def past(broker: Broker, before: Callable[[], Awaitable[None]], *, event_clock: bool = False) -> Past:
    async def noted() -> Past:
        await prepare_topics(broker.connection, partitions=PARTITIONS, replication=1, fingerprint="h1:x")
        await before()
        return await note_past(broker.connection, PARTITIONS, 1, event_clock=event_clock)

    return within(60, noted())


async def fill(broker: Broker, records: int, partition: int = 0) -> None:
    producer = BatchProducer(broker.connection, {})
    await producer.start()
    for number in range(records):
        await producer.post({Destination(PUBLIC, partition): [(None, b"%d" % number, NO_HEADERS)]})
    await producer.stop()


async def commit(broker: Broker, offset: int) -> None:
    await begin_at(broker.connection, worker_group(1), {Destination(PUBLIC, 0): offset})


def times(broker: Broker) -> list[int]:
    return [record.timestamp for record in broker.records(PUBLIC, 0)]


def test_it_ends_where_the_workers_have_committed(broker: Broker):
    async def before() -> None:
        await fill(broker, 5)
        await commit(broker, 3)

    noted = past(broker, before)
    at = times(broker)
    assert noted.cuts == [(0, 3, at[0], at[3]), (1, 0, None, None)]
    assert noted.waits_ms == at[3]


def test_where_everything_is_committed_nothing_waits(broker: Broker):
    async def before() -> None:
        await fill(broker, 5)
        await commit(broker, 5)

    noted = past(broker, before)
    assert noted.cuts[0] == (0, 5, times(broker)[0], None)
    assert noted.waits_ms is None


def test_what_the_log_does_not_know_is_not_believed(broker: Broker):
    """The topic was made anew, and the group remembers the former one."""

    async def before() -> None:
        await fill(broker, 5)
        await commit(broker, 9)

    assert past(broker, before).cuts[0].offset == 0


def test_an_event_clock_is_cut_where_it_was_written_not_where_its_reading_was_committed(broker: Broker):
    position: Record = (b"", b"\x01" + orjson.dumps({"offset": 3, "watermark": 77}), NO_HEADERS)
    clock: Record = (b"clock", b"\x01[77,78]", NO_HEADERS)

    async def before() -> None:
        await fill(broker, 5)
        await commit(broker, 2)
        await write_clock(broker.connection, 1, [clock, position])

    noted = past(broker, before, event_clock=True)
    assert noted.cuts[0].offset == 4
    assert sorted(noted.clock) == sorted([clock, position])


def test_a_clock_of_another_log_is_no_clock(broker: Broker):
    position: Record = (b"", b"\x01" + orjson.dumps({"offset": 30, "watermark": 77}), NO_HEADERS)

    async def before() -> None:
        await fill(broker, 5)
        await write_clock(broker.connection, 1, [position])

    noted = past(broker, before, event_clock=True)
    assert (noted.cuts[0].offset, noted.clock) == (0, [])
