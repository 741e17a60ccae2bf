"""Where one day ends and the next begins: at 04:00 by the clock on the wall, when hardly anybody is about."""

from datetime import date, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

CUT_HOUR: Final = 4
_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1)
_MOST_DAYS: Final = 4_096


class Days:
    """The cuts of one time zone, worked out once per day. A clock that skips 04:00 cuts there; of two, the first."""

    def __init__(self, zone: str) -> None:
        """`zone`: a name of the IANA database, else `zoneinfo.ZoneInfoNotFoundError`."""
        self._zone = ZoneInfo(zone)
        self._cuts: dict[int, tuple[int, ...]] = {}

    def next_cut(self, at: int) -> int:
        """The first cut later than `at` (ms)."""
        day = at // _DAY_MS
        for cut in self._cuts.get(day) or self._of(day):
            if at < cut:
                return cut
        raise AssertionError("the days around an instant have a cut behind it")

    def _of(self, day: int) -> tuple[int, ...]:
        """Cuts behind the beginning of the day of UTC (counted from 1970), at least one behind its end."""
        if len(self._cuts) >= _MOST_DAYS:
            self._cuts.clear()
        around = [_EPOCH + timedelta(days=day + offset) for offset in (-1, 0, 1, 2)]
        cuts = sorted({self._cut_on(local) for local in around})
        self._cuts[day] = found = tuple(cut for cut in cuts if cut > day * _DAY_MS)
        return found

    def _cut_on(self, local: date) -> int:
        wall = datetime(local.year, local.month, local.day, CUT_HOUR, tzinfo=self._zone)
        return (wall.astimezone(timezone.utc) - _START) // timedelta(milliseconds=1)


_START: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
