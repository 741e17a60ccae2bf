"""Day after day: places open and close, people come and book, and everything that happens is told in order."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from schemas.place import Places
from streams.sources.simulate import before, call_centre, keeper, visit
from streams.sources.simulate.emission import Emission, TruthWriter
from streams.sources.simulate.people import LONGEST_LEAD_DAYS, Party, party_of, sketches_of
from streams.sources.simulate.telling import tell
from streams.sources.simulate.world import World


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
    world = World(seed, start_ms, visitors_per_day, places, timezone, truth or _nobody, dirt, tell)
    for day in (world.first_day, world.first_day + timedelta(days=1)):
        _prelude(world, day)
    world.engine.at(start_ms, partial(_begin, world))
    end = None if duration_ms is None else start_ms + duration_ms
    while True:
        time = world.engine.next_time()
        if time is None or (end is not None and time >= end):
            break
        world.engine.step()
        yield from world.outlet.due(time)
    world.finish()
    yield from world.outlet.due(None)


def _prelude(world: World, day: date) -> None:
    """The bookings of those who come soon were made before the simulation begins."""
    for number, sketch in enumerate(sketches_of(world.seed, day, world.visitors)):
        if sketch.lead_days and day - timedelta(days=sketch.lead_days) < world.first_day:
            world.engine.start(before.plan(world, party_of(world.tag, world.seed, day, number, sketch)))


def _begin(world: World) -> None:
    keeper.begin(world)
    for queue in world.with_role("calls"):
        world.engine.start(call_centre.calls(world, queue))
    for party in _visitors(world, world.first_day, hotel=True):
        world.engine.start(visit.hotel_morning(world, party))
    _new_day(world, world.first_day)


def _new_day(world: World, day: date) -> None:
    world.engine.at(world.calendar.at(day, 24), partial(_new_day, world, day + timedelta(days=1)))
    keeper.keep(world, day)
    for party in _visitors(world, day, hotel=False):
        world.engine.start(visit.day_trip(world, party))
    for party in _visitors(world, day + timedelta(days=1), hotel=True):
        world.engine.start(visit.hotel_evening(world, party))
    for ahead in range(1, LONGEST_LEAD_DAYS + 1):
        coming = day + timedelta(days=ahead)
        for number, sketch in enumerate(sketches_of(world.seed, coming, world.visitors)):
            if sketch.lead_days == ahead:
                world.engine.start(before.plan(world, party_of(world.tag, world.seed, coming, number, sketch)))
    world.engine.start(before.browsers(world, day))


def _visitors(world: World, day: date, *, hotel: bool) -> Iterator[Party]:
    for number, sketch in enumerate(sketches_of(world.seed, day, world.visitors)):
        if sketch.hotel == hotel:
            yield party_of(world.tag, world.seed, day, number, sketch)


def _nobody(_: Mapping[str, Any]) -> None:
    pass
