"""How entries are written to the changelog: compact JSON arrays, one form per kind of key."""

from base64 import b64decode, b64encode
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
        return IdPage(b64decode(fields[0]))
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
    actor = Actor()
    actor.touchpoints, actor.first_seen, actor.last_seen, actor.orders_placed = fields[:4]
    # Sums may exceed 64 bits, which is where JSON's integers end: money is written as text.
    actor.amount = int(fields[4])
    actor.others = {currency: int(units) for currency, units in fields[5].items()} if fields[5] else None
    actor.late, actor.duplicates, orders, remembered = fields[6:10]
    if orders:
        actor.orders = {b64decode(key): Order(at, b64decode(name), *rest) for key, at, name, *rest in orders}
    actor.ids = b64decode(remembered)
    actor.id_pages = _pages(fields[10])
    actor.evidence = _evidence(fields[11])
    actor.characters = sum(characters(evidence) for evidence in actor.evidence)
    actor.evidence_pages = _pages(fields[12])
    actor.carry = _read_whereabouts(fields[13])
    actor.horizon = fields[14]
    actor.open = _stays(fields[15])
    actor.due = fields[16]
    return actor


def _read_whereabouts(fields: Any) -> Whereabouts:
    if not fields:
        return NOWHERE
    going_on, call = fields
    return _stays(going_on), None if call is None else (call[0], call[1], call[2], call[3], call[4])


def _pages(fields: Any) -> Pages:
    """`NO_PAGES` itself where there are none: that is how it is told."""
    return (fields[0], fields[1]) if fields else NO_PAGES


def _evidence(rows: list[Any]) -> tuple[Evidence, ...]:
    return tuple((at, code, intern(s), e, intern(place), who, server) for at, code, s, e, place, who, server in rows)


def _stays(rows: list[Any]) -> Stays:
    return tuple((intern(row[0]), *row[1:]) for row in rows)


def _text(packed: bytes) -> str:
    return b64encode(packed).decode("ascii")
