"""The simulated world: what there is, what time it is, and what everybody in it may know, say and remember."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from schemas.place import Place, Places
from streams.sources.simulate.dice import Dice
from streams.sources.simulate.emission import Outlet, TruthWriter
from streams.sources.simulate.engine import Engine
from streams.sources.simulate.park import DAY, Calendar, profile
from streams.sources.simulate.people import LONGEST_LEAD_DAYS, Party
from streams.sources.simulate.service import Happening, ServicePoint, Ticket

REMEMBERED_CALLERS = 400
NEEDED_PLACES = ("park", "gate")

Tell = Callable[["World", str, Happening, Ticket, ServicePoint], None]
"""Says what happens in a line as the sources of a place with this role would."""


class World:
    """Bounded by the people of two days and the bookings under way."""

    def __init__(
        self,
        seed: int,
        start: int,
        visitors_per_day: int,
        places: Places,
        timezone: str,
        truth: TruthWriter,
        dirt: float,
        tell: Tell,
    ) -> None:
        missing = [place for place in NEEDED_PLACES if not places.get(place).declared]
        if missing:
            raise ValueError(f"the simulation needs the places {', '.join(missing)}; start from places.sample.json")
        self.seed, self.start, self.visitors, self.places, self.truth = seed, start, visitors_per_day, places, truth
        self._tell_source = tell
        self.tag = f"{Dice(f'{seed}/{start}').whole(0, 0xFFFFF):05x}"
        self.calendar = Calendar(timezone)
        self.engine = Engine(start - (LONGEST_LEAD_DAYS + 1) * DAY)
        self.outlet = Outlet(self.tag, truth, dirt=dirt)
        self.dice = Dice(f"{seed}/{start}/world")
        self.open: set[str] = set()
        self.callers: list[Party] = []
        self.returned_bands: list[str] = []
        self.points = {place.id: self._point(place) for place in places.all() if _has_line(place)}
        self.first_day = self.calendar.day(start)

    # -- what stories use ------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return self.engine.now

    def say(
        self,
        source: str,
        channel: str,
        kind: str,
        identifiers: Mapping[str, str] | None = None,
        place: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """A source tells of a touchpoint that happens now; `data` goes without what is None in it."""
        given = {name: value for name, value in data.items() if value is not None} if data else None
        self.outlet.touchpoint(self.now, source, channel, kind, identifiers=identifiers, place=place, data=given)

    def with_role(self, role: str) -> list[str]:
        return [place.id for place in self.places.all() if profile(place).role == role]

    def first(self, role: str) -> str | None:
        return next(iter(self.with_role(role)), None)

    def area_of(self, place: str) -> str:
        """The innermost area within the park that this place is in or is; '' outside of it."""
        if not place:
            return ""
        here = self.places.get(place)
        while here.within not in ("park", None):
            here = self.places.get(here.within)
        return here.id if here.within == "park" and here.kind == "area" else ""

    def remember_caller(self, party: Party) -> None:
        """Those who have just booked or are here are the ones who ring; the oldest are forgotten."""
        self.callers.append(party)
        if len(self.callers) > REMEMBERED_CALLERS:
            del self.callers[0]

    # -- places ----------------------------------------------------------------------------------

    def _point(self, place: Place) -> ServicePoint:
        what, dice = profile(place), Dice(f"{self.seed}/{self.start}/service/{place.id}")
        mean_ms = what.seconds * 1_000
        by_hand = what.role == "virtual"
        return ServicePoint(
            self.engine,
            place.id,
            servers=0,
            mean_ms=mean_ms,
            duration=None if by_hand else lambda: dice.duration(mean_ms, what.variation),
            tell=partial(self._tell, what.role),
        )

    def _tell(self, role: str, happening: Happening, ticket: Ticket, point: ServicePoint) -> None:
        self._tell_source(self, role, happening, ticket, point)
        if happening in ("ended", "left"):
            self.truth_of_stay(ticket, point.place)

    # -- truth -----------------------------------------------------------------------------------

    def truth_of_stay(self, ticket: Ticket, place: str) -> None:
        """Who was here when, as it really was; `thing` is what the sources saw of it, '' if nothing."""
        self.truth(
            {
                "kind": "stay",
                "mode": "queue",
                "place": place,
                "thing": ticket.thing,
                "person": ticket.person,
                "joined": ticket.joined,
                "started": ticket.started,
                "ended": ticket.ended,
                "outcome": ticket.outcome,
            }
        )

    def truth_of_presence(self, place: str, thing: str, person: str, since: int) -> None:
        """Somebody was in a place that has no line, from `since` until now."""
        stay = {"kind": "stay", "mode": "presence", "place": place, "thing": thing, "person": person}
        self.truth({**stay, "joined": since, "started": None, "ended": self.now, "outcome": "left"})

    def finish(self) -> None:
        """The simulation stops here: what is under way goes into the truth as it stands."""
        for point in self.points.values():
            for ticket in point.everybody():
                self.truth_of_stay(ticket, point.place)


def _has_line(place: Place) -> bool:
    return profile(place).role not in ("area", "parking", "shop")
