"""A sink between a real broker and the real engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.kafka import Broker, apache_kafka, broker, clean_kafka, embedded_broker
from support.sink_road import RowRoad
from support.sinks import Sinks

from schemas.place import Places
from schemas.rows import ROWS
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect
from streams.topology import REJECTED, rows_topic

__all__ = ["apache_kafka", "broker", "clean_kafka", "embedded_broker"]


@pytest.fixture
def topics(broker: Broker) -> None:
    for topic in (*map(rows_topic, ROWS), REJECTED):
        broker.create(topic)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = connect(f"chdb://{tmp_path / 'store'}")
    migrate(opened, Places())
    yield opened
    opened.close()


@pytest.fixture
def road(broker: Broker) -> RowRoad:
    return RowRoad(broker)


@pytest.fixture
def sinks(road: RowRoad, tmp_path: Path) -> Iterator[Sinks]:
    started = Sinks(road, tmp_path / "sinks.log")
    yield started
    for process in started.processes:
        process.kill()
        process.wait()
