"""The till: sales, refunds, coupons."""

from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.touchpoint.base import Data, PlaceTouchpoint
from schemas.touchpoint.fields import Currency, Money, Name, SignedMoney

_Lines = Annotated[list[Any], Field(examples=[[{"product": "p-7", "quantity": 2, "amount": "24.90"}]])]


class SaleMadeData(Data):
    receipt: Name
    amount: SignedMoney
    """What was paid; below zero where returned goods were worth more than the new ones."""
    currency: Currency
    discount: SignedMoney | None = None
    lines: _Lines | None = None


class SaleMade(PlaceTouchpoint):
    """A basket was paid at a till."""

    type: Literal["sale.made"]
    data: SaleMadeData


class RefundMadeData(Data):
    receipt: Name
    amount: Money
    """What was given back, without a sign."""
    currency: Currency | None = None


class RefundMade(PlaceTouchpoint):
    """Money was given back at a till."""

    type: Literal["refund.made"]
    data: RefundMadeData


class CouponRedeemedData(Data):
    coupon: Name
    campaign: Name | None = None


class CouponRedeemed(PlaceTouchpoint):
    """A coupon was redeemed at a till."""

    type: Literal["coupon.redeemed"]
    data: CouponRedeemedData


Till = SaleMade | RefundMade | CouponRedeemed
