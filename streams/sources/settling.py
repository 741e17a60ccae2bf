"""Waiting until what was sent, and all that it set off, has gone the whole road: every stage, and the sink."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from streams.clock import steady_seconds
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination
from streams.kafka.sight import Sight
from streams.topology import PUBLIC, STAGES, rows_topic
from streams.validate.marker import Heartbeat, marker

LOOK_AGAIN_SECONDS = 0.2

TIME_HOPS: Final = len(STAGES) + 1
"""So often the time is told on, from a record of the input to the rows."""

IDENTITY_HOPS: Final = 18
"""So often what stitch tells itself comes back at most: claims up three levels of stable identifiers, parts up all six,
a verdict on an account merge, names back down."""

HOPS: Final = TIME_HOPS + IDENTITY_HOPS
"""After so many rounds nothing that a record has set off is on its way, however much others send all the while."""

MOST_TICKS: Final = 500
"""Per log. Where more waits, somebody has something to do."""

Inputs = Mapping[str, Sequence[Destination]]
"""What each group reads."""
Progress = Callable[[int, int], None]
"""Hears (records read, records that were to be read) of each round."""


class StalledError(Exception):
    """Nothing moved for a long time; the message says what waits and what to look at."""


class Seeing(Protocol):
    """What there is to be seen of groups and logs, as `streams.kafka.sight` tells it."""

    async def committed(self, group: str) -> dict[Destination, int]: ...
    async def ends(self, logs: Sequence[Destination]) -> dict[Destination, int]: ...
    async def all_there(self, spans: Mapping[Destination, tuple[int, int]], fits: Callable[[Any], bool]) -> bool: ...


async def until_read(
    connection: Connection, inputs: Inputs, patience_seconds: float, progress: Progress = lambda _done, _total: None
) -> None:
    """Return once everything that was there at the call is read. Raises StalledError."""
    async with Sight(connection) as sight:
        settling = Settling(sight, inputs, patience_seconds, progress)
        await settling.read_to(await settling.ends())


async def until_at_rest(
    connection: Connection, inputs: Inputs, patience_seconds: float, progress: Progress = lambda _done, _total: None
) -> None:
    """Return once everything that was there at the call is read, and all that it set off. Raises StalledError."""
    async with Sight(connection) as sight:
        await Settling(sight, inputs, patience_seconds, progress).until_at_rest()


@dataclass(frozen=True)
class Settling:
    """One wait. `inputs` must name every log between those who are waited for."""

    sight: Seeing
    inputs: Inputs
    patience_seconds: float
    progress: Progress = lambda _done, _total: None

    async def until_at_rest(self) -> None:
        """A stage has said what follows from a record before it commits the record. So at an instant at which all that
        waits anywhere are ticks of the clock, nothing else is on its way; and after one round for each hop of the time
        these are ticks that came after the call, which are not waited for. If nothing waits at all, it is over at once.

        While others send without a pause there is no such instant, and the rounds are counted instead: what a stage has
        read by the end of a round, the next has read by the end of its own.
        """
        for number in range(HOPS):
            spans = await self._waiting()
            if not spans or (number >= TIME_HOPS and await self._only_ticks(spans)):
                return
            await self.read_to({log: end for log, (_, end) in spans.items()})

    async def ends(self) -> dict[Destination, int]:
        return await self.sight.ends([log for logs in self.inputs.values() for log in logs])

    async def _waiting(self) -> dict[Destination, tuple[int, int]]:
        """(committed, end) of the logs that are not read to the end.

        Who has read what is asked first, and then where logs end: what is equal then, was so at the instant between.
        """
        done = await self._done()
        return {log: (done[log], end) for log, end in (await self.ends()).items() if done[log] < end}

    async def _done(self) -> dict[Destination, int]:
        found: dict[Destination, int] = {}
        for group, logs in self.inputs.items():
            committed = await self.sight.committed(group)
            found |= {log: committed.get(log, 0) for log in logs}
        return found

    async def _only_ticks(self, spans: Mapping[Destination, tuple[int, int]]) -> bool:
        if any(end - begin > MOST_TICKS for begin, end in spans.values()):
            return False
        return await self.sight.all_there(spans, is_tick)

    async def read_to(self, noted: Mapping[Destination, int]) -> None:
        """Wait until the ends noted are committed."""
        first = least = left = await self._left(noted)
        moved = steady_seconds()
        while left:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            left = await self._left(noted)
            if left < least:
                least, moved = left, steady_seconds()
            self.progress(max(0, first - left), first)
            if steady_seconds() - moved > self.patience_seconds:
                raise StalledError(
                    f"everything is sent, but {left:,} records have waited for {self.patience_seconds:.0f} s; "
                    "are the worker and the sink running?"
                )

    async def _left(self, noted: Mapping[Destination, int]) -> int:
        done = await self._done()
        return sum(max(0, end - done[log]) for log, end in noted.items())


def is_tick(record: Any) -> bool:
    """A heartbeat, the time that a stage tells the next one, or a row of how far everybody is."""
    topic = record.topic
    if topic == PUBLIC:
        return isinstance(marker(record.headers, record.value), Heartbeat)
    if topic.startswith(rows_topic("")):
        return bool(topic == rows_topic("pipeline"))
    try:
        return bool(orjson.loads(record.value)["k"] == "wm")
    except (ValueError, KeyError, TypeError):
        return False
