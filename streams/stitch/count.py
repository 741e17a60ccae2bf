"""Counts per identifier: touchpoints, orders and money, where each order counts once and until it is cancelled."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from streams.stitch import ids
from streams.stitch.actor import MOST_ORDERS, Actor, Order

UNITS: Final = 10_000
"""Money is whole ten-thousandths, so that sums are exact in any order."""
LIMIT: Final = 10**12

_ADDS_WITHOUT_ORDER: Final = frozenset({"booking.made", "meal.ordered", "subscription.started", "subscription.renewed"})
_MONEY: Final = _ADDS_WITHOUT_ORDER | {"sale.made", "refund.made", "order.placed", "order.cancelled"}


def count(actor: Actor, touch: dict[str, Any], name: bytes, currency: str) -> None:
    """Count a touchpoint that was not counted before. `currency`: of the installation."""
    actor.touchpoints += 1
    kind = touch["y"]
    if kind in _MONEY:
        _count_money(actor, kind, touch, name, currency)


def saw(actor: Actor, at: int) -> None:
    """Earliest and latest are right in any order and however often, so even copies and late ones may tell them."""
    if actor.first_seen is None or at < actor.first_seen:
        actor.first_seen = at
    if actor.last_seen is None or at > actor.last_seen:
        actor.last_seen = at


def _count_money(actor: Actor, kind: str, touch: dict[str, Any], name: bytes, currency: str) -> None:
    units, of = money(touch.get("a")), touch.get("u")
    if not isinstance(of, str) or not of:
        of = currency
    order = touch["d"].get("order")
    if kind == "order.placed":
        _place(actor, order, Order(touch["t"], name, units, of, 0), currency)
    elif kind == "order.cancelled":
        _cancel(actor, order, currency)
    elif kind == "refund.made":
        _add(actor, -units, of, currency)
    elif kind == "sale.made" or not order:
        _add(actor, units, of, currency)


def money(text: Any) -> int:
    """A decimal text in ten-thousandths; 0 where it is no amount of at most 10^12."""
    if not isinstance(text, str):
        return 0
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return 0
    return int(amount * UNITS) if amount.is_finite() and abs(amount) <= LIMIT else 0


def money_text(units: int) -> str:
    """The reverse of `money`, always with four decimals."""
    whole, rest = divmod(abs(units), UNITS)
    return f"{'-' if units < 0 else ''}{whole}.{rest:04d}"


def _add(actor: Actor, units: int, of: str, currency: str) -> None:
    if of == currency:
        actor.amount += units
    elif units:
        others = dict(actor.others or ())
        others[of] = others.get(of, 0) + units
        actor.others = others


def _place(actor: Actor, order: Any, placed: Order, currency: str) -> None:
    """The earliest placing of an order is the one that counts, so that sums do not depend on what arrived first."""
    key = ids.name("order", order) if isinstance(order, str) else placed.name
    known = (actor.orders or {}).get(key)
    if known is None:
        actor.orders_placed += 1
        _add(actor, placed.units, placed.currency, currency)
        _remember(actor, key, placed)
    elif not known.cancelled and placed[:2] < known[:2]:
        _add(actor, -known.units, known.currency, currency)
        _add(actor, placed.units, placed.currency, currency)
        _remember(actor, key, placed)


def _cancel(actor: Actor, order: Any, currency: str) -> None:
    """Counts nothing from then on, also where the cancelling arrives before the placing."""
    if not isinstance(order, str):
        return
    key = ids.name("order", order)
    known = (actor.orders or {}).get(key)
    if known is None:
        _remember(actor, key, Order(0, b"", 0, "", 1))
    elif not known.cancelled:
        actor.orders_placed -= 1
        _add(actor, -known.units, known.currency, currency)
        _remember(actor, key, known._replace(cancelled=1))


def _remember(actor: Actor, key: bytes, order: Order) -> None:
    """Of more than `MOST_ORDERS` orders the one that changed longest ago is forgotten: cancelling it does nothing."""
    orders = dict(actor.orders or ())
    orders.pop(key, None)
    orders[key] = order
    if len(orders) > MOST_ORDERS:
        del orders[next(iter(orders))]
    actor.orders = orders
