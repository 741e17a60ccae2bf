"""One day of a bank's call centre as touchpoints.

"Anonymous Bank data, Service Engineering, Technion (A. Mandelbaum)".

The file has local times of one day and no zone; they are taken as UTC. A phantom is no call and gives nothing.
A step that has no time in the file gives no touchpoint: one call was answered and has no end. The clocks of the queue
and of the agents differ by seconds: an answer counts when the queue was left, and no call ends before its answer.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from support.recorded.files import Row, rows

FILE = "call_centre_one_day.csv.gz"
SOURCE = "call-centre"
MIDNIGHT = datetime(1999, 8, 1, tzinfo=timezone.utc)
NEVER = "0:00:00"
HALF_A_DAY = 43_200


def recorded_calls() -> Iterator[dict[str, Any]]:
    return touchpoints(rows(FILE))


def touchpoints(calls: Iterable[Row]) -> Iterator[dict[str, Any]]:
    for call in calls:
        if call["outcome"] != "PHANTOM":
            yield from _steps(call)


def _steps(call: Row) -> Iterator[dict[str, Any]]:
    yield _step(call, "call.entered", "vru_entry", place=True, line=call["vru+line"])
    agent = {} if call["server"] == "NO_SERVER" else {"agent": call["server"]}
    if was_queued(call):
        yield _step(call, "call.queued", "q_start", place=True)
    if call["outcome"] == "HANG":
        yield _step(call, "call.abandoned", "q_exit" if was_queued(call) else "vru_exit")
        return
    yield _step(call, "call.answered", "q_exit" if was_queued(call) else "ser_start", place=True, **agent)
    if (call["ser_start"], call["ser_exit"]) != (NEVER, NEVER):
        overtaken = was_queued(call) and second_of(call, "ser_exit") < second_of(call, "q_exit")
        yield _step(call, "call.ended", "q_exit" if overtaken else "ser_exit", **agent)


def _step(call: Row, kind: str, column: str, *, place: bool = False, **data: str) -> dict[str, Any]:
    name = call_name(call)
    at = MIDNIGHT + timedelta(seconds=second_of(call, column))
    touchpoint: dict[str, Any] = {
        "event_id": f"{name}/{kind.partition('.')[2]}",
        "source": SOURCE,
        "channel": "call_center",
        "type": kind,
        "occurred_at": at.isoformat().replace("+00:00", "Z"),
        "data": {"call": name, **data},
    }
    if place:
        touchpoint["place"] = call["type"]
    return touchpoint


def call_name(call: Row) -> str:
    """A call is its line and its number together."""
    return f"{call['vru+line']}-{call['call_id']}"


def was_queued(call: Row) -> bool:
    return (call["q_start"], call["q_exit"]) != (NEVER, NEVER)


def second_of(call: Row, column: str) -> int:
    """Seconds since the midnight that begins the day. The clock wraps at midnight; a menu may end before it begins."""
    entry, at = _seconds(call["vru_entry"]), _seconds(call[column])
    if at < entry - HALF_A_DAY:
        return at + 2 * HALF_A_DAY
    return at - 2 * HALF_A_DAY if at > entry + HALF_A_DAY else at


def _seconds(clock: str) -> int:
    hours, minutes, seconds = map(int, clock.split(":"))
    return hours * 3_600 + minutes * 60 + seconds
