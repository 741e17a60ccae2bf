"""Content: all that is known of somebody, in a form whose parts make the same whole in any order and grouping.

Exact within its bounds (32 visits at hand and 1,024 older ones packed, 64 orders, 32 waits, 32 purposes). What is
beyond them is summed up: of a visit that is counted only, nothing else is known.
"""

from collections.abc import Collection
from typing import Any, Final, NamedTuple

import orjson

from streams.stitch import money as cash
from streams.stitch import older as olders
from streams.stitch import visit
from streams.stitch.money import NEVER, NO_MONEY, Money, Order
from streams.stitch.older import NONE_OLDER, Extra, Older
from streams.stitch.piece import AMOUNT, CONSENT, PLACED, Piece
from streams.stitch.visit import BOOKINGS, PLACES, START, Cover, Covers

MOST_VISITS: Final = 32
MOST_WAITS: Final = 32
MOST_PURPOSES: Final = 32
MOST_TEXT_BYTES: Final = 8_192
"""Of all places and bookings of all visits, each once, as they are written: beyond that fewer are at hand; of all
that was said of consents: beyond that there are fewer purposes. Real ones have a tenth of it."""
_BYTES_PER_CHARACTER: Final = 6
"""At most, as JSON."""
_FEW_TEXTS: Final = MOST_TEXT_BYTES // (256 * _BYTES_PER_CHARACTER + 3)
"""So many fit in any case: none has more than 256 characters."""

Consent = tuple[int, str, str, int]
"""(occurred ms, source, event_id, granted 0/1): the latest counts."""


class Waits(NamedTuple):
    """Finished waits: how many, their sum in ms, and of the latest each (joined ms, wait ms), sorted, not in the sums.

    They are kept apart so that they find their visits, which other parts may have.
    """

    finished: int
    ms: int
    recent: tuple[tuple[int, int], ...]


NO_WAITS: Final = Waits(0, 0, ())
Consents = dict[str, Consent]
NO_CONSENTS: Final[Consents] = {}


class Content(NamedTuple):
    """Times in ms; `first` and `last` mean nothing without touchpoints. Nothing in it is ever changed in place."""

    touchpoints: int
    first: int
    last: int
    audiences: int
    """Bits: customer 1, staff 2, bot 4, test 8."""
    covers: Covers
    """The latest visits; all of them begin after the older ones are over."""
    older: Older
    money: Money
    waits: Waits
    consents: Consents


EMPTY: Final = Content(0, 0, 0, 0, (), NONE_OLDER, NO_MONEY, NO_WAITS, NO_CONSENTS)


class Totals(NamedTuple):
    """What somebody comes to; times in ms, money in 1/10,000. `audiences`: bits as in `Content`."""

    touchpoints: int
    first: int | None
    last: int | None
    visits: int
    orders: int
    units: int
    others: dict[str, int]
    waits: int
    wait_ms: int
    consents: dict[str, int]
    audiences: int


_new = tuple.__new__


def add(content: Content, piece: Piece) -> Content:
    """The content with one touchpoint more, which it does not have yet."""
    position, until, channel, place, booking, audience, more = piece
    touchpoints, first, last, audiences, covers, older, money, waits, consents = content
    at, units = position >> 2, 0
    if not touchpoints:
        first = last = at
    elif at > last:
        last = at
    elif at < first:
        first = at
    folded: list[Order] = []
    if more:
        if more[0] == CONSENT:
            consents = _consents([consents, {more[1]: (at, *more[2:])}])
        else:
            units = more[2] if more[0] == AMOUNT and not more[1] else 0
            money, folded = cash.merge(money, _money_of(more, at))
    if until >= 0:
        again = older.number and at <= older.until
        if again:
            covers, older = (*olders.covers_of(older), *covers), _only_counted(older)
        before, covers = covers, visit.touch(covers, at, until, channel, place, booking, units)
        if (
            again
            or len(covers) > MOST_VISITS
            or ((place or booking) and (len(covers) != len(before) or _grew(before, covers)))
        ):
            covers, older = _latest(covers, older)
        if folded:
            covers, older = _put_in(covers, older, worth(folded))
    return _new(
        Content,
        (touchpoints + 1, first, last, audiences | audience, covers, older, money, waits, consents),
    )


