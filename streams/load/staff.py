"""How many servers a queue has and needs at a look, as a row of `staffing`."""

from typing import Any

import orjson

from streams.load.crowd import Crowd
from streams.load.snapshot import COUNTED_BY_PRESENCE
from streams.load.staffing import Demand, Expected, Goal, Need, demand_of, expected, goal_of, need
from streams.load.work import MINUTE_MS, Measured


def staff_due(crowd: Crowd, before: tuple[int, object, object]) -> bool:
    """Is the staff of this place to be said with its last look? `before`: `standing_staff` before that look.

    With the first look of each minute, and whenever the servers at work or the state have changed. Places that hold
    who is present have no queue.
    """
    if crowd.place.kind in COUNTED_BY_PRESENCE:
        return False
    at, staff, state = before
    return at // MINUTE_MS != crowd.at // MINUTE_MS or (staff, state) != standing_staff(crowd)[1:]


def standing_staff(crowd: Crowd) -> tuple[int, object, object]:
    """When the place was looked at last, and what was known then of its staff and its state."""
    return crowd.at, crowd.facts["staff"].value(), crowd.facts["state"].value()


def staff_row(crowd: Crowd, row: dict[str, Any]) -> bytes:
    """`row`: the row of `queue_load` with its epoch and version. All is computed from what happened by then."""
    measured = crowd.work.measured(crowd.at)
    goal, demand, servers = goal_of(crowd.place), demand_of(measured), row["servers"]
    required, wait = _judged(crowd, row["state"], goal, demand, servers)
    return orjson.dumps(
        {
            "place": crowd.place.id,
            "at": row["at"],
            "state": row["state"],
            "servers": servers,
            "servers_required": required.required,
            "reason": required.reason,
            "method": "" if required.required is None or isinstance(demand, str) else demand.method,
            "goal_share": None if goal is None else goal.share,
            "goal_seconds": None if goal is None else goal.seconds,
            "expected_wait_seconds": _rounded(wait.wait_seconds),
            "expected_wait_reason": wait.reason,
            "required_wait_seconds": _rounded(required.wait_seconds),
            "epoch": row["epoch"],
            "version": row["version"],
        }
        | _measured(measured)
    )


def _judged(
    crowd: Crowd, state: str, goal: Goal | None, demand: Demand | str, servers: int | None
) -> tuple[Need, Expected]:
    if state != "open":
        return Need(None, state, None), Expected(None, state)
    if isinstance(demand, str):
        return Need(None, demand, None), Expected(None, demand)
    if goal is None:
        return Need(None, "no_target", None), expected(demand, servers)
    return need(demand, goal, crowd.place.min_servers), expected(demand, servers)


def _measured(measured: Measured) -> dict[str, Any]:
    """What the need rests on, with its sample sizes; means in seconds, None where there is nothing to average."""
    return {
        "arrivals": measured.arrivals,
        "services": measured.services,
        "service_seconds": _mean(measured.service_ms, measured.services),
        "waits": measured.waits,
        "abandons": measured.abandoned,
        "patience_seconds": _mean(measured.waited_ms, measured.abandoned),
    }


def _mean(total_ms: int, number: int) -> float | None:
    return _rounded(total_ms / number / 1_000) if number else None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
