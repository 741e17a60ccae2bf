"""Input that is broken, copied, shuffled, from another time or from another version (rows 16 to 22, 27, 28)."""

import asyncio
import gzip
import time
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaProducer
from support.faults.bench import Bench, Trial
from support.faults.load import written
from support.faults.road import configure

from streams.topology import PUBLIC, REJECTED

pytestmark = pytest.mark.kafka


def page(name: str, **fields: Any) -> dict[str, Any]:
    """A touchpoint of a visitor of the web site."""
    whole = {"event_id": name, "source": "web", "channel": "web", "type": "page.viewed", "data": {"page": "/"}}
    return {**whole, "occurred_at": written(time.time()), "identifiers": {"cookie": name}, **fields}


def poison(name: str) -> list[bytes | None]:
    number = orjson.dumps(page(name)).replace(b'"/"', b"7" * 5_000)
    return [
        b"{broken",
        b"\xff\xfe\xfa",
        b"\x00",
        b"",
        None,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"data":' * 100_000,
        number,
        orjson.dumps(page(name)).replace(b'"/"', b"NaN"),
        orjson.dumps(page(name)).replace(b'"/"', b'"\\ud800"'),
        b"null",
        b'"text"',
    ]


def test_row_16_poison_becomes_dead_letters_and_the_rest_goes_on(bench: Bench) -> None:
    with bench.row(16, "poison: no JSON, no UTF-8, 100,000 levels, 5,000 digits, NaN, half a pair, nothing") as trial:
        for number, value in enumerate(poison(f"{trial.load.crowd.name}p")):
            trial.hit()
            trial.append(PUBLIC, number % 3, value)
            trial.wait(0.1, 0.4)
        trial.append(PUBLIC, 0, orjson.dumps(page(f"{trial.load.crowd.name}keyless")), key=None)
        trial.fault_over()
    assert trial.verdict.compared["dead letters"] >= trial.times


@pytest.mark.slow
def test_row_17_the_topic_of_dead_letters_takes_nothing_for_a_while(bench: Bench) -> None:
    with bench.row(17, "topic of dead letters unavailable for 20 s") as trial:
        trial.hit("touchpoints.rejected wants two replicas in sync")
        configure(trial.road.connection, REJECTED, **{"min.insync.replicas": "2"})
        for partition in range(3):
            trial.append(PUBLIC, partition, b"{broken")
        trial.calm(20)
        configure(trial.road.connection, REJECTED, **{"min.insync.replicas": "1"})
        trial.note("touchpoints.rejected takes records again")
        trial.fault_over()


def test_row_18_everything_comes_twice_and_some_of_it_changed(bench: Bench) -> None:
    with bench.row(18, "copies of most touchpoints, a fifth of them changed", duplicates=0.6, conflicts=0.2) as trial:
        trial.calm(6)
        for key, value in list(trial.load.values)[:60]:
            if not key.startswith("broken"):
                trial.hit()
                later = {**orjson.loads(value), "sent_at": written(time.time()), "operated_by": "again"}
                trial.append(PUBLIC, trial.draw.randrange(3), value, orjson.dumps(later))
        trial.fault_over()
    assert trial.query("SELECT count() FROM rejected WHERE reason = 'conflicting_duplicate'")[0][0] > 0


@pytest.mark.slow
def test_row_19_copies_go_to_another_partition(bench: Bench) -> None:
    with bench.row(19, "copies under a wrong key, in another partition") as trial:
        trial.calm(6)
        partitions = {key: partition for (partition, _), key in tuple(trial.load.acknowledged.items())}
        for key, value in list(trial.load.values)[:120]:
            if key in partitions and not key.startswith("broken"):
                trial.hit()
                trial.append(PUBLIC, (partitions[key] + 1) % 3, value, key=b"a wrong key")
        trial.fault_over()


@pytest.mark.slow
def test_row_20_journeys_arrive_shuffled_and_late(bench: Bench) -> None:
    with bench.row(20, "journeys shuffled within 50 minutes, some later than that") as trial:
        values = []
        for person in range(150):
            joined = time.time() - trial.draw.uniform(600, 3_000)
            late = 3 * 3_600 if trial.draw.random() < 0.05 else 0
            steps = ("queue.joined", "service.started", "service.ended")
            times = (joined, joined + trial.draw.uniform(1, 200), joined + trial.draw.uniform(200, 500))
            for kind, at in zip(steps, times, strict=True):
                name = f"{trial.load.crowd.name}s{person}"
                fields = {"type": kind, "place": "bakery", "data": {}, "identifiers": {"wristband": name}}
                values.append(orjson.dumps(page(f"{name}{kind}", occurred_at=written(at - late), **fields)))
        trial.draw.shuffle(values)
        for start in range(0, len(values), 30):
            trial.hit()
            trial.append(PUBLIC, trial.draw.randrange(3), *values[start : start + 30])
        trial.fault_over()


