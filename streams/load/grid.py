"""The instants at which a place is looked at: whole multiples of 5 s since 1970, all times in ms."""

GRID_MS = 5_000
MINUTE_MS = 60_000
QUARTER_MS = 900_000
BEFORE_ALL = -GRID_MS
"""A grid point before every time that a record can carry."""


def grid_from(time: int) -> int:
    """The first grid point at or after `time`: the first snapshot that counts what happened then."""
    return time + -time % GRID_MS


def grid_until(time: int) -> int:
    """The last grid point at or before `time`."""
    return time - time % GRID_MS


def grid_after(time: int) -> int:
    """The first grid point after `time`."""
    return time - time % GRID_MS + GRID_MS


def minute_after(time: int) -> int:
    """The first whole minute after `time`."""
    return time - time % MINUTE_MS + MINUTE_MS


def quarter_after(time: int) -> int:
    """The first whole quarter of an hour after `time`."""
    return time - time % QUARTER_MS + QUARTER_MS


def is_due(at: int, watermark: int) -> bool:
    """True once the watermark has passed `at` + 5 s, so that time-outs at or before `at` have been told too."""
    return at + GRID_MS < watermark
