"""What the shell needs of a log, on each kind of broker: order, its true end, all or nothing, recovery."""

import asyncio
import random
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from support.kafka import Broker, until, within
from support.kafka_toy import Counts

from streams.kafka.changelog import UnknownFormatError, records_of
from streams.kafka.outgoing import NO_HEADERS, Destination, Record
from streams.kafka.producer import BatchProducer, FencedError, OversizeRecordError
from streams.kafka.recovery import end_of_log, latest_values, reader, recover

LOG = Destination("log", 0)
STATE = Destination("touchline-stitch-changelog", 0)


def numbered(start: int, end: int, size: int = 1) -> list[Record]:
    return [(b"%d" % number, b"x" * size, NO_HEADERS) for number in range(start, end)]


async def post(broker: Broker, *batches: list[Record], to: Destination = LOG, **options: Any) -> None:
    producer = BatchProducer(broker.connection, {"log": 1 << 20}, **options)
    await producer.start()
    try:
        for batch in batches:
            await producer.post({to: batch})
    finally:
        await producer.stop()


async def end(broker: Broker, tp: TopicPartition) -> int:
    async with reader(broker.connection) as consumer:
        consumer.assign([tp])
        return await end_of_log(consumer, tp)


def written_together(broker: Broker, *writes: list[Record], to: Destination = STATE) -> None:
    async def write() -> None:
        transactions = broker.connection.abilities.transactions
        options: dict[str, Any] = {"transactional_id": "t"} if transactions else {"batch_bytes": 64 << 20}
        producer = BatchProducer(broker.connection, {}, **options)
        await producer.start()
        for records in writes:
            await producer.post_together(to, records)
        await producer.stop()

    within(30, write())


def test_records_come_back_in_the_order_in_which_they_were_posted(broker: Broker) -> None:
    broker.create("log", 3)
    sent = {n: numbered(n * 10_000, n * 10_000 + 5_000, size=300) for n in range(3)}

    async def write() -> None:
        producer = BatchProducer(broker.connection, {})
        await producer.start()
        await producer.post({Destination("log", n): records[:2_500] for n, records in sent.items()})
        await asyncio.gather(*(producer.post({Destination("log", n): sent[n][2_500:]}) for n in range(3)))
        await producer.stop()

    within(30, write())
    for number, records in sent.items():
        assert [r.key for r in broker.records("log", number)] == [key for key, _, _ in records]


def test_headers_and_empty_values_survive(broker: Broker) -> None:
    broker.create("log")
    within(30, post(broker, [(None, b"", [("touchline", b"heartbeat")]), (b"gone", None, NO_HEADERS)]))
    heartbeat, tombstone = broker.records("log")
    assert (heartbeat.key, heartbeat.value, heartbeat.headers) == (None, b"", (("touchline", b"heartbeat"),))
    assert (tombstone.key, tombstone.value) == (b"gone", None)


def test_the_end_of_an_empty_log_is_zero(broker: Broker) -> None:
    broker.create("log")
    assert within(10, end(broker, TopicPartition("log", 0))) == 0


def test_the_end_of_a_log_counts_every_record_of_the_last_batch(broker: Broker) -> None:
    broker.create("log")
    within(10, post(broker, numbered(0, 5), numbered(5, 15), numbered(15, 22)))
    assert within(10, end(broker, TopicPartition("log", 0))) == 22


def test_a_record_above_the_batch_limit_travels_alone(broker: Broker) -> None:
    broker.create("log", max_message_bytes=str(1 << 20))
    records = [*numbered(0, 3), (b"large", b"x" * 200_000, NO_HEADERS), *numbered(3, 6)]
    within(10, post(broker, records, batch_bytes=20_000))
    assert [r.key for r in broker.records("log")] == [b"0", b"1", b"2", b"large", b"3", b"4", b"5"]


def test_a_record_that_its_topic_does_not_take_is_named_and_nothing_of_its_post_is_written(broker: Broker) -> None:
    broker.create("log", max_message_bytes=str(1 << 20))
    records = [*numbered(0, 3), (b"customer:17", b"x" * (1 << 20), NO_HEADERS)]
    with pytest.raises(OversizeRecordError, match=r"key of hash [0-9a-f]{12} for log has 1048587 bytes"):
        within(10, post(broker, records))
    assert broker.records("log") == []


def random_state(seed: int, broker: Broker) -> Counts:
    """A state after many writes of puts and drops, each of which is also in the changelog."""
    draw, state, writes = random.Random(seed), Counts(0, epoch=1, senders=2), []
    for write in range(1, 40):
        state.begin(write * 10)
        state.hear("validate/0", write)
        for key in draw.sample(range(60), 12):
            if draw.random() < 0.3:
                state.drop(f"customer:{key}")
            else:
                state.put(f"customer:{key}", {"n": write, "umlaut": "ü"})
        writes.append(records_of(state))
        state.settle()
    written_together(broker, *writes)
    return state


