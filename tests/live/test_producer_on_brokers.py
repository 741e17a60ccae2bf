"""The services' producer on every broker: each event once, and copies in one partition."""

import gc
import threading
import warnings
from collections import Counter

import pytest
from support.freezing import frozen
from support.kafka import Broker, until

from streams.sources.producer import DeliveryError, Producer

TOPIC = "touchpoints"

# kafka-python leaves the sockets of refused connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def collected():
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def send(producer: Producer, number: int) -> None:
    producer.send(
        event_id=f"e-{number}",
        type="page.viewed",
        channel="web",
        occurred_at="2026-05-04T10:15:30Z",
        identifiers={"cookie": f"c-{number % 50}"},
        data={"page": "/"},
    )


def arrived(broker: Broker, partitions: int) -> list[tuple[int, bytes]]:
    return [(number, record.key) for number in range(partitions) for record in broker.records(TOPIC, number)]


def test_every_event_arrives_once_and_its_copies_meet_in_one_partition(broker):
    broker.create(TOPIC, partitions=4)
    able = broker.connection.abilities
    with Producer(broker.connection.servers, source="web", idempotent=able.idempotence) as producer:
        for number in [*range(1_000), *range(200)]:
            send(producer, number)

    found = arrived(broker, 4)
    assert Counter(key for _, key in found) == {f"web:e-{n}".encode(): 2 if n < 200 else 1 for n in range(1_000)}
    assert len({partition for partition, _ in found}) == 4
    assert len(set(found)) == 1_000


def in_a_thread(producer: Producer, numbers: range) -> threading.Thread:
    def work() -> None:
        for number in numbers:
            send(producer, number)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.kafka
def test_a_broker_that_restarts_loses_and_doubles_nothing(clean_kafka):
    clean_kafka.create(TOPIC)
    with Producer(clean_kafka.connection.servers, source="web", batch_bytes=4_096, linger_ms=1) as producer:
        service = in_a_thread(producer, range(20_000))
        until(lambda: clean_kafka.records(TOPIC), "the first events have arrived")
        clean_kafka.bounce()
        service.join()

    assert [key for _, key in arrived(clean_kafka, 1)] == [f"web:e-{number}".encode() for number in range(20_000)]


@pytest.mark.kafka
@pytest.mark.slow
def test_after_an_outage_that_was_too_long_the_lost_are_named_and_the_next_arrive(clean_kafka, apache_kafka):
    clean_kafka.create(TOPIC)
    with Producer(clean_kafka.connection.servers, source="web", delivery_seconds=2, max_block_seconds=60) as producer:
        producer.send_checked("web:first", b"{}").result(30)
        with frozen(apache_kafka.pid(1)):
            lost = [producer.send_checked(f"web:lost-{number}", b"{}") for number in range(3)]
            with pytest.raises(DeliveryError) as error:
                producer.flush()
        producer.send_checked("web:next", b"{}").result(60)

    assert [failure.event for failure in error.value.failures] == ["web:lost-0", "web:lost-1", "web:lost-2"]
    assert all(isinstance(delivery.exception(0), DeliveryError) for delivery in lost)
    assert arrived(clean_kafka, 1)[-1] == (0, b"web:next")
