"""What a line was like for those who joined it between two instants: waits, walk-aways, service level, utilisation."""

from collections.abc import Sequence
from math import ceil
from statistics import fmean
from typing import NamedTuple


class Fate(NamedTuple):
    """How it ended for one person: `wait_ms` None: still waiting at the end of all; else served or walked away."""

    wait_ms: int | None
    served: bool


class Limits(NamedTuple):
    """Thresholds of the service level, seconds: answered within; walk-aways sooner than that stay out of it."""

    within_seconds: float = 20.0
    short_abandon_seconds: float = 5.0


class Measures(NamedTuple):
    """Of `people`; waits are of the served and of those who walked away alike, in seconds; NULL (None) without people.

    `service_level`: served within the limit / (served + walked away later than the short limit). `utilisation`: busy
    server time / server time at work. Counts are means over draws, so they may be broken numbers.
    """

    people: float
    served: float
    abandoned: float
    never_served: float
    total_wait_seconds: float
    mean_wait_seconds: float | None
    p50_wait_seconds: float | None
    p90_wait_seconds: float | None
    longest_wait_seconds: float | None
    service_level: float | None
    service_level_people: float
    utilisation: float | None


def measures(fates: Sequence[Fate], limits: Limits, busy_ms: int, staffed_ms: int) -> Measures:
    """`busy_ms`, `staffed_ms`: server time in service and at work between the two instants."""
    waits = sorted(fate.wait_ms for fate in fates if fate.wait_ms is not None)
    served = [fate.wait_ms for fate in fates if fate.served and fate.wait_ms is not None]
    short_ms, within_ms = limits.short_abandon_seconds * 1_000, limits.within_seconds * 1_000
    gone = [fate.wait_ms for fate in fates if not fate.served and fate.wait_ms is not None]
    counted = len(served) + sum(wait >= short_ms for wait in gone)
    return Measures(
        people=len(fates),
        served=len(served),
        abandoned=len(gone),
        never_served=len(fates) - len(waits),
        total_wait_seconds=sum(waits) / 1_000,
        mean_wait_seconds=sum(waits) / len(waits) / 1_000 if waits else None,
        p50_wait_seconds=_rank(waits, 0.5),
        p90_wait_seconds=_rank(waits, 0.9),
        longest_wait_seconds=waits[-1] / 1_000 if waits else None,
        service_level=sum(wait <= within_ms for wait in served) / counted if counted else None,
        service_level_people=counted,
        utilisation=busy_ms / staffed_ms if staffed_ms else None,
    )


def mean_of(draws: Sequence[Measures]) -> Measures:
    """The mean of each measure over the draws in which it is known."""
    columns = zip(*draws, strict=True)
    known = ([value for value in column if value is not None] for column in columns)
    return Measures(*(fmean(values) if values else None for values in known))  # type: ignore[arg-type]  # counts are known


def _rank(ordered: Sequence[int], share: float) -> float | None:
    """The least wait that `share` of them do not exceed, seconds."""
    return ordered[ceil(share * len(ordered)) - 1] / 1_000 if ordered else None
