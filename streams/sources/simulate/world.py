"""The simulated world: its places open and close, its days bring people, and everything that happens is told."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from schemas.place import Place, Places
from streams.sources.simulate import before, call_centre, keeper, visit
from streams.sources.simulate.dice import Dice
from streams.sources.simulate.emission import Emission, Outlet, TruthWriter
from streams.sources.simulate.engine import Engine
from streams.sources.simulate.park import DAY, Calendar, profile
from streams.sources.simulate.people import LONGEST_LEAD_DAYS, Party, party_of, sketches_of
from streams.sources.simulate.service import Happening, ServicePoint, Ticket
from streams.sources.simulate.telling import tell

REMEMBERED_CALLERS = 400
NEEDED_PLACES = ("park", "gate")


def simulate(
    seed: int,
    start_ms: int,
    duration_ms: int | None,
    visitors_per_day: int,
    places: Places,
    *,
    timezone: str = "UTC",
    truth: TruthWriter | None = None,
    dirt: float = 1.0,
) -> Iterator[Emission]:
    """Touchpoints in order of arrival from `start_ms` for `duration_ms` (None: for ever), the same for the same seed.

    Before them come the bookings, up to 45 days old, of those who visit on the first two days. `truth` hears who was
    where when: a mapping per person, stay and piece of dirt, times in ms. `dirt` scales what is late, repeated, broken.
    """
    world = World(seed, start_ms, visitors_per_day, places, timezone, truth or _nobody, dirt)
    end = None if duration_ms is None else start_ms + duration_ms
    while True:
        time = world.engine.next_time()
        if time is None or (end is not None and time >= end):
            break
        world.engine.step()
        yield from world.outlet.due(time)
    world.finish()
    yield from world.outlet.due(None)


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
    ) -> None:
        missing = [place for place in NEEDED_PLACES if not places.get(place).declared]
        if missing:
            raise ValueError(f"the simulation needs the places {', '.join(missing)}; start from places.sample.json")
        self.seed, self.start, self.visitors, self.places, self.truth = seed, start, visitors_per_day, places, truth
        self.tag = f"{Dice(f'{seed}/{start}').whole(0, 0xFFFFF):05x}"
        self.calendar = Calendar(timezone)
        self.engine = Engine(start - (LONGEST_LEAD_DAYS + 1) * DAY)
        self.outlet = Outlet(self.tag, truth, dirt=dirt)
        self.dice = Dice(f"{seed}/{start}/world")
        self.open: set[str] = set()
        self.callers: list[Party] = []
        self.returned_bands: list[str] = []
        self.points = {place.id: self._point(place) for place in places.all() if _has_line(place)}
        self._first_day = self.calendar.day(start)
        for day in (self._first_day, self._first_day + timedelta(days=1)):
            self._prelude(day)
        self.engine.at(start, self._begin)

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

    # -- days ------------------------------------------------------------------------------------

    def _prelude(self, day: date) -> None:
        """The bookings of those who come soon were made before the simulation begins."""
        for number, sketch in enumerate(sketches_of(self.seed, day, self.visitors)):
            if sketch.lead_days and day - timedelta(days=sketch.lead_days) < self._first_day:
                self.engine.start(before.plan(self, party_of(self.tag, self.seed, day, number, sketch)))

    def _begin(self) -> None:
        keeper.begin(self)
        for queue in self.with_role("calls"):
            self.engine.start(call_centre.calls(self, queue))
        for party in self._visitors(self._first_day, hotel=True):
            self.engine.start(visit.hotel_morning(self, party))
        self._new_day(self._first_day)

    def _new_day(self, day: date) -> None:
        self.engine.at(self.calendar.at(day, 24), partial(self._new_day, day + timedelta(days=1)))
        keeper.keep(self, day)
        for party in self._visitors(day, hotel=False):
            self.engine.start(visit.day_trip(self, party))
        for party in self._visitors(day + timedelta(days=1), hotel=True):
            self.engine.start(visit.hotel_evening(self, party))
        for ahead in range(1, LONGEST_LEAD_DAYS + 1):
            coming = day + timedelta(days=ahead)
            for number, sketch in enumerate(sketches_of(self.seed, coming, self.visitors)):
                if sketch.lead_days == ahead:
                    self.engine.start(before.plan(self, party_of(self.tag, self.seed, coming, number, sketch)))
        self.engine.start(before.browsers(self, day))

    def _visitors(self, day: date, *, hotel: bool) -> Iterator[Party]:
        for number, sketch in enumerate(sketches_of(self.seed, day, self.visitors)):
            if sketch.hotel == hotel:
                yield party_of(self.tag, self.seed, day, number, sketch)

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
        tell(self, role, happening, ticket, point)
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


def _nobody(_: Mapping[str, Any]) -> None:
    pass
