"""The queue: joined, served, left, and what signs and people say of the wait."""

from typing import Literal

from schemas.touchpoint.base import Data, PlaceTouchpoint
from schemas.touchpoint.fields import Name, Number


class QueueData(Data):
    token: Name | None = None
    """The ticket, where one was drawn."""


class QueueJoined(PlaceTouchpoint):
    """Somebody joined the queue."""

    type: Literal["queue.joined"]
    data: QueueData | None = None


class ServiceData(Data):
    token: Name | None = None
    server: Name | None = None


class ServiceStarted(PlaceTouchpoint):
    """Their turn came."""

    type: Literal["service.started"]
    data: ServiceData | None = None


class ServiceEnded(PlaceTouchpoint):
    """They were served."""

    type: Literal["service.ended"]
    data: ServiceData | None = None


class QueueLeft(PlaceTouchpoint):
    """They walked away from the queue."""

    type: Literal["queue.left"]
    data: QueueData | None = None


class WaitData(Data):
    minutes: Number
    """As read, however absurd: what is stored and what an estimate uses are two things."""


class WaitPosted(PlaceTouchpoint):
    """What the sign says."""

    type: Literal["wait.posted"]
    data: WaitData


class WaitObserved(PlaceTouchpoint):
    """What a person measured."""

    type: Literal["wait.observed"]
    data: WaitData


Queue = QueueJoined | ServiceStarted | ServiceEnded | QueueLeft | WaitPosted | WaitObserved
