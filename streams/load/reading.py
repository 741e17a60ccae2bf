"""Read stays and facts from decoded records; what is none, or of no use here, is None."""

from operator import itemgetter
from typing import Any, TypeGuard

from streams.load.entries import FactEntry, Stay

LATEST = 253_402_300_800_000
"""The year 10000 in ms: no time on the log lies beyond."""

LONGEST_POSTED_MINUTES = 24 * 60
MOST_SERVERS = 1_000_000


_fields = itemgetter("p", "i", "n", "v", "j", "st", "en", "m", "out", "g", "w")


def read_stay(body: dict[str, Any], now: int) -> tuple[str, str, int, Stay] | None:
    """(place, thing, n-th, stay); times out of order are put in order: nobody starts before joining."""
    try:
        place, thing, nth, version, joined, started, ended, kind, outcome, guessed, customer = _fields(body)
    except KeyError:
        return None
    # One line of exact types instead of calls: this is the hot path.
    if not (
        type(version) is type(joined) is type(nth) is int and type(place) is type(thing) is str and place and thing
    ):
        return None
    if kind not in ("queue", "presence") or not type(outcome) is type(customer) is str:
        return None
    if version < 0 or nth < 0 or not 0 <= joined < LATEST:
        return None
    until = joined
    if started is not None:
        if not is_time(started):
            return None
        until = started = max(started, joined)
    if ended is not None:
        if not is_time(ended):
            return None
        ended = max(ended, until)
    gone = 1 if body.get("x") else 0
    if gone:
        ended = max(now, joined, ended or 0)
    return place, thing, nth, Stay(version, joined, started, ended, kind, outcome, 1 if guessed else 0, customer, gone)


def read_fact(body: dict[str, Any]) -> FactEntry | None:
    """None if this is no fact, or one that load has no use for: an absurd reading, a wait that a person measured."""
    time, source, event_id, place, data = body.get("t"), body.get("s"), body.get("e"), body.get("p"), body.get("d")
    if not (is_time(time) and is_text(source) and is_text(event_id) and is_text(place) and isinstance(data, dict)):
        return None
    kind, value = _meaning(body.get("y"), data)
    return None if value is None else FactEntry(time, source, event_id, kind, value)


def _meaning(type_: object, data: dict[str, Any]) -> tuple[str, str | float | None]:
    if type_ == "place.opened":
        return "state", "open"
    if type_ == "place.closed":
        return "state", "closed"
    if type_ == "wait.posted":
        return "posted", _up_to(LONGEST_POSTED_MINUTES, data.get("minutes"))
    if type_ == "staff.assigned":
        count = data.get("count")
        return "staff", _up_to(MOST_SERVERS, count) if is_count(count) else None
    return "", None


def _up_to(most: int, value: object) -> float | None:
    return value if isinstance(value, int | float) and type(value) is not bool and 0 <= value <= most else None


def is_time(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < LATEST


def is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and value >= 0


def is_text(value: object) -> TypeGuard[str]:
    return type(value) is str and value != ""
