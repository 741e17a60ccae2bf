"""A store that is away, slow, half there or says no (rows 10 to 15 of the matrix)."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.faults.bench import Bench, Benches, Trial
from support.faults.report import Report
from support.kafka import empty
from support.kafka_broker import ApacheKafka

from streams.kafka.connection import Connection
from streams.kafka.outgoing import NO_HEADERS, Destination
from streams.kafka.producer import BatchProducer
from streams.topology import rows_topic

pytestmark = pytest.mark.kafka

TABLES = ("touchpoints", "stays_all", "identifiers_all", "queue_load_all", "rejected")
"""Into them go the inserts that a fault is planned for; without a choice the lively table of reports had them all."""


def refuse(bench: Bench, seconds: float) -> None:
    with bench.row(10, f"store down for {seconds:.0f} s") as trial:
        sink = trial.road.parts["sink-1"]
        joined, pid = sink.said().count("reads rows"), sink.pid
        trial.hit("the store refuses connections")
        trial.road.proxy.refuse()
        trial.calm(seconds)
        trial.road.proxy.admit()
        trial.note("the store answers")
        trial.fault_over()
        assert (sink.pid, sink.said().count("reads rows")) == (pid, joined)  # waited out: no restart, no rebalance


def test_row_10_the_store_is_down_for_a_while(bench: Bench) -> None:
    refuse(bench, 15)


@pytest.mark.slow
def test_row_10_the_store_is_down_for_five_minutes(bench: Bench) -> None:
    refuse(bench, 300)


def meet(trial: Trial, fate: str, count: int, patience: float = 60, **how: Any) -> None:
    """Wait until so many inserts have met their fate."""
    proxy = trial.road.proxy
    before = proxy.met.get(fate, 0)
    proxy.plan(fate, count, TABLES, **how)
    trial.road.until(lambda: not proxy.planned, patience, f"{count} inserts meet {fate}")
    trial.times += proxy.met[fate] - before
    trial.note(f"{count} inserts: {fate}")


def test_row_11_an_insert_is_applied_and_its_answer_lost(bench: Bench) -> None:
    with bench.row(11, "insert applied, answer lost") as trial:
        meet(trial, "lose_answer", 12)
        trial.fault_over()


@pytest.mark.slow
def test_row_12_an_insert_lands_long_after_its_client_gave_up(bench: Bench) -> None:
    with bench.row(12, "insert given up, lands 30 s later") as trial:
        meet(trial, "land_late", 5, 240, seconds=30.0)
        trial.fault_over()


@pytest.mark.slow
def test_row_13_the_store_is_killed_in_the_middle_of_inserts(bench: Bench) -> None:
    with bench.row(13, "store killed (-9) under inserts, requests cut in half") as trial:
        meet(trial, "cut_in_half", 6)
        for _ in range(6):
            trial.wait(0.5, 4.0)
            trial.hit()
            trial.road.parts.kill("store")
            trial.road.await_store()
        trial.fault_over()


@pytest.mark.slow
def test_row_13_the_process_that_owns_an_embedded_store_is_killed(
    apache_kafka: ApacheKafka, benches: Benches, tmp_path: Path, report: Report
) -> None:
    benches.close()
    empty(Connection(apache_kafka.servers))
    bench = Bench(apache_kafka, tmp_path / "road", report.seed, report, embedded=True)
    try:
        with bench.row(13, "`touchline serve` on an embedded store killed (-9)") as trial:
            for _ in range(6):
                trial.wait(4, 8)
                trial.hit()
                trial.road.parts.kill("store")
            trial.fault_over()
    finally:
        bench.stop()


@pytest.mark.slow
def test_row_14_the_store_has_no_room_no_memory_and_too_many_parts(bench: Bench) -> None:
    with bench.row(14, "store says: too many parts, read-only, disk full, no memory") as trial:
        errors = {
            252: "TOO_MANY_PARTS",
            242: "TABLE_IS_READ_ONLY",
            243: "NOT_ENOUGH_SPACE",
            241: "MEMORY_LIMIT_EXCEEDED",
        }
        for code, name in errors.items():
            meet(trial, "refuse_with", 4, code=code, text=f"no, for now. ({name})")
        trial.fault_over()
        assert "the store does not answer; trying again" in trial.road.parts["sink-1"].said()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Of 150 MB; it takes the right to mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no right to mount a small disk: {made.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.slow
def test_row_14_the_disk_of_the_store_is_full_for_a_while(
    apache_kafka: ApacheKafka, benches: Benches, small_disk: Path, tmp_path: Path, report: Report
) -> None:
    benches.close()
    empty(Connection(apache_kafka.servers))
    bench = Bench(apache_kafka, tmp_path / "road", report.seed, report, store=small_disk / "store")
    try:
        with bench.row(14, "disk of the store full for 15 s") as trial:
            ballast = small_disk / "ballast"
            trial.hit("no room")
            taken = fill(ballast, 15)
            ballast.unlink()
            trial.note(f"room again: a ballast of {taken >> 20} MB is gone")
            trial.fault_over()
            assert "the store does not answer; trying again" in trial.road.parts["sink-1"].said()
    finally:
        bench.stop()


def fill(ballast: Path, seconds: float) -> int:
    """Take all the room there is, and what becomes free meanwhile; bytes taken."""
    ends = time.monotonic() + seconds
    with ballast.open("wb", buffering=0) as file:
        while time.monotonic() < ends:
            with suppress(OSError):
                while True:
                    file.write(b"x" * 4_096)
            time.sleep(0.05)
    return ballast.stat().st_size


def test_row_15_one_row_that_the_store_will_never_take(bench: Bench) -> None:
    with bench.row(15, "a row that does not fit its table") as trial:
        for number in range(4):
            table = trial.draw.choice(["stays", "queue_load", "identifiers"])
            row = {"place": "wheel", "identifier": f"bad:{number}", "version": "no number", "at": "no time"}
            trial.hit(f"a bad row for {table}")
            write_row(trial, table, orjson.dumps(row))
            trial.wait(0.5, 1.5)
        trial.road.until(lambda: refused(trial) == trial.times, 60, "every bad row is a dead letter")
        trial.fault_over()
        assert refused(trial) == trial.times


def refused(trial: Trial) -> int:
    (count,) = trial.query("SELECT count() FROM rejected WHERE reason = 'store_refused'")[0]
    return int(count)


def write_row(trial: Trial, table: str, row: bytes) -> None:
    async def write() -> None:
        producer = BatchProducer(trial.road.connection, {})
        await producer.start()
        await producer.post({Destination(rows_topic(table), 0): [(None, row, NO_HEADERS)]})
        await producer.stop()

    asyncio.run(write())
