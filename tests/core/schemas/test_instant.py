"""RFC 3339 instants: every accepted form, every refused one, and the same milliseconds as the standard library."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.touchpoint.instant import day_number, instant_ms

NOON_MS = 1_751_716_800_000  # 2025-07-05T12:00:00Z
ZONES = st.integers(-(24 * 60 - 1), 24 * 60 - 1).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("text", "after_noon_ms"),
    [
        ("2025-07-05T12:00:00Z", 0),
        ("2025-07-05t12:00:00z", 0),
        ("2025-07-05 12:00:00Z", 0),
        ("2025-07-05T14:00:00+02:00", 0),
        ("2025-07-05T06:30:00-05:30", 0),
        ("2025-07-05T12:00:00-00:00", 0),
        ("2025-07-06T11:59:00+23:59", 0),
        ("2025-07-05T12:00:00.5Z", 500),
        ("2025-07-05T12:00:00.0019999Z", 1),
        ("2025-07-05T12:00:00.123456789012345678Z", 123),
    ],
)
def test_accepted_forms(text: str, after_noon_ms: int) -> None:
    assert instant_ms(text) == NOON_MS + after_noon_ms


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "1751716800", "2025-07-05", "2025-07-05T12:00Z", "2025-07-05T12:00:00", "2025-07-05T12:00:00,5Z"),
        *("2025-07-05T12:00:60Z", "2025-07-05T24:00:00Z", "2025-07-05T12:60:00Z", "2025-13-05T12:00:00Z"),
        *("2025-00-05T12:00:00Z", "2025-02-29T12:00:00Z", "1900-02-29T12:00:00Z", "2025-04-31T12:00:00Z"),
        *("2025-07-00T12:00:00Z", "20250705T120000Z", "2025-W27-6T12:00:00Z", "2025-07-05T12:00:00+0200"),
        *("2025-07-05T12:00:00+24:00", "2025-07-05T12:00:00+02:60", "2025-07-05T12:00:00 Z", " 2025-07-05T12:00:00Z"),
        *(
            "2025-07-05T12:00:00Z\n",
            "2025-07-05T12:00:00.Z",
            "２025-07-05T12:00:00Z",
            "2025-07-05T12:00:00." + "1" * 64,
        ),
    ],
)
def test_refused_forms(text: str) -> None:
    assert instant_ms(text) is None


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001
def test_the_same_milliseconds_as_the_standard_library(moment: datetime) -> None:
    since_1970 = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert instant_ms(moment.isoformat(timespec="microseconds")) == since_1970 // timedelta(milliseconds=1)


def test_leap_years_follow_the_calendar() -> None:
    assert day_number("1970-01-01") == 0
    assert day_number("2000-02-29") == 11_016
    assert [day_number(f"{year}-02-29") is not None for year in (1900, 2000, 2023, 2024, 2100)] == [
        *(False, True, False, True, False)
    ]