@pytest.mark.slow
def test_row_21_clocks_are_wrong_by_hours_and_decades(bench: Bench) -> None:
    with bench.row(21, "clocks: 20 h off, 1970, 2099, negative, ms for s; 36 years in one insert") as trial:
        name = trial.load.crowd.name
        now = time.time()
        times: list[Any] = [written(now - 20 * 3_600), written(now + 20 * 3_600), written(now + 40 * 3_600)]
        times += ["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "-0500-01-01T00:00:00Z", now, round(now * 1_000)]
        times += [f"{year}-06-15T12:00:00Z" for year in range(1985, 2026)]
        for number, at in enumerate(times):
            trial.hit()
            fields = {"type": "queue.joined", "place": "bakery", "data": {}} if number % 2 == 0 and number else {}
            trial.append(PUBLIC, number % 3, orjson.dumps(page(f"{name}clock{number}", occurred_at=at, **fields)))
        trial.fault_over()


@pytest.mark.slow
def test_row_22_senders_of_other_versions(bench: Bench) -> None:
    with bench.row(22, "unknown fields, missing ones, new types, changed types, a higher version") as trial:
        name = trial.load.crowd.name
        variants: list[dict[str, Any]] = [
            {"trace": {"id": 1}, "data": {"page": "/", "new": [1, 2]}},
            {"schema_version": 2},
            {"schema_version": None, "sent_at": None, "operated_by": None},
            {"type": "queue.jumped"},
            {"channel": "smell"},
            {"event_id": 17},
            {"occurred_at": 17},
            {"source": None},
        ]
        for number, changed in enumerate(variants):
            trial.hit()
            trial.append(PUBLIC, number % 3, orjson.dumps(page(f"{name}version{number}") | changed))
        trial.fault_over()


@pytest.mark.slow
def test_row_27_records_that_are_too_large(bench: Bench) -> None:
    with bench.row(27, "records of 300 KB and 1.9 MB, a batch that expands 1,000-fold") as trial:
        for size in (300_000, 1_900_000):
            trial.hit()
            trial.append(PUBLIC, 0, orjson.dumps(page(f"{trial.load.crowd.name}big{size}", data={"page": "x" * size})))
        trial.hit("64 MB of spaces as a batch of 64 KB")
        asyncio.run(compressed(trial, b" " * (64 << 20)))
        trial.fault_over()


async def compressed(trial: Trial, value: bytes) -> None:
    assert len(gzip.compress(value, 6)) < 1 << 20
    limits = {"max_batch_size": 128 << 20, "max_request_size": 128 << 20}
    producer = AIOKafkaProducer(**trial.road.connection.client(), compression_type="gzip", **limits)
    await producer.start()
    try:
        await producer.send_and_wait(PUBLIC, value, partition=1)
    finally:
        await producer.stop()


@pytest.mark.slow
def test_row_28_transactions_in_the_input_are_aborted(bench: Bench) -> None:
    with bench.row(28, "transactions in the input, half of them aborted") as trial:
        asyncio.run(transactions(trial))
        trial.fault_over()
        gone = trial.query("SELECT count() FROM touchpoints WHERE event_id LIKE '%-aborted'")
        assert gone == [[0]]


async def transactions(trial: Trial) -> None:
    producer = AIOKafkaProducer(**trial.road.connection.client(), transactional_id="a service")
    await producer.start()
    try:
        for number in range(20):
            commits = trial.draw.random() < 0.5
            trial.times += not commits
            name = f"{trial.load.crowd.name}t{number}" + ("" if commits else "-aborted")
            trial.load.sent |= {f"web:{name}"} if commits else set()
            await producer.begin_transaction()
            await producer.send_and_wait(PUBLIC, orjson.dumps(page(name)), partition=number % 3)
            if commits:
                await producer.commit_transaction()
            else:
                await producer.abort_transaction()
    finally:
        await producer.stop()
