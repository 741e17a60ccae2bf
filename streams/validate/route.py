"""Who hears of a touchpoint: its identifiers, the thing in the hand, its place, everybody at a place."""

from typing import Any, Final

import orjson

from schemas.internal import MERGES, Closing, Fact, Link, Merged, Origin, Seen, Touch
from schemas.touchpoint.identifiers import GROUP, MADE, STRENGTH
from streams.outbox import Outbox
from streams.topology import EVENTS
from streams.validate.link import HANDED_OVER, links_of
from streams.validate.normalise import Normal

_USED: Final = frozenset(STRENGTH)
_QUEUES: Final = frozenset(
    (
        *("queue.joined", "queue.left", "service.started", "service.ended"),
        *("call.entered", "call.queued", "call.answered", "call.abandoned", "call.ended"),
    )
)
"""They say where somebody is, with or without a place: later steps of a call have none."""
_PHYSICAL: Final = frozenset(
    (
        *("place.entered", "place.left", "presence.seen", "sale.made", "refund.made", "room.unlocked"),
        *("meal.ordered", "photo.taken", "bus.boarded"),
    )
)
"""They say where somebody is, if they name a place."""
_CLOSINGS: Final = frozenset(("place.opened", "place.closed"))
_FACTS: Final = frozenset(("wait.posted", "wait.observed", "staff.assigned")) | _CLOSINGS

_MERGE: Final = "account.merged"
_IDENTITY: Final = HANDED_OVER | {_MERGE}
"""They say something of who is who even where they carry one identifier only."""

_TOLD: Final = frozenset(
    (
        *("order", "booking", "receipt", "plan", "succeeded", "token", "call", "line", "server", "agent", "bot"),
        *("minutes", "count", "kind", "intent", "from", "into", "purpose", "granted"),
    )
)
"""The fields of `data` that readers of internal records need; the row has them all."""
_LONGEST_TEXT: Final = 128


def route(
    touchpoint: dict[str, Any],
    normal: Normal,
    *,
    at_ms: int,
    origin: Origin,
    money: tuple[str, str] | None,
    audience: str,
    out: Outbox,
) -> None:
    """Tell `out` the messages of one touchpoint, numbered in the order in which they are sent: links before the rest.

    `money`: amount as a decimal text and its currency, if the type carries any.
    """
    kind: str = touchpoint["type"]
    topic, partition, offset, ordinal, received_ms, content = origin
    here = kind in _QUEUES or (kind in _PHYSICAL and touchpoint.get("place") is not None)
    told = _told(normal, audience)
    if len(normal.identifiers) > 1 or kind in _IDENTITY:
        ordinal = _tell_identity(touchpoint, normal, at_ms, origin, out)
        origin = (topic, partition, offset, ordinal, received_ms, content)
    if normal.strongest:
        out.send(EVENTS, normal.strongest.encode(), _touch(touchpoint, normal, at_ms, origin, told, money, here=here))
        ordinal += 1
        if here and normal.in_hand != normal.strongest:
            origin = (topic, partition, offset, ordinal, received_ms, content)
            out.send(EVENTS, normal.in_hand.encode(), _seen(touchpoint, normal, at_ms, origin, told))
            ordinal += 1
    if kind in _FACTS:
        origin = (topic, partition, offset, ordinal, received_ms, content)
        out.send(EVENTS, f"place:{touchpoint['place']}".encode(), _fact(touchpoint, at_ms, origin, told))
    if kind in _CLOSINGS:
        origin = (topic, partition, offset, ordinal + 1, received_ms, content)
        out.send(EVENTS, None, _closing(touchpoint, at_ms, origin))


