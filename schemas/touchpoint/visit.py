"""The visit: booking, wristband, places, rooms, photos, buses, meals."""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from schemas.touchpoint.base import Data, PersonPlaceTouchpoint, PersonTouchpoint
from schemas.touchpoint.fields import Currency, Day, Money, Name, Number, PartySize


class BookingMadeData(Data):
    booking: Name
    arrives_on: Day
    party_size: PartySize | None = None
    amount: Money | None = None
    currency: Currency | None = None


class BookingMade(PersonTouchpoint):
    """A stay was booked for a party."""

    type: Literal["booking.made"]
    data: BookingMadeData


class PlanChangedData(Data):
    booking: Name


class PlanChanged(PersonTouchpoint):
    """The plan of a booked stay was changed."""

    type: Literal["plan.changed"]
    data: PlanChangedData


class WristbandIssued(PersonTouchpoint):
    """A wristband was handed out: name the wristband, and its wearer where known."""

    type: Literal["wristband.issued"]


class WristbandActivated(PersonTouchpoint):
    """A wristband was put to use."""

    type: Literal["wristband.activated"]


class WristbandReturned(PersonTouchpoint):
    """A wristband was given back: what comes later belongs to somebody else."""

    type: Literal["wristband.returned"]


class PlaceEntered(PersonPlaceTouchpoint):
    """Somebody went in."""

    type: Literal["place.entered"]


class PlaceLeft(PersonPlaceTouchpoint):
    """Somebody went out."""

    type: Literal["place.left"]


class PresenceSeenData(Data):
    x: Number | None = None
    y: Number | None = None


_NUMBER = {"type": "number"}
_SOMEWHERE: dict[str, Any] = {
    "anyOf": [
        {"required": ["place"], "properties": {"place": {"type": "string"}}},
        {
            "required": ["data"],
            "properties": {
                "data": {"type": "object", "required": ["x", "y"], "properties": {"x": _NUMBER, "y": _NUMBER}}
            },
        },
    ]
}


class PresenceSeen(PersonTouchpoint):
    """A sensor saw somebody: at a place, or at the point `data.x`, `data.y`."""

    model_config = ConfigDict(json_schema_extra=_SOMEWHERE)

    type: Literal["presence.seen"]
    data: PresenceSeenData | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _somewhere(cls, value: Any, handler: Callable[[Any], "PresenceSeen"]) -> "PresenceSeen":
        """Asked before the other fields are judged: a missing field is named before any later reason."""
        fields = value if isinstance(value, dict) else vars(value)
        data = fields.get("data")
        point = data if isinstance(data, dict) else vars(data) if isinstance(data, Data) else {}
        if fields.get("place") is None and (point.get("x") is None or point.get("y") is None):
            message = "is missing: presence.seen needs a place, or the point data.x and data.y"
            raise PydanticCustomError("missing_field", message, {"field": "place"})
        return handler(value)


class RoomUnlocked(PersonTouchpoint):
    """A room was opened with a card or a wristband."""

    type: Literal["room.unlocked"]


class PhotoTaken(PersonTouchpoint):
    """A photo was taken of somebody."""

    type: Literal["photo.taken"]


class BusBoarded(PersonTouchpoint):
    """Somebody got on a bus."""

    type: Literal["bus.boarded"]


class MealOrderedData(Data):
    amount: Money | None = None
    currency: Currency | None = None


class MealOrdered(PersonTouchpoint):
    """A meal was ordered."""

    type: Literal["meal.ordered"]
    data: MealOrderedData | None = None


Visit = (
    BookingMade
    | PlanChanged
    | WristbandIssued
    | WristbandActivated
    | WristbandReturned
    | PlaceEntered
    | PlaceLeft
    | PresenceSeen
    | RoomUnlocked
    | PhotoTaken
    | BusBoarded
    | MealOrdered
)
