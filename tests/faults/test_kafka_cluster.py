"""Three brokers, one of which dies while a worker is at work."""

from pathlib import Path

import pytest
from support.kafka import Broker, until
from support.kafka_broker import ApacheKafka
from support.kafka_worker import Toys, counted, emit, expected, identified, touches

from streams.kafka.connection import Connection


@pytest.mark.kafka
@pytest.mark.slow
def test_a_broker_that_dies_costs_nothing_and_counts_nothing_twice(
    apache_kafka_cluster: ApacheKafka, tmp_path: Path
) -> None:
    broker, sent = Broker(Connection(apache_kafka_cluster.servers), lambda: None), touches(0, 6_000)
    toys = Toys(broker, tmp_path, replication=3)
    try:
        worker = toys.start()
        until(lambda: "state loaded" in toys.said(), "the worker is at work", 60)
        emit(broker, sent[:3_000])
        apache_kafka_cluster.kill_node(1)
        emit(broker, sent[3_000:])
        until(lambda: counted(broker) == expected(sent, "place"), "every touchpoint is counted once", 120)
        assert identified(broker) == expected(sent, "id")
        assert "Traceback" not in toys.said()
        assert toys.stop(worker) == 0
    finally:
        toys.clean_up()
