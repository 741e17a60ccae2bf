"""The sink on both brokers: every row arrives, whatever fails on the way."""

import asyncio
from time import time
from typing import Any

import orjson
import pytest
from support.kafka import Broker
from support.sink_road import Moody, RowRoad, eventually, touchpoint

from schemas.rows import ROWS
from streams.sink import forget
from streams.store.client import Store
from streams.store.errors import StoreMisconfigured, StoreUnavailable
from streams.topology import REJECTED, rows_topic

pytestmark = pytest.mark.usefixtures("topics")


def counted(store: Store, table: str) -> Any:
    async def look() -> int:
        return int((await asyncio.to_thread(store.query, f"SELECT count() FROM {table}")).rows[0][0])

    return look


def test_rows_of_every_table_arrive_and_are_committed(road: RowRoad, store: Store) -> None:
    samples = {name: orjson.dumps({"epoch": 1, "at": time(), "rejected_at": time(), "version": 1}) for name in ROWS}

    async def go() -> None:
        for name, row in samples.items():
            await road.write(name, row)
        async with road.sink(store):
            for name, table in ROWS.items():
                await eventually(counted(store, table.stored_in), lambda count: count == 1)
                await road.until_committed(name, 1)

    asyncio.run(go())


def test_what_is_to_be_erased_is_gone_before_that_is_committed(
    road: RowRoad, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget, "LOOK_AGAIN_SECONDS", 0.2)
    told = {"source": "app", "occurred_at": 100, "received_at": time(), "version": 1}
    rows = [orjson.dumps({**told, "event_id": who, "identifier": who}) for who in ("customer:1", "customer:2")]
    erasure = {"command": "c", "identifier": "customer:1", "from_ms": 0, "until_ms": 200_000, "whole": 1}

    async def go() -> None:
        await road.write("touchpoints", *rows)
        async with road.sink(store):
            await eventually(counted(store, "touchpoints"), lambda count: count == 2)
            await road.write("erasures", orjson.dumps({**erasure, "epoch": 1, "version": 1}))
            await road.until_committed("erasures", 1)

    asyncio.run(go())
    assert store.query("SELECT identifier FROM touchpoints").rows == [("customer:2",)]
    assert store.query("SELECT max(survivors) FROM erasure_receipts").rows == [(0,)]


def test_a_refused_row_is_a_dead_letter_and_the_others_are_stored(road: RowRoad, store: Store, broker: Broker) -> None:
    bad = b'{"source": "till", "event_id": "bad", "occurred_at": "x"}'

    async def go() -> None:
        await road.write("touchpoints", touchpoint(1) + b"\n" + bad + b"\n" + touchpoint(2), b"\xff\xfe", touchpoint(3))
        async with road.sink(store):
            await eventually(counted(store, "touchpoints"), lambda count: count == 3)
            await eventually(counted(store, "rejected"), lambda count: count == 2)
            await road.until_committed("touchpoints", 3)

    asyncio.run(go())
    rows = store.query("SELECT offset, row, field, source, raw FROM rejected ORDER BY offset").rows
    assert rows[0] == (0, "2", "occurred_at", "till", bad.decode())
    assert rows[1][:2] == (1, "1")
    letters = [orjson.loads(record.value) for record in broker.records(REJECTED)]
    assert [(letter["reason"], letter["offset"]) for letter in letters] == [("store_refused", 0), ("store_refused", 1)]


def test_an_outage_of_the_store_commits_nothing_and_loses_nothing(road: RowRoad, store: Store) -> None:
    moody = Moody(store)
    moody.trouble["touchpoints"] = StoreUnavailable("away")

    async def go() -> None:
        await road.write("touchpoints", touchpoint(1))
        async with road.sink(moody):
            await eventually(_of(lambda: len(moody.attempts)), lambda count: count >= 3)
            assert not await road.committed("touchpoints")
            moody.trouble.clear()
            await eventually(counted(store, "touchpoints"), lambda count: count == 1)
            await road.until_committed("touchpoints", 1)

    asyncio.run(go())
    assert len(set(moody.attempts)) == 1


def test_a_table_in_trouble_holds_up_no_other(road: RowRoad, store: Store) -> None:
    moody = Moody(store)
    moody.trouble["touchpoints"] = StoreMisconfigured("no such table")

    async def go() -> None:
        await road.write("touchpoints", touchpoint(1))
        async with road.sink(moody):
            await eventually(_of(lambda: len(moody.attempts)), lambda count: count >= 1)
            await road.write("stays", orjson.dumps({"epoch": 1, "place": "ride", "joined_at": 1.0}))
            await eventually(counted(store, "stays"), lambda count: count == 1)

    asyncio.run(go())


def test_a_sink_that_starts_again_goes_on_where_it_had_committed(road: RowRoad, store: Store) -> None:
    moody = Moody(store)

    async def go() -> None:
        await road.write("touchpoints", touchpoint(1))
        async with road.sink(moody):
            await road.until_committed("touchpoints", 1)
        await road.write("touchpoints", touchpoint(2))
        async with road.sink(moody):
            await road.until_committed("touchpoints", 2)

    asyncio.run(go())
    assert [body.count(b"event_id") for _, body in moody.attempts] == [1, 1]
    assert store.query("SELECT event_id FROM touchpoints ORDER BY event_id").rows == [("e1",), ("e2",)]


def test_empty_records_are_passed_over_and_committed(road: RowRoad, store: Store) -> None:
    async def go() -> None:
        await road.write("stays", b"", b"\n\n")
        async with road.sink(store):
            await road.until_committed("stays", 2)

    asyncio.run(go())
    assert store.query("SELECT count() FROM rejected").rows == [(0,)]


def test_many_rows_go_in_few_inserts(road: RowRoad, store: Store) -> None:
    moody = Moody(store)
    records = [
        b"\n".join(touchpoint(number) for number in range(start, start + 500)) for start in range(0, 20_000, 500)
    ]

    async def go() -> None:
        await road.write("touchpoints", *records)
        async with road.sink(moody):
            await eventually(counted(store, "touchpoints"), lambda count: count == 20_000)
            await road.until_committed("touchpoints", 40)

    asyncio.run(go())
    assert len(moody.attempts) <= 8


def test_topics_that_are_not_there_yet_are_waited_for(road: RowRoad, store: Store, broker: Broker) -> None:
    with broker.admin() as admin:
        admin.delete_topics([rows_topic("stays")])

    async def go() -> None:
        async with road.sink(store):
            await asyncio.to_thread(broker.create, rows_topic("stays"))
            await road.write("stays", orjson.dumps({"epoch": 1, "place": "ride", "joined_at": 1.0}))
            await eventually(counted(store, "stays"), lambda count: count == 1)

    asyncio.run(go())


def _of(look: Any) -> Any:
    async def seen() -> Any:
        return look()

    return seen
