"""On Apache Kafka: sinks share the topics, a bounced broker is met again, rows that are gone are not passed over."""

import asyncio
from pathlib import Path

import pytest
from kafka import TopicPartition
from support.kafka import Broker
from support.sink_road import Moody, RowRoad, touchpoint
from support.sinks import Sinks

from schemas.rows import ROWS
from streams.kafka.ending import REFUSED
from streams.store.client import Store
from streams.topology import rows_topic

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("topics")]


@pytest.fixture
def broker(clean_kafka: Broker) -> Broker:
    return clean_kafka


@pytest.mark.slow
def test_two_sinks_share_the_tables_and_one_takes_over_from_the_other(road: RowRoad, store: Store) -> None:
    first, second = Moody(store), Moody(store)

    async def write_and_wait(offset: int) -> None:
        for name in ROWS:
            await road.write(name, b'{"epoch": 1, "version": %d}' % offset)
        for name in ROWS:
            await road.until_committed(name, offset)

    async def inserts_of_both() -> tuple[int, int]:
        return len(first.attempts), len(second.attempts)

    async def go() -> None:
        async with road.sink(first, "one"):
            async with road.sink(second, "two"):
                turn = 0
                while 0 in await inserts_of_both():
                    turn += 1
                    await write_and_wait(turn)
            await write_and_wait(turn + 1)

    asyncio.run(asyncio.wait_for(go(), 120))


@pytest.mark.slow
def test_a_bounced_broker_is_met_again(road: RowRoad, sinks: Sinks, broker: Broker, tmp_path: Path) -> None:
    url = f"chdb://{tmp_path / 'store'}"
    process = sinks.start(url)
    asyncio.run(road.write("touchpoints", touchpoint(1)))
    asyncio.run(road.until_committed("touchpoints", 1))
    broker.bounce()
    asyncio.run(road.write("touchpoints", touchpoint(2)))
    asyncio.run(road.until_committed("touchpoints", 2))
    assert process.poll() is None
    assert "Traceback" not in sinks.said()
    assert sinks.said().count("Kafka does not answer") <= 1


def test_rows_that_were_deleted_unread_end_the_sink(
    road: RowRoad, sinks: Sinks, broker: Broker, tmp_path: Path
) -> None:
    url = f"chdb://{tmp_path / 'store'}"
    asyncio.run(road.write("stays", b'{"epoch": 1, "joined_at": 1.0}'))
    sinks.finish(url, 1, table="stays")
    asyncio.run(road.write("stays", *[b'{"epoch": 1, "joined_at": 2.0}'] * 3))
    with broker.admin() as admin:
        admin.delete_records({TopicPartition(rows_topic("stays"), 0): 3})
    process = sinks.start(url)
    assert process.wait(60) == REFUSED
    assert "rows were deleted" in sinks.said()


def test_of_two_sinks_with_one_id_the_first_ends_and_says_why(road: RowRoad, sinks: Sinks, tmp_path: Path) -> None:
    first = sinks.start(f"chdb://{tmp_path / 'first'}")
    asyncio.run(road.write("stays", b'{"epoch": 1, "joined_at": 1.0}'))
    asyncio.run(road.until_committed("stays", 1))
    second = sinks.start(f"chdb://{tmp_path / 'second'}")
    assert first.wait(60) == REFUSED
    assert "another process runs with TOUCHLINE_WORKER_ID=worker-1" in sinks.said()
    asyncio.run(road.write("stays", b'{"epoch": 1, "joined_at": 2.0}'))
    asyncio.run(road.until_committed("stays", 2))
    assert second.poll() is None
