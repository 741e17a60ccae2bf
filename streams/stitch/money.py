"""Money as it adds up: exact sums per currency, and orders that count once, where placed first, until cancelled."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

UNITS: Final = 10_000
"""Money is whole ten-thousandths, so that sums are exact in any order."""
LIMIT: Final = 10**12
MOST_ORDERS: Final = 64
NEVER: Final = -1


class Order(NamedTuple):
    """An order by its earliest placing (ms, then the touchpoint's name in hex), and when it was cancelled last.

    `currency` '' is the installation's own. `NEVER` for a time that nobody told: cancelled before it was placed.
    """

    placed: int
    name: str
    units: int
    currency: str
    cancelled: int

    @property
    def counts(self) -> bool:
        return self.placed != NEVER and self.cancelled == NEVER


Orders = dict[str, Order]


class Money(NamedTuple):
    """`units` of the own currency, `others` per currency, without what the kept orders are worth.

    At most `MOST_ORDERS` orders are kept, those that were placed or cancelled last; of an older one, only what it is
    worth then is kept. Never changed in place.
    """

    units: int
    others: dict[str, int]
    orders: Orders
    folded: int
    """How many older orders count."""


NO_MONEY: Final = Money(0, {}, {}, 0)


def amount_units(text: Any) -> int:
    """A decimal text in ten-thousandths; 0 where it is no amount of at most 10^12."""
    if not isinstance(text, str):
        return 0
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return 0
    return int(amount * UNITS) if amount.is_finite() and abs(amount) <= LIMIT else 0


def units_text(units: int) -> str:
    """The reverse of `amount_units`, always with four decimals."""
    whole, rest = divmod(abs(units), UNITS)
    return f"{'-' if units < 0 else ''}{whole}.{rest:04d}"


def of_amount(currency: str, units: int) -> Money:
    if not currency:
        return Money(units, {}, {}, 0)
    return Money(0, {currency: units}, {}, 0) if units else NO_MONEY


def of_order(key: str, order: Order) -> Money:
    return Money(0, {}, {key: order}, 0)


def same_order(one: Order, other: Order) -> Order:
    """What two actors know of one order, put together."""
    cancelled = max(one.cancelled, other.cancelled)
    if one.placed == NEVER or (other.placed != NEVER and other[:2] < one[:2]):
        one = other
    return one if one.cancelled == cancelled else one._replace(cancelled=cancelled)


def merge(*parts: Money) -> tuple[Money, list[Order]]:
    """All of them as one, and the orders that were folded into sums and count."""
    parts = tuple([part for part in parts if part is not NO_MONEY])
    if not parts:
        return NO_MONEY, []
    if len(parts) == 1:
        return parts[0], []
    others: dict[str, int] = {}
    orders: Orders = {}
    for part in parts:
        for currency, units in part.others.items():
            others[currency] = others.get(currency, 0) + units
        for key, order in part.orders.items():
            orders[key] = same_order(orders[key], order) if key in orders else order
    units, folded = sum(part.units for part in parts), sum(part.folded for part in parts)
    return _within_bounds(Money(units, others, orders, folded))


def _within_bounds(money: Money) -> tuple[Money, list[Order]]:
    units, others, orders, folded = money
    if len(orders) <= MOST_ORDERS:
        return money, []
    oldest = sorted(orders, key=lambda key: (max(orders[key].placed, orders[key].cancelled), key))
    counting = []
    for key in oldest[: len(orders) - MOST_ORDERS]:
        order = orders.pop(key)
        if order.counts:
            counting.append(order)
            if not order.currency:
                units += order.units
            elif order.units:
                others[order.currency] = others.get(order.currency, 0) + order.units
    return Money(units, others, orders, folded + len(counting)), counting


def totals(money: Money) -> tuple[int, int, dict[str, int]]:
    """(orders that count, units of the own currency, others), the kept orders included; no other currency at 0."""
    orders, units, others = money.folded, money.units, dict(money.others)
    for order in money.orders.values():
        if order.counts:
            orders += 1
            if not order.currency:
                units += order.units
            else:
                others[order.currency] = others.get(order.currency, 0) + order.units
    return orders, units, {currency: sum_ for currency, sum_ in sorted(others.items()) if sum_}


def to_json(money: Money) -> Any:
    if money is NO_MONEY:
        return 0
    others = [(currency, exact(units)) for currency, units in sorted(money.others.items())]
    orders = [(key, *order) for key, order in sorted(money.orders.items())]
    return [exact(money.units), others, orders, money.folded]


def from_json(fields: Any) -> Money:
    if not fields:
        return NO_MONEY
    units, others, orders, folded = fields
    return Money(
        int(units),
        {currency: int(sum_) for currency, sum_ in others},
        {key: Order(*order) for key, *order in orders},
        folded,
    )


def exact(units: int) -> int | str:
    """For JSON, whose integers end at 64 bits, which sums may exceed."""
    return units if -(1 << 53) < units < 1 << 53 else str(units)
