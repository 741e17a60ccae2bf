"""Every entry of the capability table, tried out on the broker that it speaks of."""

import time
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError, UnknownError
from kafka.admin import ConfigResource, ConfigResourceType
from support.kafka import Broker, until, within

from streams.kafka.brokers import Abilities
from streams.kafka.recovery import reader

TP = TopicPartition("log", 0)


def able(broker: Broker) -> Abilities:
    return broker.connection.abilities


async def send(
    broker: Broker, value: bytes, *, topic: str = "log", key: bytes | None = None, timestamp_ms: int | None = None
) -> None:
    large = {"max_batch_size": 2 << 20, "max_request_size": 2 << 20}
    producer = AIOKafkaProducer(**broker.connection.client(), **large)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, key=key, partition=0, timestamp_ms=timestamp_ms)
    finally:
        await producer.stop()


def works(broker: Broker, **options: Any) -> bool:
    """True if a producer with these options can start."""

    async def start() -> None:
        producer = AIOKafkaProducer(**broker.connection.client(), **options)
        try:
            await producer.start()
        finally:
            await producer.stop()

    try:
        within(15, start())
    except UnknownError:  # what the embedded broker answers when asked for a producer id
        return False
    return True


def test_idempotence(broker: Broker) -> None:
    assert works(broker, enable_idempotence=True) is able(broker).idempotence


def test_transactions(broker: Broker) -> None:
    assert works(broker, transactional_id="t") is able(broker).transactions


def test_compaction(broker: Broker) -> None:
    broker.create("compacted", cleanup_policy="compact", segment_ms="50", min_cleanable_dirty_ratio="0.01")
    assert shrinks(broker, "compacted", b"key") is able(broker).compaction


def test_retention(broker: Broker) -> None:
    # a name of its own: a restarting Kafka applies a deleted topic's retention to its successor of the same name
    broker.create("short-lived", cleanup_policy="delete", retention_ms="100", segment_ms="50")
    assert shrinks(broker, "short-lived", None) is able(broker).retention


def shrinks(broker: Broker, topic: str, key: bytes | None) -> bool:
    """True if records that are superseded or old go away while others come."""
    for sent in range(1, 13):
        within(10, send(broker, b"value", topic=topic, key=key))
        if len(broker.records(topic)) < sent:
            return True
        time.sleep(0.1)  # age is what makes them go
    return False


def test_append_time(broker: Broker) -> None:
    broker.create("log", message_timestamp_type="LogAppendTime")
    within(10, send(broker, b"value", timestamp_ms=1_000))
    (record,) = broker.records("log")
    assert (record.timestamp != 1_000) is able(broker).append_time


def test_exact_end_offsets(broker: Broker) -> None:
    broker.create("log")

    async def end_after_batches() -> int:
        producer = AIOKafkaProducer(**broker.connection.client())
        await producer.start()
        for size in (5, 10, 7):
            batch = producer.create_batch()
            for _ in range(size):
                batch.append(key=None, value=b"v", timestamp=None)
            await (await producer.send_batch(batch, "log", partition=0))
        await producer.stop()
        async with reader(broker.connection) as consumer:
            end: int = (await consumer.end_offsets([TP]))[TP]
            return end

    assert (within(10, end_after_batches()) == 22) is able(broker).exact_end_offsets


def test_durability(broker: Broker) -> None:
    broker.create("log")
    within(10, send(broker, b"value"))
    broker.bounce()
    with broker.admin() as admin:
        there = "log" in until(lambda: [*admin.list_topics(), "answered"], "the broker answers")
    assert (there and len(broker.records("log")) == 1) is able(broker).durability


def test_config_visible(broker: Broker) -> None:
    broker.create("described", cleanup_policy="compact", max_message_bytes="123456")
    with broker.admin() as admin:
        found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "described")], config_filter="all")
    config = {name: entry["value"] for name, entry in found.get("topic", {}).get("described", {}).items()}
    seen = (config.get("cleanup.policy"), config.get("max.message.bytes")) == ("compact", "123456")
    assert seen is able(broker).config_visible


def test_size_limits(broker: Broker) -> None:
    broker.create("narrow", max_message_bytes="10000")
    with suppress(MessageSizeTooLargeError):
        within(10, send(broker, b"x" * 20_000, topic="narrow"))
    assert (broker.records("narrow") == []) is able(broker).size_limits


def test_static_membership(broker: Broker) -> None:
    broker.create("log")
    first, _ = within(30, join(broker))
    again, seconds = within(30, join(broker))
    assert (again == first and seconds < 2) is able(broker).static_membership


async def join(broker: Broker) -> tuple[int, float]:
    """The generation that a member with a fixed name gets, and how long it took."""
    began = time.monotonic()
    consumer = AIOKafkaConsumer(
        "log", **broker.connection.client(), group_id="g", group_instance_id="me", session_timeout_ms=6_000
    )
    await consumer.start()
    try:
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=50)
        return consumer._coordinator.generation, time.monotonic() - began
    finally:
        await consumer.stop()
