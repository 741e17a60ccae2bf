"""One look at one place: its counts, estimate and level at a grid point, as a row of `queue_load`."""

from typing import Any

import orjson

from schemas.place import PlaceKind
from streams.load.crowd import Crowd, Lookup
from streams.load.entries import FactEntry
from streams.load.estimate import Estimate, estimate
from streams.load.grid import GRID_MS
from streams.load.level import Reading, judge
from streams.load.tally import Flows

COUNTED_BY_PRESENCE: frozenset[PlaceKind] = frozenset({"area", "parking"})
"""Kinds of place whose capacity holds everybody present; elsewhere it holds those who wait or are served."""


def look(crowd: Crowd, at: int, lookup: Lookup) -> tuple[dict[str, Any], list[FactEntry]]:
    """Move `crowd` on to `at`; returns the row without its epoch and version, and the facts that are superseded.

    Everything in the row is computed from what happened at or before `at`, whatever else is known already.
    """
    unseen = _unseen_wait(crowd, at)
    flows = crowd.tally.advance(at)
    superseded = crowd.move(at)
    crowd.find_oldest(lookup)
    longest = None if crowd.oldest_joined is None else at - crowd.oldest_joined
    state = crowd.facts["state"].value() or "open"
    running = crowd.starts.running(crowd.oldest_joined)
    expected = estimate(str(state), crowd.tally.waiting, crowd.starts.pace(), running)
    people = _people(crowd)
    reading = Reading(None if expected.p50_seconds is None else expected.p50_seconds * 1_000, longest, unseen, people)
    crowd.standing = judge(crowd.standing, at, reading, crowd.limits)
    crowd.set_rhythm()
    return _row(crowd, flows, expected, longest, people, str(state)), superseded


def write(row: dict[str, Any], epoch: int, version: int) -> bytes:
    row["epoch"] = epoch
    row["version"] = version
    return orjson.dumps(row)


def _unseen_wait(crowd: Crowd, at: int) -> int:
    """How long the longest wait had grown on the grid point before `at`, if that one was not looked at."""
    before = at - GRID_MS
    return before - crowd.oldest_joined if crowd.oldest_joined is not None and before > crowd.at else 0


def _people(crowd: Crowd) -> int:
    tally = crowd.tally
    return tally.present if crowd.place.kind in COUNTED_BY_PRESENCE else tally.waiting + tally.being_served


def _row(
    crowd: Crowd, flows: Flows, expected: Estimate, longest: int | None, people: int, state: str
) -> dict[str, Any]:
    tally, place = crowd.tally, crowd.place
    staff = crowd.facts["staff"].value()
    return {
        "place": place.id,
        "at": crowd.at / 1_000,
        "waiting": tally.waiting,
        "being_served": tally.being_served,
        "present": tally.present,
        "servers": place.servers if staff is None else staff,
        "load": None if place.capacity is None else people / place.capacity,
        "oldest_wait_seconds": None if longest is None else longest / 1_000,
        "arrivals": flows.arrivals,
        "starts": flows.starts,
        "ends": flows.ends,
        "abandons": flows.abandons,
        "estimate_p50_seconds": _rounded(expected.p50_seconds),
        "estimate_p90_seconds": _rounded(expected.p90_seconds),
        "estimate_method": expected.method,
        "estimate_reason": expected.reason,
        "estimate_samples": expected.samples,
        "level": crowd.standing.level,
        "state": state,
        "posted_minutes": crowd.facts["posted"].value(),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
