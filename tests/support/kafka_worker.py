"""Worker processes with the toy stages, what they are given and what they have made of it."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
from aiokafka import TopicPartition
from support.kafka import Broker, within

from schemas.internal import Message
from streams.kafka.changelog import POSITION_KEY
from streams.kafka.outgoing import address
from streams.kafka.producer import BatchProducer
from streams.kafka.recovery import latest_values
from streams.topology import PUBLIC, changelog

PARTITIONS = 3
START_MS = 1_700_000_000_000


class Toys:
    """Workers with the toy stages on one broker; `log` is what all of them have said so far."""

    def __init__(self, broker: Broker, folder: Path, replication: int = 1) -> None:
        self.broker, self.log, self.replication = broker, folder / "worker.log", replication
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, fail_at: str = "", worker: str = "worker-1", *options: str) -> subprocess.Popen[bytes]:
        """`options`: of the toy, such as --newer."""
        connection = self.broker.connection
        arguments = ["--servers", connection.servers, "--broker", connection.broker, "--worker", worker]
        arguments += ["--partitions", str(PARTITIONS), "--replication", str(self.replication), *options]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "support.kafka_toy", *arguments],
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
                process.kill()  # also ends one that stands still
                process.wait()


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
            entries |= {key.decode(): _entry(value) for key, value in latest.items()}
        return entries

    return within(30, read())


def _entry(value: bytes) -> Any:
    """As each release of the toys keeps it."""
    kept = orjson.loads(value[1:])
    return kept if value[:1] == b"\x01" else kept["entry"]


def counted(broker: Broker) -> dict[str, int]:
    """How often load has counted each place."""
    return {key: entry["n"] for key, entry in state(broker, "load").items() if "@" not in key}


def identified(broker: Broker) -> dict[str, int]:
    """How often stitch has counted each identifier."""
    return {key: entry["n"] for key, entry in state(broker, "stitch").items()}


def messages(broker: Broker, topic: str, kind: str) -> dict[int, list[dict[str, Any]]]:
    """By partition, in order."""
    found = {}
    for number in range(PARTITIONS):
        decoded = [orjson.loads(record.value) for record in broker.records(topic, number)]
        found[number] = [message for message in decoded if message["k"] == kind]
    return found


def expected(touchpoints: list[dict[str, Any]], field: str) -> dict[str, int]:
    return dict(Counter(touch[field] for touch in touchpoints))
