"""The row of `touchpoints`: everything that is known of a touchpoint, so that the rows can rebuild the rest."""

from hashlib import blake2b
from typing import Any, Final

import orjson

from schemas.touchpoint import TYPES, instant_ms, money_text
from schemas.touchpoint.instant import AHEAD_MS, EARLIEST_MS
from streams.validate.normalise import Normal

_PAID: Final = frozenset(
    name
    for name in TYPES
    if name in ("sale.made", "refund.made", "order.placed", "meal.ordered", "booking.made", "payment.made")
    or name.startswith("subscription.")
)
_AUDIENCES: Final = frozenset(("customer", "staff", "bot", "test"))
_FIRST_WINS: Final = 1 << 63
_OFFSET_BITS: Final = 21
"""Of copies with one append time the lower offset is the first: a broker that comes back stamps thousands with one."""


def money_of(kind: str, data: dict[str, Any], currency: str) -> tuple[str, str] | None:
    """Amount and currency of a touchpoint; `currency` where it names none. None where the type carries no money."""
    if kind not in _PAID or data.get("amount") is None:
        return None
    amount = money_text(data["amount"])
    return None if amount is None else (amount, data.get("currency") or currency)


def audience_of(data: dict[str, Any]) -> str:
    audience = data.get("audience")
    return audience if isinstance(audience, str) and audience in _AUDIENCES else "customer"


def said(touchpoint: dict[str, Any], normal: Normal, at_ms: int, money: tuple[str, str] | None, audience: str) -> bytes:
    """The first part of the row: what the touchpoint says. The same for every copy, whenever and in whatever order
    of fields it was sent."""
    identifiers = normal.identifiers
    amount, currency = money or (None, "")
    part: dict[str, Any] = {
        "source": touchpoint["source"],
        "event_id": touchpoint["event_id"],
        "channel": touchpoint["channel"],
        "type": touchpoint["type"],
        "occurred_at": at_ms / 1000,
        "occurred_text": touchpoint["occurred_at"],
        "identifier": normal.strongest,
        "identifiers": dict(sorted(identifiers.items())) if len(identifiers) > 1 else identifiers,
        "place": touchpoint.get("place"),
        "amount": amount,
        "currency": currency,
        "data": _sorted(normal.data),
        "extra": _sorted(normal.extra) if normal.extra else "",
        "operated_by": normal.operated_by,
        "audience": audience,
        "schema_version": int(touchpoint.get("schema_version") or 1),
    }
    return orjson.dumps(part)


def payload_hash(said_of_it: bytes) -> str:
    """16 hex digits that tell a repeat from a conflict.

    Taken after the personal values were hashed: from a hash of the bytes as sent anybody could guess a phone number.
    """
    return blake2b(said_of_it, digest_size=8).hexdigest()


def touchpoint_row(
    said_of_it: bytes,
    *,
    sent_at: str | None,
    received_ms: int,
    topic: str,
    partition: int,
    offset: int,
    content: str,
    imported: tuple[str, int],
) -> bytes:
    """One JSON object. Times are seconds since 1970 with 3 decimals; of several copies the first received wins."""
    arrival = {
        "received_at": received_ms / 1000,
        "sent_at": _sent_at(sent_at, received_ms) if sent_at else None,
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "payload_hash": content,
        "import_file": imported[0],
        "import_line": imported[1],
        "version": _FIRST_WINS - (received_ms << _OFFSET_BITS | offset % (1 << _OFFSET_BITS)),
    }
    # Two JSON objects become one: the closing bracket of the first and the opening one of the second make way.
    return b"%b,%b" % (said_of_it[:-1], orjson.dumps(arrival)[1:])


def _sorted(fields: dict[str, Any]) -> str:
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode() if fields else "{}"


def _sent_at(text: str, received_ms: int) -> float | None:
    """None where the emitter's clock is absurd: the store's column could not hold it."""
    sent_ms = instant_ms(text)
    return sent_ms / 1000 if sent_ms is not None and EARLIEST_MS <= sent_ms <= received_ms + AHEAD_MS else None