def _money_of(more: Any, at: int) -> Money:
    if more[0] == AMOUNT:
        return cash.of_amount(more[1], more[2])
    if more[0] == PLACED:
        _, key, name, units, currency = more
        return cash.of_order(key, Order(at, name, units, currency, NEVER))
    return cash.of_order(more[1], Order(NEVER, "", 0, "", at))


def _grew(before: Covers, after: Covers) -> bool:
    """Whether the last visit has a place or booking more; elsewhere that is seen to when parts are merged."""
    return before[-1][PLACES] is not after[-1][PLACES] or before[-1][BOOKINGS] is not after[-1][BOOKINGS]


def add_wait(content: Content, joined: int, wait_ms: int) -> Content:
    """The content with one finished wait more, that began at `joined` (ms)."""
    return add_waits(content, [(joined, wait_ms)])


def add_waits(content: Content, waits: list[tuple[int, int]]) -> Content:
    """The content with these finished waits (joined, how long, both ms) more."""
    touchpoints, first, last, audiences, covers, older, money, known, consents = content
    kept, covers, older = _keep_waits(known, sorted([*known.recent, *waits]), covers, older)
    return _new(Content, (touchpoints, first, last, audiences, covers, older, money, kept, consents))


def _keep_waits(sums: Waits, waits: list[tuple[int, int]], covers: Covers, older: Older) -> tuple[Waits, Covers, Older]:
    """`waits`, sorted, beside what is summed up; of too many the oldest go into the sums and into their visits."""
    surplus = len(waits) - MOST_WAITS
    if surplus <= 0:
        return Waits(sums.finished, sums.ms, tuple(waits)), covers, older
    old = waits[:surplus]
    sums = Waits(sums.finished + surplus, sums.ms + sum(ms for _, ms in old), tuple(waits[surplus:]))
    return sums, *_put_in(covers, older, [(joined, 0, 1, ms) for joined, ms in old])


def merge(*contents: Content) -> Content:
    """All of them as one. Each touchpoint and wait must be in one of them only."""
    parts = [content for content in contents if content[0] or not is_empty(content)]
    if len(parts) < 2:
        return parts[0] if parts else EMPTY
    touchpoints = audiences = first = last = 0
    covers: list[Cover] = []
    before: list[Older] = []
    spent: list[Money] = []
    waited: list[Waits] = []
    said: list[Consents] = []
    for count, begun, ended, of, visits, older, money, waits, consents in parts:
        if count:
            first = min(first, begun) if touchpoints else begun
            last = max(last, ended)
            touchpoints += count
            audiences |= of
        covers += visits
        before.append(older)
        if money is not NO_MONEY:
            spent.append(money)
        if waits is not NO_WAITS:
            waited.append(waits)
        if consents:
            said.append(consents)
    kept, older = _latest(visit.union(covers), olders.together(before))
    money, folded = cash.merge(*spent)
    if folded:
        kept, older = _put_in(kept, older, worth(folded))
    waits, kept, older = _merge_waits(waited, kept, older) if waited else (NO_WAITS, kept, older)
    return Content(touchpoints, first, last, audiences, kept, older, money, waits, _consents(said))


def _merge_waits(parts: list[Waits], covers: Covers, older: Older) -> tuple[Waits, Covers, Older]:
    sums = Waits(sum(part.finished for part in parts), sum(part.ms for part in parts), ())
    return _keep_waits(sums, sorted(wait for part in parts for wait in part.recent), covers, older)


def _latest(covers: Covers, older: Older) -> tuple[Covers, Older]:
    """The latest visits, as many as the bounds allow, and the older ones with the others."""
    kept = _at_hand(covers)
    if kept and older.reaches(kept[0][START]):
        covers, older = visit.union((*olders.covers_of(older), *covers)), _only_counted(older)
        kept = _at_hand(covers)
    if len(kept) < len(covers):
        older = olders.plus(older, covers[: len(covers) - len(kept)])
    if len(kept) == 1 and not _fit(visit.texts_of(kept)):
        kept = (visit.with_fewer_texts(kept[0], _fit),)
    return kept, older


