"""Read stays and facts from decoded records; what is none, or of no use here, is None."""

from typing import Any, TypeGuard

from streams.load.entries import FactEntry, Stay

LATEST = 253_402_300_800_000
"""The year 10000 in ms: no time on the log lies beyond."""

LONGEST_POSTED_MINUTES = 24 * 60
MOST_SERVERS = 1_000_000


def read_stay(body: dict[str, Any], now: int) -> Stay | None:
    """None if this is no stay. Times out of order are put in order: nobody starts before joining."""
    version, joined, started, ended = body.get("v"), body.get("j"), body.get("st"), body.get("en")
    if not (is_count(version) and is_time(joined) and is_count(body.get("n"))):
        return None
    if not (is_text(body.get("p")) and is_text(body.get("i"))):
        return None
    if not ((started is None or is_time(started)) and (ended is None or is_time(ended))):
        return None
    kind, outcome, customer = body.get("m"), body.get("out"), body.get("w")
    if kind not in ("queue", "presence") or type(outcome) is not str or type(customer) is not str:
        return None
    if started is not None:
        started = max(started, joined)
    if ended is not None:
        ended = max(ended, joined if started is None else started)
    gone = 1 if body.get("x") else 0
    if gone:
        ended = max(now, joined, ended or 0)
    return Stay(version, joined, started, ended, kind, outcome, 1 if body.get("g") else 0, customer, gone)


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
