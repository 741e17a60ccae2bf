"""Running the place: open and closed, staff, advice, changes. Nobody in particular is named."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.touchpoint.base import Data, PlaceTouchpoint, Touchpoint
from schemas.touchpoint.fields import Count, FullText, Name


class PlaceOpened(PlaceTouchpoint):
    """The place is open."""

    names_people: ClassVar[bool] = False

    type: Literal["place.opened"]


class PlaceClosed(PlaceTouchpoint):
    """The place is closed: everybody's stay there ends."""

    names_people: ClassVar[bool] = False

    type: Literal["place.closed"]


class StaffAssignedData(Data):
    count: Count


class StaffAssigned(PlaceTouchpoint):
    """So many people serve at the place from now on."""

    names_people: ClassVar[bool] = False

    type: Literal["staff.assigned"]
    data: StaffAssignedData


class AdviceAnsweredData(Data):
    advice: Name
    answer: Literal["accepted", "declined", "done"]


class AdviceAnswered(Touchpoint):
    """Somebody answered an advice."""

    names_people: ClassVar[bool] = False

    type: Literal["advice.answered"]
    data: AdviceAnsweredData


class ChangeRecordedData(Data):
    kind: Literal["release", "campaign", "staffing", "incident"]
    title: FullText = Field(examples=["Second till opened at the main gate"])


class ChangeRecorded(Touchpoint):
    """Something was changed that may show in the figures."""

    names_people: ClassVar[bool] = False

    type: Literal["change.recorded"]
    data: ChangeRecordedData


Running = PlaceOpened | PlaceClosed | StaffAssigned | AdviceAnswered | ChangeRecorded