def _at_hand(covers: Covers) -> Covers:
    kept = covers if len(covers) <= MOST_VISITS else covers[-MOST_VISITS:]
    if sum([len(cover[PLACES]) + len(cover[BOOKINGS]) for cover in kept]) > _FEW_TEXTS:
        while len(kept) > 1 and not _fit(visit.texts_of(kept)):
            kept = kept[1:]
    return kept


def _only_counted(older: Older) -> Older:
    return Older(older.counted, 0, 0, 0, "") if older.counted else NONE_OLDER


def _put_in(covers: Covers, older: Older, extras: list[Extra]) -> tuple[Covers, Older]:
    early = tuple([extra for extra in extras if older.reaches(extra[0])])
    if early:
        older = olders.plus(older, (), early)
    return visit.put_in(covers, extras), older


def _fit(texts: Collection[str]) -> bool:
    most = sum(map(len, texts)) * _BYTES_PER_CHARACTER + 3 * len(texts)
    return most <= MOST_TEXT_BYTES or len(orjson.dumps([*texts])) <= MOST_TEXT_BYTES


def _consents(parts: list[Consents]) -> Consents:
    if len(parts) < 2:
        return parts[0] if parts else NO_CONSENTS
    latest: Consents = {}
    for part in parts:
        for purpose, consent in part.items():
            if purpose not in latest or latest[purpose] < consent:
                latest[purpose] = consent
    for purpose in sorted(latest, key=lambda purpose: (latest[purpose], purpose)):
        if len(latest) <= MOST_PURPOSES and _fit([*latest, *(text for said in latest.values() for text in said[1:3])]):
            break
        del latest[purpose]
    return latest


def worth(orders: list[Order]) -> list[tuple[int, int, int, int]]:
    """What orders of the own currency that count add to the visits in which they were placed."""
    return [(order.placed, order.units, 0, 0) for order in orders if order.counts and not order.currency]


def is_empty(content: Content) -> bool:
    """True where it holds nothing that a total would show."""
    return not (content.touchpoints or content.waits.recent or content.waits.finished)


def totals_of(content: Content) -> Totals:
    touchpoints, first, last, audiences, covers, older, money, waits, consents = content
    orders, units, others = cash.totals(money)
    return Totals(
        touchpoints,
        first if touchpoints else None,
        last if touchpoints else None,
        older.counted + older.number + len(covers),
        orders,
        units,
        others,
        waits.finished + len(waits.recent),
        waits.ms + sum([ms for _, ms in waits.recent]),
        {purpose: consent[3] for purpose, consent in sorted(consents.items())},
        audiences,
    )


def to_json(content: Content) -> list[Any]:
    """Equal contents make equal lists. Texts of visits are written once, visits have their numbers."""
    touchpoints, first, last, audiences, covers, older, money, waits, consents = content
    texts, visits = olders.covers_to_json(covers)
    return [
        *(touchpoints, first, last, audiences, texts, visits, olders.to_json(older)),
        cash.to_json(money),
        0 if waits is NO_WAITS else tuple(waits),
        [(purpose, *consent) for purpose, consent in sorted(consents.items())] if consents else 0,
    ]


def from_json(fields: list[Any]) -> Content:
    """The reverse of `to_json`, also after a way through JSON."""
    touchpoints, first, last, audiences, texts, covers, older, money, waits, consents = fields
    return Content(
        *(touchpoints, first, last, audiences),
        olders.covers_from_json(texts, covers),
        olders.from_json(older),
        cash.from_json(money),
        Waits(waits[0], waits[1], tuple([(joined, ms) for joined, ms in waits[2]])) if waits else NO_WAITS,
        {purpose: (at, source, event_id, granted) for purpose, at, source, event_id, granted in consents}
        if consents
        else NO_CONSENTS,
    )
