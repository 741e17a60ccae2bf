"""Instants as touchpoints write them: RFC 3339 texts to whole milliseconds since 1970 UTC."""

import re
from functools import lru_cache

MAX_CHARACTERS = 64
INSTANT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
EARLIEST_MS = 631_152_000_000  # 1990-01-01T00:00:00Z
AHEAD_MS = 86_400_000  # how far occurred_at may lie after the record's own timestamp

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@lru_cache(maxsize=4096)
def instant_ms(text: str) -> int | None:
    """Milliseconds since 1970 UTC, finer digits cut off; None if the text is no RFC 3339 instant.

    A blank for `T` and lower-case letters are accepted; an offset or Z and the seconds are needed; `:60`, `24:00` and
    a decimal comma are refused. Remembered, because one touchpoint asks twice.
    """
    found = _INSTANT.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if found is None:
        return None
    date, hour, minute, second, fraction, sign, offset_hour, offset_minute = found.groups()
    day = day_number(date)
    if day is None:
        return None
    ms = ((day * 24 + int(hour)) * 60 + int(minute)) * 60_000 + int(second) * 1_000
    if fraction:
        ms += int(fraction[:3].ljust(3, "0"))
    if sign:
        offset = (int(offset_hour) * 60 + int(offset_minute)) * 60_000
        ms += offset if sign == "-" else -offset
    return ms


@lru_cache(maxsize=4096)
def day_number(text: str) -> int | None:
    """Days since 1970-01-01 of a date `YYYY-MM-DD` in the Gregorian calendar; None if there is none such."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    if not 1 <= month <= 12 or not 1 <= day <= _days_in(year, month):
        return None
    # Years counted from March: the leap day comes last, so the days before a month need no table.
    year -= month <= 2
    era, of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + day_of_year - 719_468


def _days_in(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _DAYS_IN_MONTH[month - 1] + leap
