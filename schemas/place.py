"""Places: what operations teams declare about them, and the defaults of a place that nobody declared."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

PlaceKind = Literal["queue", "virtual_queue", "call_queue", "checkout", "area", "desk", "parking"]
Seconds = Annotated[float, Field(gt=0, le=366 * 86_400)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(f"{name!r} is no time zone; write an IANA name such as Europe/Berlin") from None
    return name


WALKING_SPEED = 1.1
"""Metres of straight line per second: people walk 1.3 m/s, a usual figure for pedestrians, and paths have bends."""


class ServiceLevel(BaseModel):
    """`goal` (0–1) of the waits shall end within `within_seconds`; abandons below `short_abandon_seconds` are apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    goal: Annotated[float, Field(gt=0, le=1)] = 0.8
    within_seconds: Seconds = 20.0
    short_abandon_seconds: Annotated[float, Field(ge=0)] = 5.0


class Place(BaseModel):
    """One place of places.json. Unknown numbers are None: a place without capacity has no load, not a load of 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=128)]
    name: str = ""
    site: str = ""
    within: str | None = None
    kind: PlaceKind = "queue"
    capacity: Annotated[int, Field(gt=0)] | None = None
    servers: Annotated[int, Field(ge=0)] | None = None
    min_servers: Annotated[int, Field(ge=0)] = 0
    target_wait_seconds: Seconds | None = None
    service_level: ServiceLevel = ServiceLevel()
    presence_timeout_seconds: Seconds = 1_800.0
    wait_timeout_seconds: Seconds = 6 * 3_600.0
    service_timeout_seconds: Seconds = 6 * 3_600.0
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    opens: time | None = None
    closes: time | None = None
    timezone: Annotated[str, AfterValidator(_known_zone)] | None = None
    levers: tuple[str, ...] = ()
    declared: bool = True


class Places:
    """The catalogue: every declared place by id, defaults for the rest. Bounded by the file, not by the traffic."""

    def __init__(self, places: tuple[Place, ...] = ()) -> None:
        """Raises ValueError where an id is there twice, a parent is missing, or the nesting has a circle."""
        self._by_id = {place.id: place for place in places}
        if len(self._by_id) < len(places):
            raise ValueError("places: two places have the same id; give each its own")
        self._above = {place.id: self._ancestors(place) for place in places}

    def get(self, place: str) -> Place:
        """The declared place, else one with defaults and `declared` False."""
        return self._by_id.get(place) or Place(id=place, declared=False)

    def related(self, one: str, other: str) -> bool:
        """True if both are the same place or one lies within the other: being in both at once is no contradiction."""
        return one == other or one in self._above.get(other, ()) or other in self._above.get(one, ())

    def all(self) -> tuple[Place, ...]:
        return tuple(self._by_id.values())

    def _ancestors(self, place: Place) -> frozenset[str]:
        above: list[str] = []
        while place.within is not None:
            if place.within not in self._by_id:
                raise ValueError(f"places: {place.id} lies within {place.within!r}, which is not declared")
            if place.within in above or place.within == place.id:
                raise ValueError(f"places: {place.within!r} lies within itself")
            above.append(place.within)
            place = self._by_id[place.within]
        return frozenset(above)


_FILE: TypeAdapter[tuple[Place, ...]] = TypeAdapter(tuple[Place, ...])


def read_places(path: Path | None) -> Places:
    """Read places.json (a list of places). Raises ValueError naming the place and field that is wrong."""
    return Places(_FILE.validate_json(path.read_bytes())) if path else Places()
