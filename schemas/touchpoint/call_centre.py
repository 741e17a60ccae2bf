"""The call centre: a call from the first ring to its end, and what agents do."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.touchpoint.base import Data, PlaceTouchpoint, Touchpoint
from schemas.touchpoint.fields import Flag, FlagOrText, Name, Seconds, Text

_Queues = Annotated[list[Name], Field(examples=[["sales", "complaints"]])]


class CallEnteredData(Data):
    call: Name
    line: Name | None = None


class CallEntered(Touchpoint):
    """The call rang; the caller is in the menu."""

    type: Literal["call.entered"]
    data: CallEnteredData


class CallData(Data):
    call: Name


class CallQueued(PlaceTouchpoint):
    """The caller waits in the queue `place`; later steps of the call take the place from here."""

    type: Literal["call.queued"]
    data: CallData


class CallAnsweredData(Data):
    call: Name
    agent: Name | None = None
    bot: FlagOrText | None = Field(None, examples=[True, "booking-bot"])


class CallAnswered(Touchpoint):
    """Somebody, or a bot, took the call."""

    type: Literal["call.answered"]
    data: CallAnsweredData


class CallAbandoned(Touchpoint):
    """The caller hung up before anybody answered."""

    type: Literal["call.abandoned"]
    data: CallData


class CallEndedData(Data):
    call: Name
    agent: Name | None = None
    talk_seconds: Seconds | None = None
    hold_seconds: Seconds | None = None
    wrap_seconds: Seconds | None = None
    resolved: Flag | None = None
    topic: Text | None = Field(None, examples=["change of booking"])


class CallEnded(Touchpoint):
    """The call is over."""

    type: Literal["call.ended"]
    data: CallEndedData


class AgentChangedData(Data):
    agent: Name
    state: Name
    queues: _Queues | None = None


class AgentChanged(Touchpoint):
    """An agent became ready, busy, absent … for these queues."""

    names_people: ClassVar[bool] = False

    type: Literal["agent.changed"]
    data: AgentChangedData


CallCentre = CallEntered | CallQueued | CallAnswered | CallAbandoned | CallEnded | AgentChanged
