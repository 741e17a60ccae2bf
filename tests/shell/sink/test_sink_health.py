"""What the sink tells of itself, and how it ends when it is asked to."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.embedded_broker import EmbeddedBroker
from support.kafka import Broker
from support.sink_road import Moody, RowRoad, eventually, touchpoint

from schemas.rows import ROWS
from streams.kafka.connection import Connection
from streams.run.health.sink import SinkHealth
from streams.run.settings import Settings
from streams.run.storing import new_sink
from streams.sink.batch import RowRecord
from streams.sink.run import Sink, run_sink
from streams.store.client import Store
from streams.store.engines import unsafe
from streams.store.errors import StoreUnavailable
from streams.topology import REJECTED, rows_topic


@pytest.fixture
def road(embedded_broker: EmbeddedBroker) -> RowRoad:
    """Health is the same on both brokers; one will do."""
    broker = Broker(Connection(embedded_broker.servers, "embedded"), lambda: None)
    for topic in (*map(rows_topic, ROWS), REJECTED):
        broker.create(topic)
    return RowRoad(broker)


@asynccontextmanager
async def running(road: RowRoad, store: Store) -> AsyncIterator[tuple[Sink, SinkHealth]]:
    health = SinkHealth(store, "worker-1")
    sink = health.sink = new_sink(road.settings, store)
    stop = asyncio.Event()
    task = asyncio.create_task(run_sink(sink, stop))
    yield sink, health
    stop.set()
    await asyncio.wait_for(task, 30)


async def told(health: SinkHealth) -> dict[tuple[str, ...], Any]:
    return {(sample.metric, *sample.labels): sample.value for sample in health.samples()}


async def reasons(health: SinkHealth) -> list[str]:
    return await asyncio.to_thread(health.ready)


def test_a_store_that_does_not_answer_makes_it_not_ready_until_it_does(road: RowRoad, store: Store) -> None:
    moody = Moody(store)
    moody.trouble["touchpoints"] = StoreUnavailable("nobody there")

    async def go() -> None:
        async with running(road, moody) as (_, health):
            await road.write("touchpoints", touchpoint(1), touchpoint(2) + b"\n" + touchpoint(3))
            await eventually(lambda: reasons(health), lambda found: found == ["touchpoints: nobody there"])
            seen = await told(health)
            assert (seen["touchline_store_up",], seen["touchline_sink_rows_total", "touchpoints"]) == (0, 0)
            assert seen["touchline_sink_lag_records", "touchpoints"] == 2
            moody.trouble.clear()
            await eventually(lambda: reasons(health), lambda found: found == [])
            await eventually(lambda: told(health), lambda now: now["touchline_sink_lag_records", "touchpoints"] == 0)
            seen = await told(health)
            assert (seen["touchline_store_up",], seen["touchline_sink_rows_total", "touchpoints"]) == (1, 3)
            assert seen["touchline_sink_insert_seconds", "touchpoints"].counts[-1] == 0
            assert sum(seen["touchline_sink_batch_bytes", "touchpoints"].counts) == 1

    asyncio.run(go())


def test_rows_that_wait_for_long_are_told(road: RowRoad, store: Store) -> None:
    health = SinkHealth(store, "worker-1")
    assert health.ready() == ["the store is not up to date yet"]
    health.sink = new_sink(road.settings, store)
    health.sink.tables[0].add([RowRecord(0, 1_000, b"{}")])
    said = health.ready()
    assert said[0] == "it does not read rows yet"
    assert said[1].startswith("touchpoints: rows wait for")


class Slow(Moody):
    """Stores nothing before `let` is set."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.began, self.let = threading.Event(), threading.Event()

    def insert_rows(self, table: str, ndjson: bytes) -> None:
        self.began.set()
        assert self.let.wait(30)
        super().insert_rows(table, ndjson)


def test_a_stop_lets_the_insert_in_hand_end_and_commits_it(road: RowRoad, store: Store) -> None:
    slow = Slow(store)

    async def go() -> None:
        stop = asyncio.Event()
        ending = asyncio.create_task(run_sink(new_sink(road.settings, slow), stop))
        await road.write("touchpoints", touchpoint(1))
        await asyncio.to_thread(slow.began.wait, 30)
        stop.set()
        await asyncio.wait({ending}, timeout=0.5)
        assert not ending.done()
        slow.let.set()
        await asyncio.wait_for(ending, 30)
        assert await road.committed("touchpoints") == 1

    asyncio.run(go())


def test_a_sink_that_waits_for_its_broker_ends_when_asked() -> None:
    async def go() -> None:
        stop = asyncio.Event()
        sink = new_sink(Settings(kafka="127.0.0.1:1"), Moody.__new__(Moody))
        ending = asyncio.create_task(run_sink(sink, stop))
        while not sink.outage.lasts:
            await asyncio.sleep(0)
        stop.set()
        await asyncio.wait_for(ending, 10)

    asyncio.run(go())


def test_the_tables_as_we_make_them_bear_repeated_inserts(store: Store) -> None:
    assert unsafe(store) == []


def test_a_table_that_does_not_replace_rows_is_named(store: Store) -> None:
    store.command("RENAME TABLE rejected TO kept")
    store.command("CREATE TABLE rejected AS kept ENGINE = MergeTree ORDER BY tuple()")
    try:
        (problem,) = unsafe(store)
    finally:
        store.command("DROP TABLE rejected")
        store.command("RENAME TABLE kept TO rejected")
    assert str(problem).startswith("table rejected has the engine MergeTree")


def test_a_table_that_remembers_inserts_is_named(store: Store) -> None:
    store.command("ALTER TABLE rejected MODIFY SETTING non_replicated_deduplication_window = 100")
    (problem,) = unsafe(store)
    store.command("ALTER TABLE rejected RESET SETTING non_replicated_deduplication_window")
    assert "ALTER TABLE rejected RESET SETTING" in problem.fix
    assert unsafe(store) == []
