"""Reader of the format that the changelog had before identities: identifiers with counts, without visits."""

from binascii import a2b_base64
from typing import Any

import orjson

from streams.stitch import codec
from streams.stitch.actor import EVIDENCE_PAGE, MARK, Actor, Entry
from streams.stitch.content import EMPTY, NO_CONSENTS, NO_WAITS, Content
from streams.stitch.identity.holder import is_leased
from streams.stitch.money import NEVER, Money, Order
from streams.stitch.older import NONE_OLDER


def decode(key: str, value: bytes, currency: str) -> Entry:
    """What an identifier was known to have becomes content without visits. `currency`: of the installation."""
    if key.startswith(EVIDENCE_PAGE):
        return codec.decode(key, orjson.dumps(_evidence(orjson.loads(value))))
    if key[:1] == MARK:
        return codec.decode(key, value)
    touchpoints, first, last, placed, amount, others, late, duplicates, orders, *rest = orjson.loads(value)
    ids, id_pages, evidence, evidence_pages, carry, horizon, open_stays, due = rest
    where = [_evidence(evidence), evidence_pages, _whereabouts(carry), horizon, _stays(open_stays), due]
    fields = [touchpoints, first, last, late, duplicates, ids, id_pages, *where, 0, 0, 0]
    actor = codec.decode(key, orjson.dumps(fields))
    assert isinstance(actor, Actor)
    if touchpoints:
        money = _money(placed, int(amount), others or {}, orders or [], currency)
        actor.own = Content(touchpoints, first, last, 1, (), NONE_OLDER, money, NO_WAITS, NO_CONSENTS)
        if is_leased(key):
            actor.money = money
    else:
        actor.own = EMPTY
    return actor


def _evidence(rows: list[Any]) -> list[Any]:
    """Who it was is not said by evidence any more, but by who holds the thing."""
    return [[*row[:5], row[6]] for row in rows]


def _stays(rows: list[Any]) -> list[Any]:
    return [[*row[:8], *row[9:]] for row in rows]


def _whereabouts(carry: Any) -> Any:
    if not carry:
        return carry
    going_on, call = carry
    return [_stays(going_on), None if call is None else [*call[:3], call[4]]]


def _money(placed: int, units: int, others: dict[str, str], orders: list[Any], currency: str) -> Money:
    """Sums there included the kept orders, here they do not."""
    sums = {of: int(sum_) for of, sum_ in others.items()}
    kept: dict[str, Order] = {}
    counting = 0
    for key, at, name, worth, of, cancelled in orders:
        known = Order(at, a2b_base64(name).hex(), worth, "" if of == currency else of, at if cancelled else NEVER)
        if not name:
            known = Order(NEVER, "", 0, "", 0)
        kept[a2b_base64(key).hex()] = known
        if known.counts:
            counting += 1
            if known.currency:
                sums[of] -= worth
            else:
                units -= worth
    return Money(units, sums, kept, placed - counting)
