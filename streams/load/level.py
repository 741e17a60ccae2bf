"""How bad is it: ok, watch, bad or unknown, quick to rise and slow to fall."""

from typing import NamedTuple

from streams.load.grid import grid_after

CALM_MS = 60_000
SEVERITY = {"unknown": 0, "ok": 0, "watch": 1, "bad": 2}

BAD_WAIT, WATCH_WAIT = 2, 1
"""Limits of the wait, in targets."""

BAD_LOAD, WATCH_LOAD = 100, 85
"""Limits of the load, in per cent of the capacity: bad from the first on, watch above the second."""


class Limits(NamedTuple):
    """What a place promises: the target wait in whole ms, and how many people it can hold; None where unknown."""

    target_ms: int | None
    capacity: int | None


class Reading(NamedTuple):
    """What is known at one grid point.

    `estimate_ms`: the median estimate, because the level speaks of what usually happens: by P90 every busy place
    would be bad, and one long interval would do. `longest_ms`: the longest wait so far. `unseen_ms`: how long that
    wait had grown on the last grid point before, where none was looked at in between; 0 if nobody waited.
    `people`: those whom the capacity holds.
    """

    estimate_ms: float | None
    longest_ms: int | None
    unseen_ms: int
    people: int


class Standing(NamedTuple):
    """The level since `since`; since when it is calm, for bad and for watch: below 90 % of every limit of that level.

    A level is left once its calm has lasted 60 s, so bad turns into ok where it has become quiet all at once.
    """

    level: str
    since: int
    calm_bad: int | None
    calm_watch: int | None


def judge(before: Standing, at: int, reading: Reading, limits: Limits) -> Standing:
    """The standing at `at`, as if every grid point since the one before had been looked at."""
    if limits.target_ms is None and limits.capacity is None:
        return Standing("unknown", before.since if before.level == "unknown" else at, None, None)
    severity = SEVERITY[before.level]
    bad, calm_bad = _latch(severity >= 2, before.calm_bad, at, reading, limits, BAD_WAIT, BAD_LOAD)
    watch, calm_watch = _latch(severity >= 1, before.calm_watch, at, reading, limits, WATCH_WAIT, WATCH_LOAD)
    level = "bad" if bad else "watch" if watch else "ok"
    return Standing(level, before.since if level == before.level else at, calm_bad, calm_watch)


def _latch(
    held: bool, calm: int | None, at: int, reading: Reading, limits: Limits, targets: int, per_cent: int
) -> tuple[bool, int | None]:
    """Is this level held at `at`, and since when is it calm."""
    if _exceeds(reading, limits, targets, per_cent):
        return True, None
    if not held:
        return False, None
    longest = max(reading.longest_ms or 0, reading.estimate_ms or 0)
    if not _is_calm(longest, reading.people, limits, targets, per_cent):
        return True, None
    if calm is None or not _is_calm(reading.unseen_ms, 0, limits, targets, per_cent):
        calm = at
    return (False, None) if at - calm >= CALM_MS else (True, calm)


def _exceeds(reading: Reading, limits: Limits, targets: int, per_cent: int) -> bool:
    if limits.target_ms is not None:
        limit = limits.target_ms * targets
        if (reading.longest_ms or 0) > limit or (reading.estimate_ms or 0) > limit:
            return True
    if limits.capacity is None:
        return False
    load, limit = reading.people * 100, limits.capacity * per_cent
    return load >= limit if per_cent == BAD_LOAD else load > limit


def _is_calm(wait_ms: float, people: int, limits: Limits, targets: int, per_cent: int) -> bool:
    """Below 90 % of both limits. Whole numbers on both sides, so that exactly 90 % is exactly that."""
    if limits.target_ms is not None and wait_ms * 10 >= limits.target_ms * targets * 9:
        return False
    return limits.capacity is None or people == 0 or people * 1_000 < limits.capacity * per_cent * 9


def next_turn(standing: Standing, oldest_joined: int | None, limits: Limits) -> int | None:
    """The first grid point at which the level changes by waiting alone, or at which a calm has lasted long enough."""
    turns = []
    for calm, targets in ((standing.calm_bad, BAD_WAIT), (standing.calm_watch, WATCH_WAIT)):
        if calm is not None and _stays_calm(calm + CALM_MS, oldest_joined, limits, targets):
            turns.append(calm + CALM_MS)
    if limits.target_ms is not None and oldest_joined is not None and standing.level != "bad":
        targets = BAD_WAIT if standing.level == "watch" else WATCH_WAIT
        turns.append(grid_after(oldest_joined + limits.target_ms * targets))
    return min(turns, default=None)


def _stays_calm(at: int, oldest_joined: int | None, limits: Limits, targets: int) -> bool:
    """Will the longest wait be below 90 % of the limit until `at`, if whoever waits goes on waiting?"""
    return oldest_joined is None or _is_calm(at - oldest_joined, 0, limits, targets, 0)
