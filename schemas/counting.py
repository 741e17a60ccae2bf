"""What each type of touchpoint counts for at rest: how long a visit goes on after it, and what its amount does."""

from typing import Literal, NamedTuple

from schemas.touchpoint.catalogue import TYPES

Money = Literal["", "adds", "adds_without_order", "subtracts", "order_placed", "order_cancelled"]


class TypeRule(NamedTuple):
    """A row of the table `touchpoint_types`. `gap_seconds` 0: it belongs to no visit; `money` '': it carries none."""

    type: str
    gap_seconds: int
    money: Money


_DIGITAL, _PHYSICAL, _SENT_BY_COMPANY = 30 * 60, 4 * 3_600, 0

_GAPS = {
    **dict.fromkeys(("message.sent", "reply.sent", "confirmation.sent", "order.ready"), _SENT_BY_COMPANY),
    **dict.fromkeys(("presence.seen", "place.entered", "place.left", "queue.joined", "queue.left"), _PHYSICAL),
    **dict.fromkeys(("service.started", "service.ended", "sale.made", "refund.made"), _PHYSICAL),
    **dict.fromkeys(("room.unlocked", "meal.ordered"), _PHYSICAL),
}
_MONEY: dict[str, Money] = {
    "sale.made": "adds",
    "refund.made": "subtracts",
    "order.placed": "order_placed",
    "order.cancelled": "order_cancelled",
    "booking.made": "adds_without_order",
    "meal.ordered": "adds_without_order",
    "subscription.started": "adds_without_order",
    "subscription.renewed": "adds_without_order",
}

TYPE_RULES = tuple(TypeRule(name, _GAPS.get(name, _DIGITAL), _MONEY.get(name, "")) for name in sorted(TYPES))
"""The exact views count by these rows; they say what stitch does with each type."""