def test_recovery_gives_back_the_entries_and_the_position(broker: Broker) -> None:
    broker.create(STATE.topic, cleanup_policy="compact")
    written = random_state(4, broker)
    recovered, calls = Counts(0, epoch=1, senders=2), []
    within(30, recover(broker.connection, STATE.topic, 0, recovered, lambda: calls.append(1)))
    assert recovered.entries == written.entries
    assert recovered.position() == written.position()
    assert calls


def test_recovery_of_an_empty_changelog_gives_an_empty_state(broker: Broker) -> None:
    broker.create(STATE.topic)
    state = Counts(0, epoch=1, senders=2)
    assert within(30, recover(broker.connection, STATE.topic, 0, state, lambda: None)) == (0, [])
    assert (state.entries, state.offset) == ({}, -1)


def test_recovery_refuses_a_format_that_it_does_not_know(broker: Broker) -> None:
    broker.create(STATE.topic)
    written_together(broker, [(b"customer:1", b"\x02{}", NO_HEADERS)])
    with pytest.raises(UnknownFormatError, match="has format 02, this version reads 01: a newer Touchline has written"):
        within(30, recover(broker.connection, STATE.topic, 0, Counts(0, epoch=1, senders=2), lambda: None))


def test_a_large_write_is_there_as_a_whole(broker: Broker) -> None:
    broker.create(STATE.topic, max_message_bytes=str(8 << 20))
    written_together(broker, numbered(0, 20_000, size=1_000))
    latest, count = within(60, latest_values(broker.connection, TopicPartition(STATE.topic, 0)))
    assert (len(latest), count) == (20_000, 20_000)


def test_without_transactions_a_write_that_needs_two_batches_is_refused(broker: Broker) -> None:
    broker.create("log")

    async def write() -> None:
        producer = BatchProducer(broker.connection, {}, batch_bytes=5_000)
        await producer.start()
        try:
            await producer.post_together(LOG, numbered(0, 100, size=100))
        finally:
            await producer.stop()

    with pytest.raises(OversizeRecordError, match="100 records for log/0 must be written together"):
        within(10, write())
    assert broker.records("log") == []


# -- Apache Kafka alone --------------------------------------------------------------------------


@pytest.mark.kafka
def test_a_write_that_was_not_finished_is_not_there_after_a_takeover(clean_kafka: Broker) -> None:
    clean_kafka.create(STATE.topic)
    written_together(clean_kafka, numbered(0, 10))

    async def take_over_in_the_middle() -> tuple[dict[bytes, bytes], int, int]:
        former = AIOKafkaProducer(**clean_kafka.connection.client(), transactional_id="t")
        await former.start()
        await former.begin_transaction()
        await former.send_and_wait(STATE.topic, b"half", b"half", partition=0)
        next_owner = BatchProducer(clean_kafka.connection, {}, transactional_id="t")
        await next_owner.start()
        latest, count = await latest_values(clean_kafka.connection, TopicPartition(STATE.topic, 0))
        await next_owner.stop()
        await former.client.close()
        former._closed = True  # it must not try to flush what can no longer be written
        former._sender.sender_task.cancel()
        return latest, count, await end(clean_kafka, TopicPartition(STATE.topic, 0))

    latest, count, true_end = within(30, take_over_in_the_middle())
    assert (b"half" in latest, count) == (False, 10)
    assert true_end == 13  # ten records, a commit marker, the record left behind, an abort marker


@pytest.mark.kafka
def test_the_former_owner_of_a_partition_is_shut_out(clean_kafka: Broker) -> None:
    clean_kafka.create(STATE.topic)

    async def take_over() -> None:
        former, next_owner = (BatchProducer(clean_kafka.connection, {}, transactional_id="t") for _ in range(2))
        await former.start()
        await former.post_together(STATE, numbered(0, 3))
        await next_owner.start()
        try:
            await former.post_together(STATE, numbered(3, 6))
        finally:
            await next_owner.post_together(STATE, numbered(6, 9))
            await next_owner.stop()
            await former.stop()

    with pytest.raises(FencedError):
        within(30, take_over())
    assert [r.key for r in clean_kafka.records(STATE.topic)] == [b"0", b"1", b"2", b"6", b"7", b"8"]


@pytest.mark.kafka
def test_recovery_is_right_after_compaction_has_left_gaps(clean_kafka: Broker) -> None:
    clean_kafka.create(STATE.topic, cleanup_policy="compact", segment_ms="100", min_cleanable_dirty_ratio="0.01")
    written = random_state(5, clean_kafka)

    def compacted() -> bool:
        written_together(clean_kafka, records_of(written))  # a new segment: only closed ones are compacted
        found = clean_kafka.records(STATE.topic)
        return found[-1].offset > 2 * len(found)

    until(compacted, "compaction has removed half of the records")
    recovered = Counts(0, epoch=1, senders=2)
    within(30, recover(clean_kafka.connection, STATE.topic, 0, recovered, lambda: None))
    assert recovered.entries == written.entries
    assert recovered.position() == written.position()
