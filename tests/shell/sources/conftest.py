"""A broker of its own for the sources, with the public topic on it."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import NewTopic

from streams.kafka.embedded import EmbeddedBroker

ReadAll = Callable[[str, int], list[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]]]


def new_broker(folder: Path) -> EmbeddedBroker:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return EmbeddedBroker(port, folder / "broker.log")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an embedded broker that lives as long as the tests."""
    with new_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.servers


class Freezing(NamedTuple):
    """A broker that can stop answering; its connections stay open, as with a hung machine."""

    broker: EmbeddedBroker

    @property
    def servers(self) -> str:
        return self.broker.servers

    def freeze(self) -> None:
        os.kill(self.broker.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.broker.pid, signal.SIGCONT)


@pytest.fixture
def freezing(tmp_path: Path) -> Iterator[Freezing]:
    """A broker of this test's own."""
    with new_broker(tmp_path) as broker:
        yield Freezing(broker)
        os.kill(broker.pid, signal.SIGCONT)


@pytest.fixture
def topic(servers: str, request: pytest.FixtureRequest) -> str:
    """A fresh topic with one partition, named after the test."""
    name = f"t-{abs(hash(request.node.name)) % 10**9}"
    admin = KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics([NewTopic(name, 1, 1)])
    admin.close()
    return name


@pytest.fixture
def read_all(servers: str) -> ReadAll:
    """Reads so many records of a topic from its beginning: key, value, headers."""

    def read(name: str, count: int) -> list[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]]:
        consumer = KafkaConsumer(bootstrap_servers=servers, consumer_timeout_ms=10_000, enable_auto_commit=False)
        consumer.assign([TopicPartition(name, 0)])
        consumer.seek(TopicPartition(name, 0), 0)
        found = []
        while len(found) < count:
            record = next(consumer)
            found.append((record.key, record.value, list(record.headers)))
        consumer.close()
        return found

    return read
