"""A broker of its own for the sources, with the public topic on it."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from support.embedded_broker import EmbeddedBroker
from support.freezing import freeze, thaw

Found = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Key, value and headers of a record."""


@pytest.fixture
def nobody() -> str:
    """An address at which no broker listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


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
        freeze(self.broker.pid)

    def thaw(self) -> None:
        thaw(self.broker.pid)


@pytest.fixture
def freezing(tmp_path: Path) -> Iterator[Freezing]:
    """A broker of this test's own."""
    with new_broker(tmp_path) as broker:
        frozen = Freezing(broker)
        yield frozen
        frozen.thaw()


@pytest.fixture
def create() -> Callable[[str, str], None]:
    """Makes a topic with one partition."""

    def make(servers: str, name: str) -> None:
        admin = KafkaAdminClient(bootstrap_servers=servers)
        if name not in admin.list_topics():
            admin.create_topics([NewTopic(name, 1, 1)])
        admin.close()

    return make


@pytest.fixture
def post() -> Callable[..., None]:
    """Puts one record on a topic."""

    def send(servers: str, name: str, value: bytes, key: bytes | None = None) -> None:
        producer = KafkaProducer(bootstrap_servers=servers, enable_idempotence=False)
        producer.send(name, value, key=key).get(10)
        producer.close()

    return send


@pytest.fixture
def topic(servers: str, create: Callable[[str, str], None], request: pytest.FixtureRequest) -> str:
    """A fresh topic, named after the test."""
    name = f"t-{abs(hash(request.node.name)) % 10**9}"
    create(servers, name)
    return name


@pytest.fixture
def read_from() -> Callable[[str, str, int], list[Found]]:
    """Reads a topic from its beginning, and fails where it holds more or fewer records than asked for."""

    def read(servers: str, name: str, count: int) -> list[Found]:
        consumer = KafkaConsumer(bootstrap_servers=servers, consumer_timeout_ms=1_000, enable_auto_commit=False)
        consumer.assign([TopicPartition(name, 0)])
        consumer.seek(TopicPartition(name, 0), 0)
        found = [(record.key, record.value, list(record.headers)) for record in consumer]
        consumer.close()
        assert len(found) == count
        return found

    return read


@pytest.fixture
def read_all(servers: str, read_from: Callable[[str, str, int], list[Found]]) -> Callable[[str, int], list[Found]]:
    return lambda name, count: read_from(servers, name, count)
