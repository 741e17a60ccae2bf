"""Brokers for everything that is tested live."""

from pathlib import Path

import pytest
from support.kafka import (
    apache_kafka,
    apache_kafka_cluster,
    broker,
    clean_kafka,
    embedded_broker,
    pass_over_left_sockets,
)

__all__ = ["apache_kafka", "apache_kafka_cluster", "broker", "clean_kafka", "embedded_broker"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    pass_over_left_sockets(items, Path(__file__).parent)
