"""Playing the simulation: what lies in the past at full speed, from then on each touchpoint when its time has come."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import IO, Any

import orjson

from streams.sources.simulate.emission import Emission, TruthWriter
from streams.sources.simulate.park import HOUR, Calendar

BATCH = 5_000
SMALLEST_PAUSE_SECONDS = 0.1
HISTORY = 24 * HOUR
DAY_BEGINS_AT = 4.0
"""Local hour at which the park is empty, so that a simulation which begins there has missed nobody."""


def history_start(now: int, timezone: str) -> int:
    """The last quiet early morning that lies a day or more back: from there on the last 24 h are whole."""
    calendar = Calendar(timezone)
    day = calendar.day(now - HISTORY)
    start = calendar.at(day, DAY_BEGINS_AT)
    return start if start <= now - HISTORY else calendar.at(day - timedelta(days=1), DAY_BEGINS_AT)


async def play(
    emissions: Iterable[Emission],
    send: Callable[[list[Emission]], Awaitable[None]],
    now: Callable[[], int],
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    caught_up: Callable[[int], None] = lambda _: None,
) -> int:
    """Send everything, nothing before its time; returns the number. `caught_up` is called once, when the past is sent.

    `now` tells the time in ms. At most 5,000 emissions are held; what is due within a tenth of a second goes together.
    """
    sent, live = 0, False
    waiting: list[Emission] = []
    for emission in emissions:
        while emission.at > now():
            if waiting:
                await send(waiting)
                sent, waiting = sent + len(waiting), []
            if not live:
                live = True
                caught_up(sent)
            await sleep(max(SMALLEST_PAUSE_SECONDS, (emission.at - now()) / 1_000))
        waiting.append(emission)
        if len(waiting) >= BATCH:
            await send(waiting)
            sent, waiting = sent + len(waiting), []
    await send(waiting)
    return sent + len(waiting)


def write_file(emissions: Iterable[Emission], out: IO[bytes]) -> int:
    """One line each, in order of arrival; returns their number. An empty record has no line: it would not be one."""
    count = 0
    for emission in emissions:
        if emission.value:
            out.write(emission.value + b"\n")
            count += 1
    return count


def truth_into(out: IO[bytes]) -> TruthWriter:
    """A writer of the truth as one JSON object a line."""

    def write(fact: Any) -> None:
        out.write(orjson.dumps(fact) + b"\n")

    return write
