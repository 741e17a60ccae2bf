"""Pieces: what one touchpoint adds to whoever it belongs to, small enough to be kept until that is settled."""

from sys import intern
from typing import Any, Final

import orjson

from streams.stitch import ids
from streams.stitch.day import Days
from streams.stitch.identity.lease import position
from streams.stitch.money import amount_units
from streams.stitch.visit import covered_until

_AUDIENCES: Final = {"customer": 1, "staff": 2, "bot": 4, "test": 8}
_CUSTOMER: Final = 1

AMOUNT: Final = 0
PLACED: Final = 1
CANCELLED: Final = 2
CONSENT: Final = 3

Piece = tuple[int, int, str, str, str, int, Any]
"""(position, covered until ms or `NO_VISIT`, channel, place, booking, audience bit, what else it says or 0)

What else: (AMOUNT, currency, units) | (PLACED, order, touchpoint's name, units, currency) | (CANCELLED, order)
| (CONSENT, purpose, source, event_id, granted 0/1). Currency '' is the installation's own. All of it is JSON.
"""

_ADDS_WITHOUT_ORDER: Final = frozenset({"booking.made", "meal.ordered", "subscription.started", "subscription.renewed"})
_MONEY: Final = _ADDS_WITHOUT_ORDER | {"sale.made", "refund.made", "order.placed", "order.cancelled"}
_CONSENT: Final = "consent.changed"


class ContentRules:
    """What pieces depend on beside the touchpoint: the installation's currency and where its days end."""

    def __init__(self, currency: str, timezone: str) -> None:
        """`timezone`: of the IANA database, else `zoneinfo.ZoneInfoNotFoundError`."""
        self.currency = currency
        self.days = Days(timezone)


def piece_of(message: dict[str, Any], name: bytes, rules: ContentRules) -> Piece:
    """What a touch record adds. `name`: of the touchpoint, as `ids.name` makes it."""
    kind, at, place, told = message["y"], message["t"], message["p"], message["d"]
    booking, audience = told.get("booking"), told.get("audience")
    if kind in _MONEY:
        more = _money(kind, message, name, rules.currency)
    elif kind == _CONSENT and type(told.get("purpose")) is str:
        more = (CONSENT, told["purpose"], message["s"], message["e"], 1 if told.get("granted") is True else 0)
    else:
        more = 0
    return (
        position(at, kind),
        covered_until(kind, at, rules.days),
        message["c"],
        intern(place) if place else "",
        booking if type(booking) is str else "",
        _AUDIENCES.get(audience, _CUSTOMER) if type(audience) is str else _CUSTOMER,
        more,
    )


def _money(kind: str, touch: dict[str, Any], name: bytes, own_currency: str) -> Any:
    units, currency, order = amount_units(touch.get("a")), touch.get("u"), touch["d"].get("order")
    if type(currency) is not str or currency == own_currency:
        currency = ""
    if kind == "order.placed":
        # Without a key an order can only be itself: it cannot be cancelled either.
        return (PLACED, order_key(order) if type(order) is str else name.hex(), name.hex(), units, currency)
    if kind == "order.cancelled":
        return (CANCELLED, order_key(order)) if type(order) is str else 0
    if kind == "refund.made":
        return (AMOUNT, currency, -units)
    return (AMOUNT, currency, units) if kind == "sale.made" or not order else 0


def order_key(order: str) -> str:
    """Orders are kept under a hash, so that however it is written it costs the same."""
    return ids.name("order", order).hex()


def piece_pos(piece: Piece) -> int:
    """Where it lies on the line of a leased identifier."""
    return piece[0]


def pack(piece: Piece) -> bytes:
    """Packed pieces may be put one behind the other."""
    return orjson.dumps(piece) + b","


def unpack(blob: bytes) -> list[Piece]:
    """The reverse of `pack`, for any number of packed pieces."""
    return [tuple(fields) for fields in orjson.loads(b"[" + blob[:-1] + b"]")]
