"""Older visits of somebody: packed small, since nearly nothing that happens concerns them, and unpacked where it does.

Packed they are one text, which is handed on as it is. Sums of equal texts are remembered, so a touchpoint of today
unpacks nothing, however long somebody has been coming.
"""

import zlib
from base64 import b64encode
from binascii import a2b_base64
from functools import lru_cache
from sys import intern
from typing import Any, Final, NamedTuple

import orjson

from streams.stitch import visit
from streams.stitch.money import exact
from streams.stitch.visit import START, UNTIL, Cover, Covers

MOST_OLDER: Final = 1_024
MOST_CHARACTERS: Final = 16_384
"""As they are packed. Of more the earliest lose their places and bookings, then they are counted only."""

Extra = tuple[int, int, int, int]
"""(instant ms, units, waits, wait ms): what belongs to the visit that covers the instant, see `visit.put_in`."""


class Older(NamedTuple):
    """`packed`: so many visits (`number`), from `first` to `until` (ms); '' for none. Never changed in place.

    `counted`: those before them, of which nothing else is known any more; such a one is counted twice where two parts
    had counted a piece of it each.
    """

    counted: int
    number: int
    first: int
    until: int
    packed: str

    def reaches(self, at: int) -> bool:
        """Whether a packed visit may cover this instant (ms) or a later one."""
        return self.number > 0 and at <= self.until


NONE_OLDER: Final = Older(0, 0, 0, 0, "")


def together(parts: list[Older]) -> Older:
    """What several know, as one."""
    parts = [part for part in parts if part is not NONE_OLDER]
    return parts[0] if len(parts) == 1 else _together(tuple(sorted(parts))) if parts else NONE_OLDER


@lru_cache(512)
def _together(parts: tuple[Older, ...]) -> Older:
    covers = visit.union([cover for part in parts for cover in covers_of(part)])
    return _pack(covers, sum(part.counted for part in parts))


@lru_cache(512)
def plus(older: Older, covers: Covers, extras: tuple[Extra, ...] = ()) -> Older:
    """With these visits more, and then what belongs into them."""
    return _pack(visit.put_in(visit.union((*covers_of(older), *covers)), extras), older.counted)


def covers_of(older: Older) -> Covers:
    """The packed visits, by start."""
    return _unpack(older.packed) if older.number else ()


def _pack(covers: Covers, counted: int) -> Older:
    kept, bare = covers[-MOST_OLDER:], 0
    while len(packed := _write(kept)) > MOST_CHARACTERS:
        if bare < len(kept):
            bare += (len(kept) - bare + 1) // 2
            kept = tuple([_bare(cover) for cover in kept[:bare]]) + kept[bare:]
        else:
            kept = kept[len(kept) // 8 + 1 :]
            bare = len(kept)
    counted += len(covers) - len(kept)
    if not kept:
        return Older(counted, 0, 0, 0, "") if counted else NONE_OLDER
    return Older(counted, len(kept), kept[0][START], kept[-1][UNTIL], packed)


def _bare(cover: Cover) -> Cover:
    start, last, until, count, units, channels, _, _, waits, wait_ms = cover
    return (start, last, until, count, units, channels, (), (), waits, wait_ms)


def _write(covers: Covers) -> str:
    return b64encode(zlib.compress(orjson.dumps(covers_to_json(covers)), 6)).decode()


@lru_cache(128)
def _unpack(packed: str) -> Covers:
    return covers_from_json(*orjson.loads(zlib.decompress(a2b_base64(packed))))


# -- as JSON ---------------------------------------------------------------------------------------


def to_json(older: Older) -> Any:
    return tuple(older) if older.number else older.counted


def from_json(fields: Any) -> Older:
    """The reverse of `to_json`; a number, as they were written before, is of visits that are counted only."""
    if not fields:
        return NONE_OLDER
    return Older(fields, 0, 0, 0, "") if isinstance(fields, int) else Older(*fields)


def covers_to_json(covers: Covers) -> tuple[list[str], list[Any]]:
    """(texts, visits): texts are written once, visits have their numbers."""
    texts: dict[str, int] = {}
    visits = [_to_json(cover, texts) for cover in covers]
    return [*texts], visits


def _to_json(cover: Cover, texts: dict[str, int]) -> list[Any]:
    """`texts`: each with its number; new ones are added."""
    start, last, until, count, units, channels, places, bookings, waits, wait_ms = cover
    return [
        *(start, last - start, until - start, count, exact(units)),
        [texts.setdefault(text, len(texts)) for text in channels],
        [texts.setdefault(text, len(texts)) for text in places] if places else 0,
        [texts.setdefault(text, len(texts)) for text in bookings] if bookings else 0,
        *(waits, wait_ms),
    ]


def covers_from_json(texts: list[str], covers: list[Any]) -> Covers:
    """The reverse of `covers_to_json`."""
    names = [intern(text) for text in texts]
    return tuple([_from_json(cover, names) for cover in covers])


def _from_json(fields: list[Any], names: list[str]) -> Cover:
    start, last, until, count, units, channels, places, bookings, waits, wait_ms = fields
    return (
        *(start, start + last, start + until, count, int(units)),
        tuple([names[number] for number in channels]) if channels else (),
        tuple([names[number] for number in places]) if places else (),
        tuple([names[number] for number in bookings]) if bookings else (),
        *(waits, wait_ms),
    )
