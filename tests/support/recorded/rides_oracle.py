"""The hourly means that the authors of the ride data published."""

from collections.abc import Iterable

from support.recorded.files import Row

Group = tuple[str, str, int]
"""(attraction, park date, hour of the local day)"""
Means = tuple[float | None, float | None]
"""(mean of the signs, mean of the guests' own readings), in minutes"""


def published(expected: Iterable[Row]) -> dict[Group, Means]:
    return {
        (row["attraction"], row["park_date"], int(row["wait_hour"])): (
            _number(row["wait_minutes_posted_avg"]),
            _number(row["wait_minutes_actual_avg"]),
        )
        for row in expected
    }


def _number(text: str) -> float | None:
    return float(text) if text else None
