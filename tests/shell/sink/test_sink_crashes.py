"""A sink that dies at the worst moment, or that never hears the store's answer: every row once all the same."""

import asyncio
import subprocess
from pathlib import Path

import pytest
from support.clickhouse_standin import Standin
from support.sink_road import RowRoad, eventually, touchpoint
from support.sinks import Sinks

from schemas.place import Places
from streams.kafka.ending import UNEXPECTED
from streams.store.migrate import migrate
from streams.store.opening import connect

pytestmark = pytest.mark.usefixtures("topics")


@pytest.mark.parametrize("fail_at", ["after_insert", "sink/before_commit"])
def test_a_crash_after_the_insert_stores_no_row_twice(
    road: RowRoad, sinks: Sinks, tmp_path: Path, fail_at: str
) -> None:
    url = f"chdb://{tmp_path / 'store'}"
    asyncio.run(road.write("touchpoints", touchpoint(1), touchpoint(2)))
    asyncio.run(road.write("stays", b'{"epoch": 1, "place": "ride", "joined_at": 5.0}'))
    process = sinks.start(url, fail_at)
    assert process.wait(60) == UNEXPECTED
    asyncio.run(road.write("touchpoints", touchpoint(3)))
    sinks.finish(url, 3)
    store = connect(url)
    assert store.query("SELECT event_id FROM touchpoints ORDER BY event_id").rows == [("e1",), ("e2",), ("e3",)]
    assert store.query("SELECT offset FROM receipts ORDER BY offset").rows == [(1,), (2,), (3,)]
    store.close()


@pytest.mark.slow
def test_killed_between_inserts_again_and_again_it_loses_and_doubles_nothing(
    road: RowRoad, sinks: Sinks, tmp_path: Path
) -> None:
    url = f"chdb://{tmp_path / 'store'}"
    records = [b"\n".join(map(touchpoint, range(n, n + 100))) for n in range(0, 30_000, 100)]

    async def write_and_kill(process: "subprocess.Popen[bytes]", mine: list[bytes]) -> None:
        before = await road.committed("touchpoints") or 0
        writing = asyncio.create_task(road.write_slowly("touchpoints", mine))
        await eventually(lambda: road.committed("touchpoints"), lambda found: (found or 0) > before)
        process.kill()
        await writing

    for turn in range(3):
        process = sinks.start(url)
        asyncio.run(write_and_kill(process, records[turn::3]))
        process.wait()
    sinks.finish(url, len(records))
    store = connect(url)
    assert store.query("SELECT count(), uniqExact(event_id) FROM touchpoints").rows == [(30_000, 30_000)]
    assert store.query("SELECT count(), uniqExact(offset) FROM receipts").rows == [(30_000, 30_000)]
    store.close()


def test_an_insert_whose_answer_is_lost_is_stored_once(road: RowRoad, tmp_path: Path) -> None:
    standin = Standin(tmp_path / "server")
    store = connect(standin.url)
    migrate(store, Places())
    standin.inserts.clear()
    standin.fault = "lose_answer"

    async def go() -> None:
        await road.write("touchpoints", touchpoint(1), touchpoint(2))
        async with road.sink(store):
            await road.until_committed("touchpoints", 2)

    asyncio.run(go())
    assert len(standin.inserts) == 2
    assert standin.inserts[0] == standin.inserts[1]
    assert store.query("SELECT count() FROM touchpoints").rows == [(2,)]
    store.close()
    standin.stop()


def test_a_server_that_comes_back_gets_the_rows(road: RowRoad, tmp_path: Path) -> None:
    standin = Standin(tmp_path / "server")
    store = connect(standin.url)
    migrate(store, Places())
    standin.fault = "unavailable"

    async def go() -> None:
        await road.write("touchpoints", touchpoint(1))
        async with road.sink(store):
            assert not await road.committed("touchpoints")
            standin.fault = ""
            await road.until_committed("touchpoints", 1)

    asyncio.run(go())
    assert store.query("SELECT count() FROM touchpoints").rows == [(1,)]
    store.close()
    standin.stop()
