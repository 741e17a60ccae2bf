"""Erasing what stitch says is to be forgotten: again and again until nothing more arrives, then a receipt."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
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

TopicSettings = Mapping[str, Mapping[str, str]]
Pause = Callable[[float], Awaitable[None]]


async def until_forgotten(
    store: Store,
    pause: Pause = asyncio.sleep,
    *,
    all_is_stored: Callable[[], bool] = lambda: True,
    topic_settings: Callable[[], TopicSettings] = dict,
) -> None:
    """Returns when nothing of what `erasures` names is left, one command after the other.

    `all_is_stored`: whether what other topics held by then is in the store, so that nothing of it comes afterwards.
    `topic_settings`: what the broker says of topics, by name; of those that it does not tell the receipt says so.
    Whatever the store refuses or an outage prevents is tried for ever: somebody has a right to it.
    """
    while True:
        try:
            erasures = await asyncio.to_thread(asked, store)
            if not erasures:
                return
            of_one = [one for one in erasures if one.command == erasures[0].command]
            await _until_gone(store, of_one, pause, all_is_stored, topic_settings)
        except StoreError as error:
            reason = type(error).__name__  # the store's own words name people
            log.error("what is to be erased is still there; trying again", reason=reason)
            await pause(TRY_AGAIN_SECONDS)


async def _until_gone(
    store: Store,
    erasures: list[Erasure],
    pause: Pause,
    all_is_stored: Callable[[], bool],
    topic_settings: Callable[[], TopicSettings],
) -> None:
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
    told = await asyncio.to_thread(topic_settings)
    await asyncio.to_thread(_write_receipt, store, erasures[0].command, erased, told)
    await asyncio.to_thread(close, store, erasures)
    log.info("a person was erased from the store", rows=sum(erased.values()))


def _write_receipt(store: Store, command: str, erased: Counter[str], told: TopicSettings) -> None:
    now = now_ms()
    erased.update(erased_before(store, command))  # by what was known of it sooner: late children come in waves
    unreadable = unreadable_letters(store)
    lines = b"\n".join(
        map(orjson.dumps, (*_of_tables(command, erased, now, *unreadable), *_of_topics(command, now, told)))
    )
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


def _of_topics(command: str, now: int, told: TopicSettings) -> list[dict[str, Any]]:
    """What a broker keeps until it is too old, or until something newer has replaced it."""
    row: dict[str, Any] = {"command": command, "erased": 0, "survivors": None, "checked_at": now / 1000}
    found = []
    for topic in topics():
        asked_for = {"cleanup.policy": "compact" if topic.compacted else "delete"}
        asked_for["retention.ms"] = "-1" if topic.retention_hours is None else str(topic.retention_hours * HOUR_MS)
        gone_by, reason = _gone_by({**asked_for, **told.get(topic.name, {})}, now)
        if topic.name not in told:
            reason += "; as it was asked for, since the broker does not tell"
        found.append({**row, "store": f"topic:{topic.name}", "gone_by": gone_by, "reason": reason})
    return found


def _gone_by(config: Mapping[str, str], now: int) -> tuple[float | None, str]:
    """When the last of it is gone (s), None without a date, and why: by the topic's own settings."""
    policy, kept_ms = config["cleanup.policy"], int(config["retention.ms"])
    if "delete" not in policy:
        return None, f"cleanup.policy={policy}: gone when it is compacted, which has no date"
    if kept_ms < 0:
        return None, "retention.ms=-1: kept for ever; delete the records up to now by hand"
    segment_ms = int(config.get("segment.ms", SEGMENT_HOURS * HOUR_MS))
    return (now + kept_ms + segment_ms) / 1000, f"retention.ms={kept_ms} and segment.ms={segment_ms}"
