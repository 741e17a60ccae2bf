"""How far everybody is, as the broker tells it: what must be stored by now, and what is only on its way."""

import asyncio
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.kafka import Broker

from streams.kafka.inspection import describe, open_logs
from streams.kafka.outgoing import Destination
from streams.kafka.producer import BatchProducer
from streams.run.doctor import positions as doctor_positions
from streams.run.doctor.facts import Reading, Standing
from streams.run.doctor.positions import Positions

TOPICS = ("touchpoints", "rows.touchpoints", "rows.rejected")
TOLD = {("validate", 0): Standing(4, None, None, "", "", 0)}


@pytest.fixture
def road(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """Six touchpoints, of which validate has read five and told of them in two records of rows."""
    monkeypatch.setattr(doctor_positions, "PATIENCE_SECONDS", 0.0)
    for topic in TOPICS:
        broker.create(topic)
    post(broker, "touchpoints", *[b"{}"] * 6)
    rows = [orjson.dumps({"topic": "touchpoints", "partition": 0, "offset": offset}) for offset in range(5)]
    post(broker, "rows.touchpoints", b"\n".join(rows[:3]), b"\n".join(rows[3:]))
    commit(broker, "touchline", "touchpoints", 5)
    return broker


def post(broker: Broker, topic: str, *values: bytes) -> None:
    async def send() -> None:
        producer = BatchProducer(broker.connection, {})
        await producer.start()
        await producer.post({Destination(topic, 0): [(None, value, []) for value in values]})
        await producer.stop()

    asyncio.run(send())


def commit(broker: Broker, group: str, topic: str, offset: int) -> None:
    async def note() -> None:
        consumer: Any = AIOKafkaConsumer(**broker.connection.client(), group_id=group, enable_auto_commit=False)
        await consumer.start()
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.commit({TopicPartition(topic, 0): offset})
        await consumer.stop()

    asyncio.run(note())


def look(broker: Broker) -> tuple[list[Reading], list[Reading], dict[int, int]]:
    async def ask() -> tuple[list[Reading], list[Reading], dict[int, int]]:
        positions = Positions(broker.connection, None, 1, 1, TOLD)  # type: ignore[arg-type]  # no lane stands
        async with open_logs(broker.connection) as logs:
            readings, tables = await positions.readings(logs, TOPICS)
            return readings, tables, await positions.settled(logs, readings, tables)

    return asyncio.run(ask())


def test_what_waits_for_the_sink_is_not_settled_and_once_it_is_stored_it_is(road: Broker) -> None:
    assert look(road)[2] == {0: 0}
    commit(road, "touchline-sink", "rows.touchpoints", 1)
    assert look(road)[2] == {0: 3}
    commit(road, "touchline-sink", "rows.touchpoints", 2)
    assert look(road)[2] == {0: 5}


def test_a_dead_letter_that_waits_for_the_sink_is_not_settled(road: Broker) -> None:
    commit(road, "touchline-sink", "rows.touchpoints", 2)
    post(road, "rows.rejected", orjson.dumps({"topic": "touchpoints", "partition": 0, "offset": 2}))
    assert look(road)[2] == {0: 2}


def test_lag_counts_records_and_the_age_of_the_oldest(road: Broker) -> None:
    commit(road, "touchline-sink", "rows.touchpoints", 1)
    (public,), (rows, letters), _ = look(road)
    assert (public.lag, public.committed, public.end, public.standing) == (1, 5, 6, TOLD["validate", 0])
    assert (rows.reader, rows.lag, letters.lag) == ("sink touchpoints", 1, 0)
    assert public.lag_seconds((public.oldest_unread_ms or 0) + 1_500) == 1.5
    assert letters.oldest_unread_ms is None


def test_the_broker_describes_itself_and_its_topics(broker: Broker) -> None:
    broker.create("touchpoints", 3, cleanup_policy="compact")
    seen = describe(broker.connection, ["touchpoints", "nowhere"])
    assert (seen.nodes, list(seen.topics)) == (1, ["touchpoints"])
    topic = seen.topics["touchpoints"]
    assert (topic.partitions, topic.replication, topic.config["cleanup.policy"]) == (3, 1, "compact")
