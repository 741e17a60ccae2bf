"""Visits as covers of time: each touchpoint covers a while, and a visit is what those covers make when they touch.

That way parts of a visit, held by several actors, make the same visit in whatever order and grouping they meet.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, get_args

from schemas.touchpoint.fields import Channel
from streams.stitch.day import Days

GAP_MS: Final = 30 * 60_000
PHYSICAL_GAP_MS: Final = 4 * 3_600_000
PHYSICAL: Final = frozenset(
    (
        *("presence.seen", "place.entered", "place.left", "queue.joined", "queue.left"),
        *("service.started", "service.ended", "sale.made", "refund.made", "room.unlocked", "meal.ordered"),
    )
)
"""Who is there in the body is not gone after half an hour."""
SENT_BY_COMPANY: Final = frozenset(("message.sent", "reply.sent", "confirmation.sent", "order.ready"))
"""Nothing that a person did: they count, but make no visit."""

MOST_PLACES: Final = 64
MOST_BOOKINGS: Final = 8
MOST_CHANNELS: Final = 16
NO_VISIT: Final = -1

Texts = tuple[str, ...]
"""Sorted, each once. Beyond their bound those that sort first are kept, in whatever order they come."""

Cover = tuple[int, int, int, int, int, Texts, Texts, Texts, int, int]
"""(start, last touchpoint, covered until, touchpoints, units, channels, places, bookings, waits, wait ms), times in ms.

A plain tuple, since hundreds of thousands are kept and the garbage collector need not look into those.
"""
START: Final = 0
UNTIL: Final = 2
PLACES: Final = 6
BOOKINGS: Final = 7
Covers = tuple[Cover, ...]
"""By start; they neither overlap nor share an instant."""


class Visit(NamedTuple):
    """What somebody did in one go, times in ms, `units` in 1/10,000 of the own currency.

    `cover`: what happens until then, that very ms included, still belongs to it.
    """

    start: int
    last: int
    cover: int
    touchpoints: int
    units: int
    channels: Texts
    places: Texts
    bookings: Texts
    waits: int
    wait_ms: int


def covered_until(kind: str, at: int, days: Days) -> int:
    """How long a touchpoint of this type covers (ms, inclusive), at most to the end of its day; `NO_VISIT` for none."""
    if kind in SENT_BY_COMPANY:
        return NO_VISIT
    until = at + (PHYSICAL_GAP_MS if kind in PHYSICAL else GAP_MS)
    cut = days.next_cut(at)
    return until if until < cut else cut - 1


_ONLY: Final = {channel: (channel,) for channel in get_args(Channel)}
"""One tuple for all who use one channel, as most do."""


def touch(covers: Covers, at: int, until: int, channel: str, place: str, booking: str, units: int) -> Covers:
    """One touchpoint more; nearly always it belongs to the last visit or begins the next."""
    if covers:
        start, last, end, count, money, channels, places, bookings, waits, wait_ms = covers[-1]
        if start <= at <= end:
            grown = (
                start,
                at if at > last else last,
                until if until > end else end,
                count + 1,
                money + units,
                channels if channel in channels else both(channels, (channel,), MOST_CHANNELS),
                places if not place or place in places else both(places, (place,), MOST_PLACES),
                bookings if not booking or booking in bookings else both(bookings, (booking,), MOST_BOOKINGS),
                waits,
                wait_ms,
            )
            return (*covers[:-1], grown)
    alone = (
        *(at, at, until, 1, units, _ONLY.get(channel) or (channel,)),
        *((place,) if place else (), (booking,) if booking else (), 0, 0),
    )
    if not covers or covers[-1][UNTIL] < at:
        return (*covers, alone)
    return union((*covers, alone))


def union(covers: Iterable[Cover]) -> Covers:
    """Those that share an instant are one."""
    joined: list[Cover] = []
    for cover in sorted(covers):
        if joined and cover[START] <= joined[-1][UNTIL]:
            joined[-1] = _join(joined[-1], cover)
        else:
            joined.append(cover)
    return tuple(joined)


def _join(one: Cover, other: Cover) -> Cover:
    """`one` starts first."""
    start, last, until, count, units, channels, places, bookings, waits, wait_ms = one
    _, last_too, until_too, count_too, units_too, channels_too, places_too, bookings_too, waits_too, wait_ms_too = other
    return (
        start,
        max(last, last_too),
        max(until, until_too),
        count + count_too,
        units + units_too,
        both(channels, channels_too, MOST_CHANNELS),
        both(places, places_too, MOST_PLACES),
        both(bookings, bookings_too, MOST_BOOKINGS),
        waits + waits_too,
        wait_ms + wait_ms_too,
    )


def both(one: Texts, other: Texts, most: int) -> Texts:
    if one == other or not other:
        return one
    return tuple(sorted({*one, *other})[:most])


def texts_of(covers: Covers) -> set[str]:
    """Places and bookings of all of them."""
    return set().union(*[cover[PLACES] for cover in covers], *[cover[BOOKINGS] for cover in covers])


def with_fewer_texts(cover: Cover, fits: Callable[[Texts], bool]) -> Cover:
    """The visit without so many places, then bookings, that the rest fits; those that sort last go first."""
    places, bookings, waits, wait_ms = cover[PLACES:]
    while places and not fits((*places, *bookings)):
        places = places[:-1]
    while bookings and not fits(bookings):
        bookings = bookings[:-1]
    return (*cover[:PLACES], places, bookings, waits, wait_ms)


def put_in(covers: Covers, extras: Iterable[tuple[int, int, int, int]]) -> Covers:
    """Add (units, waits, wait ms) to the visit that covers the instant (ms) in front of them; where none does, not."""
    changed: list[Cover] | None = None
    for at, units, waits, wait_ms in extras:
        index = bisect_right(covers, at, key=_start) - 1
        if index >= 0 and at <= covers[index][UNTIL]:
            changed = changed or [*covers]
            start, last, until, count, money, *texts, waited, waited_ms = changed[index]
            channels, places, bookings = texts
            changed[index] = (
                *(start, last, until, count, money + units),
                *(channels, places, bookings, waited + waits, waited_ms + wait_ms),
            )
    return tuple(changed) if changed else covers


def _start(cover: Cover) -> int:
    return cover[START]
