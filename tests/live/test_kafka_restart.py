"""How workers come back and how they end: kill -9, a second one under the same id, stalls, a stop under load."""

import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.kafka import Broker, until, within
from support.kafka_broker import free_ports
from support.kafka_load import Load
from support.kafka_worker import PARTITIONS, Toys, counted, emit, expected, identified, messages, touches

from streams.kafka.topics import committed_offsets, prepare_topics
from streams.topology import PLACE_EVENTS, PUBLIC, worker_group

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def toys(clean_kafka: Broker, tmp_path: Path) -> Iterator[Toys]:
    within(60, prepare_topics(clean_kafka.connection, partitions=PARTITIONS, replication=1, fingerprint="h1:test"))
    toys = Toys(clean_kafka, tmp_path)
    yield toys
    toys.clean_up()


def committed(broker: Broker) -> dict[int, int]:
    """How far the group has read each input."""
    offsets = committed_offsets(broker.connection, worker_group(1))
    return {number: offset for (topic, number), offset in offsets.items() if topic == PUBLIC}


def inputs(log: str) -> list[list[int]]:
    """The input partitions of each assignment that a worker has told of."""
    told = [line for line in log.splitlines() if "partitions assigned" in line]
    return [[int(number) for number in re.findall(r"touchpoints/(\d+)", line)] for line in told]


def resumed(broker: Broker, since: dict[int, int], numbers: list[int]) -> bool:
    now = committed(broker)
    return all(now[number] > since[number] for number in numbers)


def test_a_killed_worker_resumes_within_ten_seconds(toys: Toys) -> None:
    """The best of three: half of it is Python's own start, which takes its time on a machine that is busy otherwise."""
    with Load(toys.broker) as load:
        worker = toys.start()
        until(lambda: len(committed(toys.broker)) == PARTITIONS, "the worker commits", 60)
        seconds: list[float] = []
        while min(seconds, default=10.0) >= 10 and len(seconds) < 3:
            worker.kill()
            worker.wait()
            since, began = committed(toys.broker), time.monotonic()
            worker = toys.start()
            until(lambda since=since: resumed(toys.broker, since, list(since)), "every input moves on", 60)
            seconds.append(time.monotonic() - began)
    print("resumed after", ", ".join(f"{one:.1f} s" for one in seconds))
    until(lambda: counted(toys.broker) == expected(load.sent, "place"), "everything is counted, once", 60)
    assert toys.stop(worker) == 0
    assert min(seconds) < 10


def test_its_return_moves_no_partition_of_the_others(toys: Toys, tmp_path: Path) -> None:
    others = Toys(toys.broker, tmp_path / "others")
    others.log.parent.mkdir()
    with Load(toys.broker) as load:
        worker = toys.start()
        until(lambda: inputs(toys.said()), "the first worker has partitions", 60)
        other = others.start(worker="worker-2")
        until(lambda: inputs(others.said()), "the second worker has its share", 60)
        until(lambda: len(inputs(toys.said())[-1]) < PARTITIONS, "the first worker has given some", 60)
        kept, rebalances = inputs(toys.said())[-1], len(inputs(others.said()))
        until(lambda: len(committed(toys.broker)) == PARTITIONS, "both commit", 60)
        worker.kill()
        worker.wait()
        since = committed(toys.broker)
        worker = toys.start()
        until(lambda: resumed(toys.broker, since, list(since)), "every input moves on", 60)
    until(lambda: counted(toys.broker) == expected(load.sent, "place"), "everything is counted, once", 60)
    assert inputs(toys.said())[-1] == kept
    assert len(inputs(others.said())) == rebalances
    assert (toys.stop(worker), others.stop(other)) == (0, 0)


def test_of_two_workers_with_one_id_the_first_ends_and_says_why(toys: Toys) -> None:
    with Load(toys.broker) as load:
        first = toys.start()
        until(lambda: len(committed(toys.broker)) == PARTITIONS, "the first worker commits", 60)
        second = toys.start()
        assert first.wait(60) == 78
    assert "another process runs with TOUCHLINE_WORKER_ID=worker-1" in toys.said()
    until(lambda: counted(toys.broker) == expected(load.sent, "place"), "the second has counted everything", 60)
    assert toys.stop(second) == 0


def test_a_stop_under_load_finishes_its_chunks_and_nothing_is_said_twice(toys: Toys) -> None:
    broker = toys.broker
    with Load(broker) as load:
        for _ in range(3):
            worker = toys.start()
            said = toys.said().count("state loaded")
            until(lambda before=said: toys.said().count("state loaded") >= before + 2 * PARTITIONS, "at work", 60)
            assert toys.stop(worker) == 0
    worker = toys.start()
    until(lambda: counted(broker) == expected(load.sent, "place"), "everything is counted", 60)
    told = [(m["i"], m["n"]) for ms in messages(broker, PLACE_EVENTS, "counted").values() for m in ms]
    assert len(told) == len(set(told)) == len(load.sent)
    assert toys.stop(worker) == 0
    assert '"level": "warning"' not in toys.said()  # leaving is nothing to worry anybody with


def test_a_stall_is_told_and_survived(toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("TOUCHLINE_METRICS_PORT", str(port))
    sent = touches(0, 300)
    sent[150]["stall"] = [12, str(tmp_path / "stalled")]
    worker = toys.start()
    emit(toys.broker, sent)
    until(lambda: health(port) == 503, "its health says that it stands still", 60)
    until(lambda: counted(toys.broker) == expected(sent, "place"), "it goes on", 60)
    assert identified(toys.broker) == expected(sent, "id")
    until(lambda: health(port) == 200, "it is well again")
    assert len(inputs(toys.said())) == 1  # the group did not notice
    assert toys.stop(worker) == 0


def test_a_worker_that_stands_still_shows_its_stacks_and_ends_and_nothing_is_lost(
    toys: Toys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_WATCHDOG_SECONDS", "6")  # the event loop gets a third of it
    sent = touches(0, 300)
    sent[150]["stall"] = [60, str(tmp_path / "stalled")]
    worker = toys.start()
    emit(toys.broker, sent)
    assert worker.wait(60) == 70
    assert "the event loop stands still" in toys.said()
    assert "_stall" in toys.said()  # the stacks name the culprit
    worker = toys.start()
    until(lambda: counted(toys.broker) == expected(sent, "place"), "its successor counts everything, once", 60)
    assert toys.stop(worker) == 0


def health(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            status: int = answer.status
            return status
    except urllib.request.HTTPError as error:
        return int(error.code)
    except OSError:
        return 0
