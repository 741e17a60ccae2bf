"""Waiting until what was sent has gone the whole road: read by every stage, written by the sink."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streams.clock import steady_seconds
from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination
from streams.topology import STAGES

LOOK_AGAIN_SECONDS = 0.2

IDENTITY_HOPS: Final = 18
"""So often what stitch tells itself comes back at most: claims up three levels of stable identifiers, parts up all six,
a verdict on an account merge, names back down. A round in which nothing new is on its way costs next to nothing."""

HOPS: Final = len(STAGES) + IDENTITY_HOPS
"""After so many rounds nothing that a record has set off is still on its way between the stages."""


class StalledError(Exception):
    """Nothing moved for a long time; the message says what waits and what to look at."""


async def until_read(
    connection: Connection,
    inputs: Mapping[str, Sequence[Destination]],
    patience_seconds: float,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    rounds: int = HOPS + 1,
) -> None:
    """One round for each hop: what a stage has read by the end of a round, the next has read by the end of its own.

    `inputs`: what each group reads. `progress` hears (records read, records that were to be read) of each round.
    Raises StalledError.
    """
    for _ in range(rounds):
        noted = {group: await standing.ends(connection, logs) for group, logs in inputs.items()}
        await _round(connection, noted, patience_seconds, progress)


async def _round(
    connection: Connection,
    noted: dict[str, dict[Destination, int]],
    patience_seconds: float,
    progress: Callable[[int, int], None],
) -> None:
    first = least = left = await standing.behind(connection, noted)
    moved = steady_seconds()
    while left:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        left = await standing.behind(connection, noted)
        if left < least:
            least, moved = left, steady_seconds()
        progress(max(0, first - left), first)
        if steady_seconds() - moved > patience_seconds:
            raise StalledError(
                f"everything is sent, but {left:,} records have waited for {patience_seconds:.0f} s; "
                "are the worker and the sink running?"
            )
