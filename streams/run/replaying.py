"""`touchline replay`: stored touchpoints through the pipeline again, under the epoch of the settings."""

import asyncio
from collections.abc import Callable

import orjson

from streams.kafka import standing
from streams.kafka.outgoing import NO_HEADERS, Destination
from streams.run.app import connection_of
from streams.run.clock import now_ms
from streams.run.settings import Settings
from streams.sources.bulk import open_lane
from streams.sources.replay import stored_records
from streams.sources.settling import until_read
from streams.store.opening import connect
from streams.topology import PUBLIC, rows_topic

PATIENCE_SECONDS = 300.0


def replay(settings: Settings, say: Callable[[str], None]) -> int:
    """Send everything, wait until all of it is stored, then show the new epoch; returns the number."""
    return asyncio.run(_replay(settings, say))


async def _replay(settings: Settings, say: Callable[[str], None]) -> int:
    connection = connection_of(settings)
    store = connect(settings.clickhouse)
    started = now_ms()
    epochs = Destination(rows_topic("epochs"), 0)
    async with open_lane(connection, *epochs) as lane:
        await lane.send([(None, _epoch(settings.from_epoch, started, None), NO_HEADERS)])
    count = 0
    async with open_lane(connection, PUBLIC) as lane:
        batches = stored_records(store)
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            await lane.send(batch)
            count += len(batch)
    say(f"{count} stored touchpoints are on their way through the pipeline again")
    await until_read(connection, standing.inputs(settings.partitions), PATIENCE_SECONDS)
    async with open_lane(connection, *epochs) as lane:
        await lane.send([(None, _epoch(settings.from_epoch, started, now_ms()), NO_HEADERS)])
    noted = {standing.SINK_GROUP: await standing.ends(connection, [epochs])}
    while await standing.behind(connection, noted):
        await asyncio.sleep(0.2)
    store.close()
    return count


def _epoch(epoch: int, started_ms: int, finished_ms: int | None) -> bytes:
    finished = None if finished_ms is None else finished_ms / 1_000
    return orjson.dumps({"epoch": epoch, "started_at": started_ms / 1_000, "finished_at": finished})
