"""Erasing what stitch says is to be forgotten: again and again until nothing more arrives, then a receipt."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
import structlog

from streams.clock import now_ms
from streams.store.client import Store
from streams.store.erase import Erasure, asked, close, erase, erased_before, unreadable_letters
from streams.store.errors import StoreError
from streams.topology import topics

log = structlog.get_logger("touchline.sink")

LOOK_AGAIN_SECONDS: Final = 5.0
"""Rows that were on their way when it was looked first are there by then, or are found by one of the next looks."""
TRY_AGAIN_SECONDS: Final = 15.0
HOUR_MS: Final = 3_600_000
LETTERS_HOURS: Final = 30 * 24
"""The table of dead letters keeps them so long, see its TTL."""
SEGMENT_HOURS: Final = 7 * 24
"""A broker drops whole segments: a record goes with the youngest of its own, a week later at most."""

Pause = Callable[[float], Awaitable[None]]


async def until_forgotten(
    store: Store, pause: Pause = asyncio.sleep, *, all_is_stored: Callable[[], bool] = lambda: True
) -> None:
    """Returns when nothing of what `erasures` names is left, one command after the other.

    `all_is_stored`: whether what other topics held by then is in the store, so that nothing of it comes afterwards.
    Whatever the store refuses or an outage prevents is tried for ever: somebody has a right to it.
    """
    while True:
        try:
            erasures = await asyncio.to_thread(asked, store)
            if not erasures:
                return
            of_one = [one for one in erasures if one.command == erasures[0].command]
            await _until_gone(store, of_one, pause, all_is_stored)
        except StoreError as error:
            reason = type(error).__name__  # the store's own words name people
            log.error("what is to be erased is still there; trying again", reason=reason)
            await pause(TRY_AGAIN_SECONDS)


async def _until_gone(store: Store, erasures: list[Erasure], pause: Pause, all_is_stored: Callable[[], bool]) -> None:
    """Two looks, LOOK_AGAIN_SECONDS apart, find nothing: then the receipt, then the list itself is emptied."""
    erased: Counter[str] = Counter()
    clean = False
    while True:
        stored = all_is_stored()
        found = await asyncio.to_thread(erase, store, erasures)
        erased.update(found)
        nothing = stored and not any(found.values())
        if clean and nothing:
            break
        clean = nothing
        await pause(LOOK_AGAIN_SECONDS)
    await asyncio.to_thread(_write_receipt, store, erasures[0].command, erased)
    await asyncio.to_thread(close, store, erasures)
    log.info("a person was erased from the store", rows=sum(erased.values()))


def _write_receipt(store: Store, command: str, erased: Counter[str]) -> None:
    now = now_ms()
    erased.update(erased_before(store, command))  # by what was known of it sooner: late children come in waves
    unreadable = unreadable_letters(store)
    lines = b"\n".join(map(orjson.dumps, (*_of_tables(command, erased, now, *unreadable), *_of_topics(command, now))))
    store.insert_rows("erasure_receipts", lines)


def _of_tables(
    command: str, erased: Counter[str], now: int, unreadable: int, youngest_ms: int | None
) -> list[dict[str, Any]]:
    """Nobody knows whom a dead letter names that cannot be read: how many there are, and when the last expires."""
    row: dict[str, Any] = {"command": command, "survivors": 0, "checked_at": now / 1000, "gone_by": None}
    letters: dict[str, Any] = {}
    if youngest_ms is not None:
        gone_by = (youngest_ms + LETTERS_HOURS * HOUR_MS) / 1000
        reason = "dead letters that cannot be read, of nobody knows whom: they expire"
        letters = {"survivors": None, "unreadable": unreadable, "gone_by": gone_by, "reason": reason}
    return [
        {**row, "store": table, "erased": rows, **(letters if table == "rejected" else {})}
        for table, rows in sorted(erased.items())
    ]


def _of_topics(command: str, now: int) -> list[dict[str, Any]]:
    """What a broker has been told it keeps until it is too old, or until something newer has replaced it."""
    row: dict[str, Any] = {"command": command, "erased": 0, "survivors": None, "checked_at": now / 1000}
    return [
        {**row, "store": f"topic:{topic.name}", "gone_by": _gone_by(topic.retention_hours, now)} for topic in topics()
    ]


def _gone_by(retention_hours: int | None, now: int) -> float | None:
    return None if retention_hours is None else (now + (retention_hours + SEGMENT_HOURS) * HOUR_MS) / 1000
