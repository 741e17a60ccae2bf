"""Fixtures for tests on real brokers: an Apache Kafka for the whole run, embedded brokers, and both in turn.

Import them into the conftest.py of a folder: from support.kafka import apache_kafka, broker, embedded_broker, …
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiokafka import TopicPartition
from kafka.admin import KafkaAdminClient, MemberToRemove, NewTopic
from support.embedded_broker import EmbeddedBroker
from support.kafka_broker import ApacheKafka, free_ports, missing

from streams.kafka.connection import Connection
from streams.kafka.recovery import end_of_log, reader

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Broker:
    """A running broker with nothing of ours on it, and what tests do with it."""

    connection: Connection
    bounce: Callable[[], None]

    @property
    def is_kafka(self) -> bool:
        return self.connection.broker == "kafka"

    def create(self, topic: str, partitions: int = 1, **config: str) -> None:
        """`config`: topic settings, with _ for the dots of their names."""
        settings = {name.replace("_", "."): value for name, value in config.items()}
        with self.admin() as admin:
            admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=settings)], wait_for_metadata=True)

    def admin(self) -> "Admin":
        return Admin(self.connection)

    def records(self, topic: str, partition: int = 0) -> list[Any]:
        """All that is committed, from the beginning to the true end."""

        async def read() -> list[Any]:
            tp, found = TopicPartition(topic, partition), []
            async with reader(self.connection) as consumer:
                consumer.assign([tp])
                end = await end_of_log(consumer, tp)
                await consumer.seek_to_beginning(tp)
                while await consumer.position(tp) < end:
                    for records in (await consumer.getmany(tp, timeout_ms=100)).values():
                        found += records
            return found

        return asyncio.run(read())


class Admin:
    """kafka-python's admin client as a context."""

    def __init__(self, connection: Connection) -> None:
        self._client = KafkaAdminClient(**connection.client())

    def __enter__(self) -> Any:
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()


def until(true: Callable[[], Answer], what: str, patience_seconds: float = 30.0) -> Answer:
    """The first answer that is true; fails the test, saying `what` was awaited, if there is none in time."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        answer = true()
        if answer:
            return answer
        time.sleep(0.05)
    pytest.fail(f"not within {patience_seconds:.0f} s: {what}")


def within(seconds: float, work: Awaitable[Answer]) -> Answer:
    """Run a coroutine to its end, or fail."""

    async def limited() -> Answer:
        return await asyncio.wait_for(work, seconds)

    return asyncio.run(limited())


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """One node for all tests of the run; skipped where Java 17 or Maven is missing, except on CI."""
    yield from _apache_kafka(tmp_path_factory.mktemp("kafka"), 1)


@pytest.fixture(scope="session")
def apache_kafka_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Three nodes, replication 3, two in sync required."""
    yield from _apache_kafka(tmp_path_factory.mktemp("kafka-cluster"), 3)


def _apache_kafka(home: Path, nodes: int) -> Iterator[ApacheKafka]:
    lacking = missing()
    if lacking and os.environ.get("CI") == "true":
        pytest.fail(f"no Apache Kafka: {lacking}")
    if lacking:
        pytest.skip(f"no Apache Kafka: {lacking}")
    kafka = ApacheKafka(home, nodes)
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.stop()


@pytest.fixture
def embedded_broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """A fresh one: it starts in a tenth of a second."""
    with EmbeddedBroker(free_ports(1)[0], tmp_path / "broker.log") as broker:
        yield broker


@pytest.fixture
def clean_kafka(apache_kafka: ApacheKafka) -> Broker:
    """The run's Apache Kafka without the topics and groups of the tests before."""
    return emptied(apache_kafka)


def emptied(apache_kafka: ApacheKafka) -> Broker:
    """This one node without anything of ours on it."""
    connection = Connection(apache_kafka.servers)
    empty(connection)

    def bounce() -> None:
        apache_kafka.stop_node(1)
        apache_kafka.start_node(1)

    return Broker(connection, bounce)


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each kind of broker in turn, empty: what both must do is tested with this."""
    if request.param == "kafka":
        kafka: Broker = request.getfixturevalue("clean_kafka")
        return kafka
    embedded: EmbeddedBroker = request.getfixturevalue("embedded_broker")

    def bounce() -> None:
        embedded.stop()
        embedded.start()

    return Broker(Connection(embedded.servers, "embedded"), bounce)


def empty(connection: Connection) -> None:
    """Delete every topic of ours and, with them, what groups have committed; free what ended static members hold."""
    with Admin(connection) as admin:
        topics = _ours(admin)
        if topics:
            admin.delete_topics(topics)  # what groups have committed for them goes with them
        for group in [group["group_id"] for group in admin.list_groups()]:
            expel_members(admin, group)
        until(lambda: not _ours(admin), "topics are gone")


def _ours(admin: Any) -> list[str]:
    return [name for name in admin.list_topics() if not name.startswith("__")]


def pass_over_left_sockets(items: list[pytest.Item], folder: Path) -> None:
    """For tests below `folder`, which break brokers.

    kafka-python leaves a socket to the garbage collector where a broker goes away in the middle of a greeting, and the
    collector comes in some later test.
    """
    left = pytest.mark.filterwarnings("ignore:Exception ignored in.*socket:pytest.PytestUnraisableExceptionWarning")
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(left)


def expel_members(admin: Any, group: str) -> None:
    """Static members do not leave when they end: they would keep their partitions for a session."""
    members = admin.describe_groups([group])[group]["members"]
    left = [MemberToRemove(group_instance_id=m["group_instance_id"]) for m in members if m["group_instance_id"]]
    if left:
        admin.remove_group_members(group, left)
