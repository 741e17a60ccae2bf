"""The account: created, used, merged, subscribed, consented."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.touchpoint.base import Data, PersonTouchpoint
from schemas.touchpoint.fields import Currency, Flag, Money, Name
from schemas.touchpoint.identifiers import names_nobody


def _somebody(value: str) -> str:
    if names_nobody("customer", value):
        raise PydanticCustomError("bad_identifier", "names nobody; send the customer's own identifier")
    return value


_CustomerId = Annotated[
    str, Field(min_length=1, max_length=256, pattern=r"\S", examples=["c-1001"]), AfterValidator(_somebody)
]


class AccountCreated(PersonTouchpoint):
    """An account was opened."""

    type: Literal["account.created"]


class AccountSignedIn(PersonTouchpoint):
    """Somebody signed in."""

    type: Literal["account.signed_in"]


class AccountMergedData(Data):
    from_: Annotated[_CustomerId, Field(alias="from")]
    """The customer that ceases to be its own."""
    into: _CustomerId
    """The customer that it now is."""


class AccountMerged(PersonTouchpoint):
    """Two customers are one person: the only way in which two of them ever become one."""

    type: Literal["account.merged"]
    data: AccountMergedData


class SubscriptionData(Data):
    plan: Name
    amount: Money | None = None
    currency: Currency | None = None


class SubscriptionStarted(PersonTouchpoint):
    """A subscription began."""

    type: Literal["subscription.started"]
    data: SubscriptionData


class SubscriptionRenewed(PersonTouchpoint):
    """A subscription was prolonged."""

    type: Literal["subscription.renewed"]
    data: SubscriptionData


class SubscriptionLapsed(PersonTouchpoint):
    """A subscription ended without being prolonged."""

    type: Literal["subscription.lapsed"]
    data: SubscriptionData


class ConsentChangedData(Data):
    purpose: Name
    granted: Flag


class ConsentChanged(PersonTouchpoint):
    """Somebody allowed or forbade a use of their data."""

    type: Literal["consent.changed"]
    data: ConsentChangedData


Account = (
    AccountCreated
    | AccountSignedIn
    | AccountMerged
    | SubscriptionStarted
    | SubscriptionRenewed
    | SubscriptionLapsed
    | ConsentChanged
)