def _tell_identity(touchpoint: dict[str, Any], normal: Normal, at_ms: int, origin: Origin, out: Outbox) -> int:
    """Links, then what the touchpoint says of two customers; the next free ordinal."""
    topic, partition, offset, ordinal, received_ms, content = origin
    kind, source, event_id = touchpoint["type"], touchpoint["source"], touchpoint["event_id"]
    for weak, strong in links_of(kind, normal):
        origin = (topic, partition, offset, ordinal, received_ms, content)
        link: Link = {"k": "link", "o": origin, "t": at_ms, "s": source, "e": event_id, "y": kind, "w": strong}
        out.send(EVENTS, weak.encode(), orjson.dumps(link))
        ordinal += 1
    if kind == _MERGE and normal.data["from"] != normal.data["into"]:
        former, into = (f"customer:{normal.data[end]}" for end in ("from", "into"))
        origin = (topic, partition, offset, ordinal, received_ms, content)
        merged: Merged = {"k": "merged", "o": origin, "t": at_ms, "s": source, "e": event_id, "f": former, "w": into}
        out.send(EVENTS, MERGES.encode(), orjson.dumps(merged))
        ordinal += 1
    return ordinal


def customer(normal: Normal) -> str:
    """The strongest identifier, '' where that is a call or token: it is nobody yet."""
    return "" if normal.strongest.partition(":")[0] in MADE else normal.strongest


def _touch(
    touchpoint: dict[str, Any],
    normal: Normal,
    at_ms: int,
    origin: Origin,
    told: dict[str, Any],
    money: tuple[str, str] | None,
    *,
    here: bool,
) -> bytes:
    identifiers = normal.identifiers
    if not identifiers.keys() <= _USED:
        identifiers = {kind: value for kind, value in identifiers.items() if kind in _USED}
    touch: Touch = {
        "k": "touch",
        "o": origin,
        "t": at_ms,
        "s": touchpoint["source"],
        "e": touchpoint["event_id"],
        "c": touchpoint["channel"],
        "y": touchpoint["type"],
        "i": identifiers,
        "p": touchpoint.get("place"),
        "d": told,
    }
    if money is not None:
        touch["a"], touch["u"] = money
    if here and normal.in_hand == normal.strongest:
        touch["h"] = 1
    return orjson.dumps(touch)


def _seen(touchpoint: dict[str, Any], normal: Normal, at_ms: int, origin: Origin, told: dict[str, Any]) -> bytes:
    seen: Seen = {
        "k": "seen",
        "o": origin,
        "t": at_ms,
        "s": touchpoint["source"],
        "e": touchpoint["event_id"],
        "y": touchpoint["type"],
        "p": touchpoint.get("place"),
        "d": told,
        "w": customer(normal),
    }
    return orjson.dumps(seen)


def _fact(touchpoint: dict[str, Any], at_ms: int, origin: Origin, told: dict[str, Any]) -> bytes:
    fact: Fact = {
        "k": "fact",
        "o": origin,
        "t": at_ms,
        "s": touchpoint["source"],
        "e": touchpoint["event_id"],
        "y": touchpoint["type"],
        "p": touchpoint["place"],
        "d": told,
    }
    return orjson.dumps(fact)


def _closing(touchpoint: dict[str, Any], at_ms: int, origin: Origin) -> bytes:
    closing: Closing = {
        "k": "closing",
        "o": origin,
        "t": at_ms,
        "s": touchpoint["source"],
        "e": touchpoint["event_id"],
        "y": touchpoint["type"],
        "p": touchpoint["place"],
    }
    return orjson.dumps(closing)


def _told(normal: Normal, audience: str) -> dict[str, Any]:
    """The few small fields of `data` that travel on; an agent serves, so it is told as `server`."""
    told = {
        name: value
        for name, value in normal.data.items()
        if name in _TOLD
        and not (value is None or isinstance(value, (dict, list)))
        and not (isinstance(value, str) and len(value) > _LONGEST_TEXT)
    }
    if "agent" in told:
        told.setdefault("server", told.pop("agent"))
    if GROUP in normal.identifiers:
        told.setdefault(GROUP, normal.identifiers[GROUP])
    if audience != "customer":
        told["audience"] = audience
    return told
