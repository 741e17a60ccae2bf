"""The visits of somebody as others are told them: with the orders and waits that fall into them, and which changed."""

from collections import Counter

from streams.stitch import visit
from streams.stitch.content import Content, worth
from streams.stitch.older import Extra, covers_of
from streams.stitch.visit import START, UNTIL, Covers, Visit


def visits_of(content: Content) -> tuple[Visit, ...]:
    """The visits that are known, earliest first, with the orders and waits that fall into them."""
    return _with_extras((*covers_of(content.older), *content.covers), content)


def _with_extras(covers: Covers, content: Content) -> tuple[Visit, ...]:
    return tuple([Visit(*cover) for cover in visit.put_in(covers, _extras(content))])


def _extras(content: Content) -> list[Extra]:
    orders = worth([*content.money.orders.values()]) if content.money.orders else []
    return orders + [(joined, 0, 1, ms) for joined, ms in content.waits.recent]


def visits_since(content: Content, start: int) -> dict[int, Visit]:
    """By start (ms), at least those that begin at `start` or later."""
    found = visits_of(content) if content.older.reaches(start) else _with_extras(content.covers, content)
    return {visit.start: visit for visit in found}


def visit_at(content: Content, at: int) -> int | None:
    """When the visit begins (ms) that covers this instant (ms)."""
    covers = covers_of(content.older) if content.older.reaches(at) else content.covers
    return next((cover[START] for cover in covers if cover[START] <= at <= cover[UNTIL]), None)


def changed_visits(before: Content, after: Content) -> set[int]:
    """Starts (ms) of visits that are there only before or after, or differ."""
    if before.older != after.older:
        return {visit.start for visit in set(visits_of(before)) ^ set(visits_of(after))}
    was, now = before.covers, after.covers
    if before.waits is not after.waits or before.money.orders is not after.money.orders:
        latest = set(_with_extras(was, before)) ^ set(_with_extras(now, after))
        return {visit.start for visit in latest} | _older_with_other_extras(before, after)
    if was == now:  # a restart makes equal ones, no more the same
        return set()
    shared = len(was) - 1
    # As nearly always: the last visit goes on, or another begins after it.
    if shared >= 0 and len(now) - 1 == shared and was[:shared] == now[:shared]:
        return {was[-1][0], now[-1][0]}
    if was == now[:-1]:
        return {now[-1][0]}
    return {cover[0] for cover in set(was) ^ set(now)}


def _older_with_other_extras(before: Content, after: Content) -> set[int]:
    older = after.older
    was, now = (Counter([one for one in _extras(content) if older.reaches(one[0])]) for content in (before, after))
    starts = [visit_at(after, at) for at, *_ in {**(was - now), **(now - was)}]
    return {start for start in starts if start is not None}


def is_forgotten(content: Content, start: int) -> bool:
    """True for visits of which nothing but their number is known any more."""
    known = content.older.first if content.older.number else content.covers[0][START] if content.covers else start
    return content.older.counted > 0 and start < known
