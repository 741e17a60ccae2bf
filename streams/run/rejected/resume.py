"""Lets partitions go on that paused because too much was refused, by a record on the control topic."""

import asyncio
from collections.abc import Sequence

from streams.clock import now_ms
from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.kafka.control import write_control
from streams.kafka.gate import Resumption, resume_key
from streams.kafka.outgoing import Destination
from streams.run.app import connection_of
from streams.run.settings import Settings
from streams.store.client import Store
from streams.topology import PUBLIC, STAGES

_PAUSED = """
SELECT partition FROM pipeline WHERE stage = {stage:String} AND at >= now64(3) - INTERVAL 10 MINUTE
GROUP BY partition HAVING argMax(paused, at) != '' ORDER BY partition"""


def paused_partitions(store: Store) -> list[int]:
    """As the pipeline tells it, which is a second or two ago."""
    stage = next(stage.name for stage in STAGES if stage.reads == PUBLIC)
    return [int(number) for (number,) in store.query(_PAUSED, {"stage": stage}).rows]


def resume(settings: Settings, partitions: Sequence[int], by: str) -> None:
    """Accept the dead letters of what these hold now, and of what goes on."""
    asyncio.run(_resume(connection_of(settings), partitions, by))


async def _resume(connection: Connection, partitions: Sequence[int], by: str) -> None:
    ends = await standing.ends(connection, [Destination(PUBLIC, number) for number in partitions])
    at_ms = now_ms()
    facts = {resume_key(*log): Resumption(end, by, at_ms).encode().decode() for log, end in ends.items()}
    await write_control(connection, facts)
