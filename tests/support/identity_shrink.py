"""A world in which something is wrong, made as small as it can be while it still is; and such a world in words."""

from collections.abc import Callable, Iterator

from support.identity_oracle import event_of
from support.identity_world import World

Wrong = Callable[[World], bool]
SCHEDULES = 6
"""So many interleavings are tried before a smaller world counts as right."""


def shrink(world: World, wrong: Wrong, *, most: int = 4_000) -> World:
    """`wrong` for the answer, too. At most `most` worlds are tried."""
    tried, late = 0, latest(world)
    while True:
        for smaller in _smaller(world):
            if latest(smaller) > late:
                continue
            tried += 1
            if tried > most:
                return world
            found = next((one for one in _schedules(smaller) if wrong(one)), None)
            if found is not None:
                world = found
                break
        else:
            return world


def latest(world: World) -> int:
    """How long after it happened the first copy of anything comes at most, ms."""
    first: dict[str, int] = {}
    for arrival in world.arrivals:
        if not arrival.orders:
            first.setdefault(arrival.told["event_id"], arrival.at - event_of(arrival.told).t)
    return max(first.values(), default=0)


def _schedules(world: World) -> Iterator[World]:
    yield world
    if world.partitions > 1 or world.crashes:
        yield from (world._replace(schedule=number) for number in range(SCHEDULES))


def _smaller(world: World) -> Iterator[World]:
    arrivals = world.arrivals
    size = len(arrivals) // 2
    while size:
        for first in range(0, len(arrivals), size):
            yield world._replace(arrivals=arrivals[:first] + arrivals[first + size :])
        size //= 2
    for number in range(len(world.quiet) - 1):
        yield world._replace(quiet=world.quiet[:number] + world.quiet[number + 1 :])
    if world.crashes:
        yield world._replace(crashes=0)
    if world.zone != "UTC":
        yield world._replace(zone="UTC")
    if world.partitions > 1:
        once = tuple(one._replace(input=0) for one in arrivals)
        yield world._replace(arrivals=once, partitions=1)
    yield from _fewer_identifiers(world)


def _fewer_identifiers(world: World) -> Iterator[World]:
    """In every copy of a touchpoint, so that copies stay copies."""
    for event_id in sorted({one.told["event_id"] for one in world.arrivals if not one.orders}):
        copies = [one for one in world.arrivals if one.told.get("event_id") == event_id]
        identifiers = copies[0].told["identifiers"]
        for kind in identifiers if len(identifiers) > 1 else ():
            told = copies[0].told | {"identifiers": {of: value for of, value in identifiers.items() if of != kind}}
            arrivals = tuple(one._replace(told=told) if one in copies else one for one in world.arrivals)
            yield world._replace(arrivals=arrivals)


def in_words(world: World) -> str:
    """One line per arrival: when it came, in which input, when it happened, what it says. Times in minutes."""
    start = world.arrivals[0].at if world.arrivals else 0
    lines = [
        f"{world.partitions} partitions, {world.zone}, schedule {world.schedule}, crashes {world.crashes}, "
        f"start {start}, quiet {[(at - start) / 60_000 for at in world.quiet]}"
    ]
    for at, number, told, orders in world.arrivals:
        came = f"{(at - start) / 60_000:9.3f} in {number}"
        if orders:
            lines.append(f"{came} {told['kind']} {told['weak']} {told.get('strong', '')}")
            continue
        event = event_of(told)
        names = " ".join(name.replace("h1:" + name[-2:] * 32, name[-2:]) for name in event.names)
        happened = f"{(event.t - start) / 60_000:9.3f}"
        lines.append(f"{came} at {happened} {event.type} {names} {event.place or ''} {event.data} {event.event_id}")
    return "\n".join(lines)
