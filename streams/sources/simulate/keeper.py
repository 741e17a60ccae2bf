"""Keeping the places: they open and close, staff come and go, signs are set, and once a day a ride stands still."""

from datetime import date
from functools import partial

from schemas.place import Place
from streams.sources.simulate.dice import Dice
from streams.sources.simulate.engine import Story
from streams.sources.simulate.park import MINUTE, opening_hours, profile, staff_at, staff_changes
from streams.sources.simulate.world import World

SIGN_EVERY = 5 * MINUTE
AREAS_CLOSE_AFTER = 75 * MINUTE
"""An area is declared closed so long after its hour: the last rides have ended and people have walked out."""


def begin(world: World) -> None:
    """What never closes is open from the start."""
    for place in world.places.all():
        if _never_closes(place):
            world.open.add(place.id)
            _assign(world, place)


def keep(world: World, day: date) -> None:
    """Plan this day of every place."""
    for place in world.places.all():
        for hour in staff_changes(place):
            world.engine.at(world.calendar.at(day, hour), partial(_assign, world, place))
        if not _never_closes(place):
            opens, closes = (world.calendar.at(day, hour) for hour in opening_hours(place))
            if closes > world.start:
                world.engine.at(opens, partial(_open, world, place))
                world.engine.at(closes, partial(_close, world, place))
    world.engine.start(_breakdown(world, day))


def _never_closes(place: Place) -> bool:
    return place.opens is None and place.closes is None


def _open(world: World, place: Place) -> None:
    world.open.add(place.id)
    world.say("operations", "desk", "place.opened", place=place.id)
    _assign(world, place, opening=True)
    if profile(place).role == "ride":
        world.engine.start(_sign(world, place))


def _assign(world: World, place: Place, *, opening: bool = False) -> None:
    """As many as the plan says for this hour, where that is a change."""
    point = world.points.get(place.id)
    if point is None or place.id not in world.open:
        return
    count = staff_at(place, world.calendar.hour(world.now))
    if opening or count != point.servers:
        _set_staff(world, place.id, count)


def _set_staff(world: World, place: str, count: int) -> None:
    """So many work here from now on, and the roster says so."""
    world.points[place].set_servers(count)
    world.say("roster", "desk", "staff.assigned", place=place, data={"count": count})


def _close(world: World, place: Place) -> None:
    """Nobody comes in any more; who waits is still served, then the place is closed."""
    world.open.discard(place.id)
    world.engine.start(_empty_out(world, place))


def _empty_out(world: World, place: Place) -> Story:
    point = world.points.get(place.id)
    if point is None:
        yield world.now + AREAS_CLOSE_AFTER
    elif profile(place).role == "virtual":
        point.send_away()
    else:
        while not point.empty:
            yield world.now + MINUTE
    if place.id not in world.open:
        world.say("operations", "desk", "place.closed", place=place.id)


def _sign(world: World, place: Place) -> Story:
    """What the sign at the entrance says: the line seen, rounded up to five minutes."""
    yield world.now + int(world.dice.between(0, SIGN_EVERY))
    while place.id in world.open:
        minutes = -(-world.points[place.id].visible_wait_ms() // SIGN_EVERY) * 5
        world.say("signs", "sensor", "wait.posted", place=place.id, data={"minutes": int(minutes)})
        yield world.now + SIGN_EVERY


def _breakdown(world: World, day: date) -> Story:
    """One ride stands still for a while; its line does what lines do."""
    rides = world.with_role("ride")
    dice = Dice(f"{world.seed}/{day.isoformat()}/breakdown")
    place, at, minutes = dice.pick(rides), dice.between(11, 19), dice.between(12, 35)
    begins = world.calendar.at(day, at)
    if begins < world.now:
        return
    yield begins
    if place not in world.open:
        return
    _set_staff(world, place, 0)
    change = {"kind": "incident", "title": f"{place} stands still"}
    world.say("operations", "desk", "change.recorded", data=change)
    yield world.now + int(minutes * MINUTE)
    _set_staff(world, place, staff_at(world.places.get(place), world.calendar.hour(world.now)))
