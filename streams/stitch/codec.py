"""How entries are written to the changelog: compact JSON arrays, one form per kind of key."""

from base64 import b64encode
from binascii import a2b_base64
from sys import intern
from typing import Any

import orjson

from streams.stitch.actor import (
    CLOSINGS,
    EVIDENCE_PAGE,
    ID_PAGE,
    NO_PAGES,
    Actor,
    Closings,
    Entry,
    EvidencePage,
    IdPage,
    Order,
    Pages,
)
from streams.stitch.evidence import Evidence, characters
from streams.stitch.stay import NOWHERE, Stays, Whereabouts


def encode(entry: Entry) -> bytes:
    """The entry without its key."""
    if isinstance(entry, Actor):
        return orjson.dumps(_actor(entry))
    if isinstance(entry, IdPage):
        return orjson.dumps([_text(entry.ids)])
    if isinstance(entry, EvidencePage):
        return orjson.dumps(entry.evidence)
    return orjson.dumps(entry.times)


def decode(key: str, value: bytes) -> Entry:
    """The reverse of `encode`; the key tells which kind of entry it is."""
    fields = orjson.loads(value)
    if key.startswith(ID_PAGE):
        return IdPage(a2b_base64(fields[0]))
    if key.startswith(EVIDENCE_PAGE):
        return EvidencePage(_evidence(fields))
    if key.startswith(CLOSINGS):
        return Closings(tuple(fields))
    return _read_actor(fields)


def _actor(actor: Actor) -> list[Any]:
    return [
        actor.touchpoints,
        actor.first_seen,
        actor.last_seen,
        actor.orders_placed,
        str(actor.amount),
        {currency: str(units) for currency, units in actor.others.items()} if actor.others else 0,
        actor.late,
        actor.duplicates,
        [(_text(key), order[0], _text(order[1]), *order[2:]) for key, order in actor.orders.items()]
        if actor.orders
        else 0,
        _text(actor.ids),
        actor.id_pages if actor.id_pages is not NO_PAGES else 0,
        actor.evidence,
        actor.evidence_pages if actor.evidence_pages is not NO_PAGES else 0,
        0 if actor.carry == NOWHERE else actor.carry,
        actor.horizon,
        actor.open,
        actor.due,
    ]


def _read_actor(fields: list[Any]) -> Actor:
    """Hundreds of thousands are read at a start, most of them without orders, stays or pages: those cost least."""
    actor = Actor.__new__(Actor)
    actor.touchpoints, actor.first_seen, actor.last_seen, actor.orders_placed = fields[:4]
    # Sums may exceed 64 bits, which is where JSON's integers end: money is written as text.
    actor.amount = int(fields[4])
    actor.others = {currency: int(units) for currency, units in fields[5].items()} if fields[5] else None
    actor.late, actor.duplicates, orders, remembered = fields[6:10]
    actor.orders = _orders(orders) if orders else None
    actor.ids = a2b_base64(remembered) if remembered else b""
    id_pages, evidence, evidence_pages, carry, actor.horizon, open_stays, actor.due = fields[10:]
    actor.id_pages = _pages(id_pages) if id_pages else NO_PAGES
    actor.evidence = _evidence(evidence) if evidence else ()
    actor.characters = sum([characters(one) for one in actor.evidence]) if evidence else 0
    actor.evidence_pages = _pages(evidence_pages) if evidence_pages else NO_PAGES
    actor.carry = _read_whereabouts(carry) if carry else NOWHERE
    actor.open = _stays(open_stays) if open_stays else ()
    return actor


def _orders(rows: list[Any]) -> dict[bytes, Order]:
    return {a2b_base64(key): Order(at, a2b_base64(name), *rest) for key, at, name, *rest in rows}


def _read_whereabouts(fields: Any) -> Whereabouts:
    going_on, call = fields
    return _stays(going_on), None if call is None else (call[0], call[1], call[2], call[3], call[4])


def _pages(fields: Any) -> Pages:
    return (fields[0], fields[1])


def _evidence(rows: list[Any]) -> tuple[Evidence, ...]:
    return tuple([(at, code, intern(s), e, intern(place), who, server) for at, code, s, e, place, who, server in rows])


def _stays(rows: list[Any]) -> Stays:
    return tuple([(intern(row[0]), *row[1:]) for row in rows])


def _text(packed: bytes) -> str:
    return b64encode(packed).decode("ascii")
