"""Time on Apache Kafka: real workers that die, come and go; what was said, against the truth and against a replay."""

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import TopicPartition
from support.kafka import Broker, until, within
from support.load_oracle import snapshots
from support.memory_road import MemoryRoad
from support.watermark_world import HOUR, PLACES, Arrival, Person, arrivals, truth

from streams.kafka import lane as lanes
from streams.kafka.changelog import POSITION_KEY
from streams.kafka.outgoing import NO_HEADERS, Destination
from streams.kafka.producer import BatchProducer
from streams.kafka.recovery import latest_values
from streams.kafka.topics import prepare_topics
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of
from streams.stitch.identity.hear import BETWEEN
from streams.topology import EVENTS, PUBLIC, STAGES, changelog, rows_topic

pytestmark = pytest.mark.kafka

PARTITIONS = 3
SECOND = 1_000
SETTINGS = Settings(partitions=PARTITIONS, pseudonym_key="a key that only tests know")


class Workers:
    """Real workers on one broker."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self._log, self._running = folder / "worker.log", dict[str, "subprocess.Popen[bytes]"]()
        (folder / "places.json").write_text(json.dumps([place.model_dump(mode="json") for place in PLACES.all()]))
        self._environment = {
            **os.environ,
            "TOUCHLINE_KAFKA": broker.connection.servers,
            "TOUCHLINE_PARTITIONS": str(PARTITIONS),
            "TOUCHLINE_PLACES": str(folder / "places.json"),
            "TOUCHLINE_PSEUDONYM_KEY": "a key that only tests know",
        }

    def start(self, name: str) -> None:
        with self._log.open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "streams.run.cli", "worker"],
                env=self._environment | {"TOUCHLINE_WORKER_ID": name},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def kill_all(self) -> None:
        for name in [*self._running]:
            self.kill(name)


@pytest.fixture
def workers(clean_kafka: Broker, tmp_path: Path) -> Iterator[Workers]:
    fingerprint = pseudonymiser_of(SETTINGS).fingerprint
    within(60, prepare_topics(clean_kafka.connection, partitions=PARTITIONS, replication=1, fingerprint=fingerprint))
    made = Workers(clean_kafka, tmp_path)
    yield made
    made.kill_all()


def crowd(dice: random.Random, start: int) -> list[Person]:
    """Sixty people within fifteen seconds; clocks of ten of them are twenty hours off."""
    people = []
    for number in range(60):
        joined = start + dice.randrange(12 * SECOND)
        started = joined + dice.randrange(4 * SECOND) if dice.random() < 0.8 else None
        ended = (started or joined) + dice.randrange(4 * SECOND) if dice.random() < 0.8 else None
        skew = {0: 20 * HOUR, 1: -20 * HOUR}.get(number % 12, 0)
        people.append(Person(number, dice.choice(["ride", "desk"]), joined, started, ended, skew))
    return people


async def send(broker: Broker, coming: list[Arrival]) -> None:
    """Each at its time."""
    producer = BatchProducer(broker.connection, {})
    await producer.start()
    for one in coming:
        await asyncio.sleep(max(0.0, one.at / 1_000 - time.time()))
        record = (None, orjson.dumps(one.touchpoint), NO_HEADERS)
        await producer.post({Destination(PUBLIC, one.partition): [record]})
    await producer.stop()


def time_of_load(broker: Broker) -> int:
    """What time it is at least in every partition of load, as durable."""

    async def read() -> list[int]:
        marks = []
        for number in range(PARTITIONS):
            latest, _ = await latest_values(broker.connection, TopicPartition(changelog("load"), number))
            marks.append(orjson.loads(latest.get(POSITION_KEY, b'\x01{"watermark":0}')[1:])["watermark"] or 0)
        return marks

    return min(within(30, read()))


def said(broker: Broker, table: str) -> list[tuple[int, dict[str, Any]]]:
    """(when the broker got it, row)."""
    records = broker.records(rows_topic(table))
    return [(record.timestamp, orjson.loads(line)) for record in records for line in record.value.splitlines()]


def check_snapshots(broker: Broker, people: list[Person], now: int) -> None:
    rows = [(told, row) for told, row in said(broker, "queue_load") if row["at"] * 1_000 + 5_000 < now]
    assert all(row["at"] * 1_000 + 5_000 < told for told, row in rows)  # by the broker's own clock: nothing early
    once = {(row["place"], row["at"]): row for _, row in rows}
    assert all(once[row["place"], row["at"]] == row for _, row in rows)  # said twice after a crash: the same
    for place in ("ride", "desk"):
        expected = snapshots(PLACES.get(place), truth(people), now)
        assert [at for of, at in sorted(once) if of == place] == [row["at"] for row in expected]
        for row in expected:
            row["estimate_p50_seconds"] = pytest.approx(row["estimate_p50_seconds"], abs=0.001_1)
            assert {name: once[place, row["at"]][name] for name in row} == row


def check_replay(broker: Broker) -> None:
    """Each stage over the log that it has read says, in whatever chunks, what it has said there."""
    town = MemoryRoad(SETTINGS, PLACES, random.Random(1))
    logs = {(stage.reads, n): broker.records(stage.reads, n) for stage in STAGES for n in range(PARTITIONS)}
    for (topic, number), records in logs.items():
        town.logs[Destination(topic, number)] = records
    for stage in STAGES:
        again = asyncio.run(town.replayed(stage.name))
        messages = [record for (topic, _), records in logs.items() if topic in stage.sends for record in records]
        told = {(record.topic, record.key, record.value) for record in messages if said_by(record) in ("", stage.name)}
        assert told <= again, stage.name
        for table in set(stage.rows) - {"rejected"}:
            lines = {line for record in broker.records(rows_topic(table)) for line in record.value.splitlines()}
            assert lines <= {line for topic, _, line in again if topic == rows_topic(table)}, table


def said_by(record: Any) -> str:
    """Whose a record on `events` is, which two stages write; '' elsewhere."""
    if record.topic != EVENTS:
        return ""
    return "stitch" if orjson.loads(record.value)["k"] in BETWEEN else "validate"


def test_workers_that_die_and_come_falsify_no_snapshot_and_a_replay_says_the_same_bytes(
    clean_kafka: Broker, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "POSITION_WAITS_SECONDS", 0.0)  # the replay is in this process
    broker, dice = clean_kafka, random.Random(7)
    workers.start("worker-1")
    until(lambda: time_of_load(broker) > 0, "time has come through all stages", 60)
    start = round(time.time() * 1_000) + SECOND
    people = crowd(dice, start)
    coming = arrivals(dice, people, PARTITIONS - 1, SECOND)  # nothing ever comes in through the last input
    sending = threading.Thread(target=lambda: asyncio.run(send(broker, coming)))
    sending.start()
    time_passed(start + 4 * SECOND)
    workers.kill("worker-1")
    workers.start("worker-1")
    time_passed(start + 9 * SECOND)
    workers.start("worker-2")
    time_passed(start + 15 * SECOND)
    workers.kill("worker-1")  # its inputs are down until its session is over
    sending.join(60)
    end = start + 21 * SECOND
    until(lambda: time_of_load(broker) > end, "load knows that all of it is over", 90)
    workers.kill_all()
    there = [one for one in people if one.skew >= 0]
    check_snapshots(broker, there, end)
    check_replay(broker)


def time_passed(at: int) -> None:
    until(lambda: time.time() * 1_000 > at, "time passes")
