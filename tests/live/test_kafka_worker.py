"""A worker process with tiny stages, on each kind of broker: crashes, takeovers, restarts, watermarks, outages."""

import os
import signal
import subprocess
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import TopicPartition
from support.kafka import Broker, until, within
from support.kafka_broker import free_ports

from schemas.internal import Message
from streams.kafka.changelog import POSITION_KEY
from streams.kafka.connection import Connection
from streams.kafka.outgoing import address
from streams.kafka.producer import BatchProducer
from streams.kafka.recovery import latest_values
from streams.kafka.topics import prepare_topics
from streams.topology import EVENTS, PLACE_EVENTS, PUBLIC, changelog

PARTITIONS = 3
START_MS = 1_700_000_000_000


class Toys:
    """Workers with the toy stages on one broker; `log` is what all of them have said so far."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.broker, self.log = broker, folder / "worker.log"
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, fail_at: str = "", worker: str = "worker-1") -> subprocess.Popen[bytes]:
        connection = self.broker.connection
        arguments = ["--servers", connection.servers, "--broker", connection.broker, "--worker", worker]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "support.kafka_toy", *arguments, "--partitions", str(PARTITIONS)],
                cwd=Path(__file__).parents[1],
                env={**os.environ, "TOUCHLINE_FAIL_AT": fail_at},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        process.send_signal(signal.SIGTERM)
        return process.wait(30)

    def said(self) -> str:
        return self.log.read_text()

    def clean_up(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture
def toys(broker: Broker, tmp_path: Path) -> Iterator[Toys]:
    within(
        60,
        prepare_topics(
            broker.connection, partitions=PARTITIONS, replication=1, fingerprint="h1:test", group="touchline"
        ),
    )
    toys = Toys(broker, tmp_path)
    yield toys
    toys.clean_up()


@pytest.fixture
def kafka_toys(clean_kafka: Broker, tmp_path: Path) -> Iterator[Toys]:
    toys = Toys(clean_kafka, tmp_path)
    yield toys
    toys.clean_up()


def touches(start: int, end: int) -> list[dict[str, Any]]:
    return [{"id": f"c{n % 50}", "place": f"p{n % 7}", "t": START_MS + n * 100} for n in range(start, end)]


def emit(broker: Broker, touchpoints: list[dict[str, Any]]) -> None:
    async def send() -> None:
        producer = BatchProducer(broker.connection, {}, batch_bytes=2_000)  # many batches, so many chunks
        await producer.start()
        messages = [Message(PUBLIC, b"%d" % n, orjson.dumps(touch)) for n, touch in enumerate(touchpoints)]
        await producer.post(address(messages, {PUBLIC: PARTITIONS}))
        await producer.stop()

    within(30, send())


def state(broker: Broker, stage: str) -> dict[str, Any]:
    """The entries of all partitions as the changelogs have them."""

    async def read() -> dict[str, Any]:
        entries = {}
        for number in range(PARTITIONS):
            latest, _ = await latest_values(broker.connection, TopicPartition(changelog(stage), number))
            latest.pop(POSITION_KEY, None)
            entries |= {key.decode(): orjson.loads(value[1:]) for key, value in latest.items()}
        return entries

    return within(30, read())


def counted(broker: Broker) -> dict[str, int]:
    """How often load has counted each place."""
    return {key: entry["n"] for key, entry in state(broker, "load").items() if "@" not in key}


def messages(broker: Broker, topic: str, kind: str) -> dict[int, list[dict[str, Any]]]:
    """By partition, in order."""
    found = {}
    for number in range(PARTITIONS):
        decoded = [orjson.loads(record.value) for record in broker.records(topic, number)]
        found[number] = [message for message in decoded if message["k"] == kind]
    return found


def expected(touchpoints: list[dict[str, Any]], field: str) -> dict[str, int]:
    return dict(Counter(touch[field] for touch in touchpoints))


def test_a_crash_anywhere_changes_neither_outputs_nor_state(toys: Toys) -> None:
    broker, sent = toys.broker, touches(0, 6_000)
    emit(broker, sent[:5_000])
    for failpoint in ("stitch/after_outputs:2", "stitch/before_changelog:3", "load/after_changelog:3", "before_ack:6"):
        assert toys.start(failpoint).wait(60) == 70
    worker = toys.start()
    emit(broker, sent[5_000:])
    until(lambda: counted(broker) == expected(sent, "place"), "every touchpoint is counted by place, once", 60)
    assert {key: entry["n"] for key, entry in state(broker, "stitch").items()} == expected(sent, "id")
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


@pytest.mark.kafka
def test_a_second_worker_takes_its_share_and_leaves_it_again(kafka_toys: Toys) -> None:
    broker, sent = kafka_toys.broker, touches(0, 6_000)
    first = kafka_toys.start()
    until(lambda: "state loaded" in kafka_toys.said(), "the first worker is at work", 60)
    emit(broker, sent[:2_000])
    second = kafka_toys.start(worker="worker-2")
    until(lambda: "partition given up" in kafka_toys.said(), "the first worker gives partitions away", 60)
    emit(broker, sent[2_000:4_000])
    until(lambda: counted(broker) == expected(sent[:4_000], "place"), "both have counted", 60)
    second.kill()
    emit(broker, sent[4_000:])
    until(lambda: counted(broker) == expected(sent, "place"), "the first has all partitions again", 60)
    assert {key: entry["n"] for key, entry in state(broker, "stitch").items()} == expected(sent, "id")
    assert kafka_toys.stop(first) == 0


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
    assert "Traceback" not in kafka_toys.said()
    assert kafka_toys.said().count("does not answer") == kafka_toys.said().count("answers again") == 1
    assert kafka_toys.stop(worker) == 0
