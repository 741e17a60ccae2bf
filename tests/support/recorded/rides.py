"""Queue waits of four rides in 2018 as touchpoints (R package touringplans, MIT; data by TouringPlans.com).

Times are of the US East. The sign and a guest's own watch give readings of their own; a row with neither gives none.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from support.recorded.files import Row, rows

FILE, EXPECTED_FILE = "touringplans_waits_2018.csv.gz", "touringplans_hourly_expected_2018.csv.gz"
SOURCE = "touringplans"
TIMEZONE = "America/New_York"
READINGS = (
    ("wait_minutes_posted", "wait.posted", "sensor"),
    ("wait_minutes_actual", "wait.observed", "app"),
)


def recorded_waits() -> Iterator[dict[str, Any]]:
    return touchpoints(rows(FILE))


def touchpoints(readings: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The event id is the number of the row (from 1) and the kind of reading."""
    zone = ZoneInfo(TIMEZONE)
    for number, row in enumerate(readings, start=1):
        at = datetime.fromisoformat(row["wait_datetime"]).replace(tzinfo=zone)
        for column, kind, channel in READINGS:
            if row[column]:
                yield {
                    "event_id": f"{number}/{kind.partition('.')[2]}",
                    "source": SOURCE,
                    "channel": channel,
                    "type": kind,
                    "occurred_at": at.isoformat(),
                    "place": row["attraction"],
                    "data": {"minutes": float(row[column]), "park_date": row["park_date"]},
                }
