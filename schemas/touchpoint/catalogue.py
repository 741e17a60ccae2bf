"""The catalogue: every type of touchpoint in one union told apart by `type`, by group, and by name."""

from types import UnionType
from typing import Annotated, Literal, get_args

from pydantic import Field

from schemas.touchpoint.account import Account
from schemas.touchpoint.base import Touchpoint
from schemas.touchpoint.browsing import Browsing
from schemas.touchpoint.buying import Buying
from schemas.touchpoint.call_centre import CallCentre
from schemas.touchpoint.queue import Queue
from schemas.touchpoint.running import Running
from schemas.touchpoint.talking import Talking
from schemas.touchpoint.till import Till
from schemas.touchpoint.visit import Visit

AnyTouchpoint = Annotated[
    Browsing | Account | Buying | Till | Visit | Queue | CallCentre | Talking | Running,
    Field(discriminator="type"),
]
"""What a reader gets: pydantic's TypeAdapter(AnyTouchpoint) tells the types apart by `type`."""

Group = Literal["browsing", "account", "buying", "till", "visit", "queue", "call_centre", "talking", "running"]


def _models(group: UnionType) -> tuple[type[Touchpoint], ...]:
    return get_args(group)


GROUPS: dict[Group, tuple[type[Touchpoint], ...]] = {
    "browsing": _models(Browsing),
    "account": _models(Account),
    "buying": _models(Buying),
    "till": _models(Till),
    "visit": _models(Visit),
    "queue": _models(Queue),
    "call_centre": _models(CallCentre),
    "talking": _models(Talking),
    "running": _models(Running),
}


def type_name(model: type[Touchpoint]) -> str:
    """The `type` that this model stands for."""
    name: str = get_args(model.model_fields["type"].annotation)[0]
    return name


TYPES: dict[str, type[Touchpoint]] = {type_name(model): model for group in GROUPS.values() for model in group}
