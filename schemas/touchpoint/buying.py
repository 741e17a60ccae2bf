"""Buying at a distance: cart, checkout, order, payment, delivery."""

from typing import Literal

from schemas.touchpoint.base import Data, PersonTouchpoint
from schemas.touchpoint.fields import Currency, Flag, Instant, Items, Money, Name


class CartChangedData(Data):
    value: Money
    items: Items
    currency: Currency | None = None


class CartChanged(PersonTouchpoint):
    """Something was put into the cart or taken out; `value` and `items` are what is in it now."""

    type: Literal["cart.changed"]
    data: CartChangedData


class CheckoutStartedData(Data):
    value: Money
    currency: Currency | None = None


class CheckoutStarted(PersonTouchpoint):
    """Somebody set out to pay for the cart."""

    type: Literal["checkout.started"]
    data: CheckoutStartedData


class OrderPlacedData(Data):
    order: Name
    amount: Money
    currency: Currency
    items: Items | None = None
    promised_ready_at: Instant | None = None
    collect_at: Instant | None = None


class OrderPlaced(PersonTouchpoint):
    """An order was placed: its amount counts as the customer's value until it is cancelled."""

    type: Literal["order.placed"]
    data: OrderPlacedData


class OrderEditedData(Data):
    order: Name
    succeeded: Flag


class OrderEdited(PersonTouchpoint):
    """Somebody tried to change an order."""

    type: Literal["order.edited"]
    data: OrderEditedData


class OrderData(Data):
    order: Name


class OrderCancelled(PersonTouchpoint):
    """An order was taken back."""

    type: Literal["order.cancelled"]
    data: OrderData


class PaymentMadeData(Data):
    intent: Name
    amount: Money
    currency: Currency
    succeeded: Flag
    order: Name | None = None


class PaymentMade(PersonTouchpoint):
    """A payment was tried; it never counts as value, the order does."""

    type: Literal["payment.made"]
    data: PaymentMadeData


class ConfirmationSentData(Data):
    intent: Name
    order: Name | None = None


class ConfirmationSent(PersonTouchpoint):
    """The company confirmed a payment or an order."""

    type: Literal["confirmation.sent"]
    data: ConfirmationSentData


class OrderReady(PersonTouchpoint):
    """An order waits to be collected."""

    type: Literal["order.ready"]
    data: OrderData


class OrderCollected(PersonTouchpoint):
    """An order was collected."""

    type: Literal["order.collected"]
    data: OrderData


class OrderDelivered(PersonTouchpoint):
    """An order was delivered."""

    type: Literal["order.delivered"]
    data: OrderData


Buying = (
    CartChanged
    | CheckoutStarted
    | OrderPlaced
    | OrderEdited
    | OrderCancelled
    | PaymentMade
    | ConfirmationSent
    | OrderReady
    | OrderCollected
    | OrderDelivered
)
