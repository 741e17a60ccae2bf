"""A worker process with tiny stages, on each kind of broker: crashes, takeovers, restarts, watermarks, outages."""

import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.kafka import Broker, until, within
from support.kafka_broker import free_ports
from support.kafka_worker import PARTITIONS, Toys, counted, emit, expected, identified, messages, touches

from streams.kafka.connection import Connection
from streams.kafka.producer import BatchProducer
from streams.kafka.topics import prepare_topics
from streams.topology import EVENTS, PLACE_EVENTS


@pytest.fixture
def toys(broker: Broker, tmp_path: Path) -> Iterator[Toys]:
    within(
        60,
        prepare_topics(broker.connection, partitions=PARTITIONS, replication=1, fingerprint="h1:test"),
    )
    toys = Toys(broker, tmp_path)
    yield toys
    toys.clean_up()


@pytest.fixture
def kafka_toys(clean_kafka: Broker, tmp_path: Path) -> Iterator[Toys]:
    toys = Toys(clean_kafka, tmp_path)
    yield toys
    toys.clean_up()


def test_a_crash_anywhere_changes_neither_outputs_nor_state(toys: Toys) -> None:
    broker, sent = toys.broker, touches(0, 6_000)
    emit(broker, sent[:5_000])
    for failpoint in ("stitch/after_outputs:2", "stitch/before_changelog:3", "load/after_changelog:3", "before_ack:6"):
        assert toys.start(failpoint).wait(60) == 70
    worker = toys.start()
    emit(broker, sent[5_000:])
    until(lambda: counted(broker) == expected(sent, "place"), "every touchpoint is counted by place, once", 60)
    assert identified(broker) == expected(sent, "id")
    told = [(m["i"], m["n"], m["v"]) for ms in messages(broker, PLACE_EVENTS, "counted").values() for m in ms]
    assert {(i, n) for i, n, _ in told} == {
        (i, n) for i, last in expected(sent, "id").items() for n in range(1, last + 1)
    }
    assert len(told) > len(sent)  # something was said again ...
    assert len(set(told)) == len(sent)  # ... and it was the same
    assert toys.stop(worker) == 0


def test_a_worker_that_stopped_gracefully_is_continued_where_it_was(toys: Toys) -> None:
    broker, sent = toys.broker, touches(0, 4_000)
    emit(broker, sent[:2_000])
    first = toys.start()
    until(lambda: sum(counted(broker).values()) > 200, "the first worker is at work", 60)
    assert toys.stop(first) == 0
    emit(broker, sent[2_000:])
    second = toys.start()
    until(lambda: counted(broker) == expected(sent, "place"), "the second worker has counted all", 60)
    told = [(m["i"], m["n"]) for ms in messages(broker, PLACE_EVENTS, "counted").values() for m in ms]
    assert len(told) == len(set(told)) == len(sent)  # nothing was said twice
    assert toys.stop(second) == 0


def test_keys_are_where_they_belong_and_watermarks_are_the_lowest_of_all_senders(toys: Toys) -> None:
    broker, sent = toys.broker, touches(0, 1_000)
    emit(broker, sent)
    worker = toys.start()
    until(lambda: counted(broker) == expected(sent, "place"), "every touchpoint is counted by place", 60)
    rows = until(lambda: last_rows(broker), "a pipeline row of each lane with a watermark")
    assert toys.stop(worker) == 0
    for number, found in messages(broker, EVENTS, "touch").items():
        assert {zlib.crc32(message["id"].encode()) % PARTITIONS for message in found} <= {number}
    for (stage, number), row in rows.items():
        if stage != "validate":
            assert row["watermark"] == lowest_watermark(broker, row["input"], number, row["offset"])
            assert row["held_by"].split("/")[0] == {"stitch": "validate", "load": "stitch"}[stage]


def last_rows(broker: Broker) -> dict[tuple[str, int], dict[str, Any]]:
    """Each lane's last row on rows.pipeline, once all nine are there with a watermark."""
    rows = {}
    for record in broker.records("rows.pipeline"):
        for line in record.value.splitlines():
            row = orjson.loads(line)
            rows[row["stage"], row["partition"]] = row
    complete = len(rows) == 3 * PARTITIONS and all(row["watermark"] is not None for row in rows.values())
    return rows if complete else {}


def lowest_watermark(broker: Broker, topic: str, number: int, up_to: int) -> float:
    """Seconds: the lowest of what each sender had said at an offset."""
    heard: dict[str, int] = defaultdict(int)
    for record in broker.records(topic, number):
        message = orjson.loads(record.value)
        if record.offset <= up_to and message["k"] == "wm":
            heard[message["f"]] = max(heard[message["f"]], message["t"])
    assert len(heard) == PARTITIONS
    return min(heard.values()) / 1_000


@pytest.mark.kafka
def test_a_zombie_that_writes_is_shut_out_and_ends(kafka_toys: Toys) -> None:
    broker = kafka_toys.broker
    zombie = kafka_toys.start()
    until(lambda: "state loaded" in kafka_toys.said(), "the worker is at work", 60)
    emit(broker, touches(0, 100))
    until(lambda: counted(broker) == expected(touches(0, 100), "place"), "it has counted", 60)

    async def take_over() -> None:
        for number in range(PARTITIONS):
            producer = BatchProducer(broker.connection, {}, transactional_id=f"touchline-stitch-{number}")
            await producer.start()
            await producer.stop()

    within(30, take_over())
    assert zombie.wait(30) == 70
    assert "another worker has taken this partition over" in kafka_toys.said()
    assert "Traceback" not in kafka_toys.said()


def test_an_absent_broker_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    toys = Toys(Broker(Connection(f"127.0.0.1:{port}", "embedded"), lambda: None), tmp_path)
    worker = toys.start()
    until(lambda: "does not answer" in toys.said(), "it says so")
    assert toys.stop(worker) == 0
    assert (toys.said().count("\n"), "Traceback" in toys.said()) == (1, False)


@pytest.mark.kafka
def test_a_broker_that_goes_away_and_comes_back_is_waited_for(kafka_toys: Toys) -> None:
    broker, sent = kafka_toys.broker, touches(0, 2_000)
    worker = kafka_toys.start()
    until(lambda: "state loaded" in kafka_toys.said(), "the worker is at work", 60)
    emit(broker, sent[:1_000])
    broker.bounce()
    emit(broker, sent[1_000:])
    until(lambda: counted(broker) == expected(sent, "place"), "it goes on", 60)
    until(lambda: "answers again" in kafka_toys.said(), "it says that the outage is over")
    assert (kafka_toys.said().count("does not answer"), "Traceback" in kafka_toys.said()) == (1, False)
    assert kafka_toys.stop(worker) == 0
