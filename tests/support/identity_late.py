"""What must be true of a world whose news comes later than allowed: never twice, never lost within the window."""

from collections import Counter
from typing import Any

from support.identity_check import Truth, truth
from support.identity_oracle import MADE, event_of, kind_of, plain
from support.identity_road import Road
from support.identity_world import WINDOW, World


def run_late(world: World) -> list[str]:
    """What is wrong at the end of it; how people are told apart may differ from the oracle."""
    road, end = Road(world), world.quiet[-1]
    for time in world.quiet:
        road.read_until(time)
    known = truth(world, end)
    return [
        *_counted_once(road, world, known),
        *_each_arrival_accounted(road, world),
        *_too_late_counts_nowhere(road, world, known),
        *_split_without_rest(road),
    ]


def _counted_once(road: Road, world: World, known: Truth) -> list[str]:
    """Each touchpoint once, at most; what came within the window for certain; what is missing is counted as late."""
    rows = lives(road)
    counted, late = sum(row["touchpoints"] for row in rows), sum(row["late"] for row in rows)
    named = [event for event in known.events if event.names]
    first: dict[tuple[str, str], int] = {}
    for arrival in reversed(world.arrivals):
        if not arrival.orders:
            first[arrival.told["source"], arrival.told["event_id"]] = arrival.at
    in_time = sum(first[event.source, event.event_id] - event.t <= WINDOW for event in named)
    if not in_time <= counted <= len(named):
        return [f"counted {counted} of {len(named)} touchpoints, {in_time} of them came within the window"]
    return [f"{len(named) - counted} are missing, {late} were late"] if late < len(named) - counted else []


def _each_arrival_accounted(road: Road, world: World) -> list[str]:
    """Of each identifier: whatever came was counted, was known already, or was late. Late sightings count beside."""
    came: Counter[str] = Counter()
    for arrival in world.arrivals:
        if arrival.at <= world.quiet[-1] and not arrival.orders and (names := event_of(arrival.told).names):
            came[plain(names[0])] += 1
    told: Counter[str] = Counter()
    for row in lives(road):
        told[row["identifier"]] += row["touchpoints"] + row["duplicates"] + row["late"]
    wrong = sorted(name for name in came if told[name] < came[name])
    return [f"{name}: {came[name]} came, {told[name]} were counted, known or late" for name in wrong]


def _too_late_counts_nowhere(road: Road, world: World, known: Truth) -> list[str]:
    """What was older than the window when all had been read the last time is in nobody's figures."""
    first: dict[tuple[str, str], int] = {}
    for arrival in reversed(world.arrivals):
        if not arrival.orders:
            first[arrival.told["source"], arrival.told["event_id"]] = arrival.at
    late: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for event in known.events:
        if event.names:
            read = max((quiet for quiet in world.quiet if quiet < first[event.source, event.event_id]), default=0)
            named[plain(event.names[0])] += 1
            late[plain(event.names[0])] += event.t < read - WINDOW
    counted: Counter[str] = Counter()
    for row in lives(road):
        counted[row["identifier"]] += row["touchpoints"]
    return [
        f"{name}: {counted[name]} of {named[name]} are counted, though {late[name]} came too late"
        for name in sorted(named)
        if counted[name] > named[name] - late[name]
    ]


def lives(road: Road) -> list[dict[str, Any]]:
    """Of each identifier what it counts, and of each call or token what an earlier one of that name has counted."""
    return [*road.reader.former, *road.reader.rows("identifiers").values()]


def _is_nobodys(road: Road, row: dict[str, Any]) -> bool:
    """A call or token that nobody holds: none of its rows, from the last that it covers on, names anybody."""
    if kind_of(row["identifier"]) not in MADE:
        return False
    last = round(row["last_seen"] * 1000) * 4 + 3
    links = sorted(
        (pos, link) for (name, pos), link in road.reader.rows("identity_links").items() if name == row["identifier"]
    )
    covering = [link for pos, link in links if pos <= last]
    return not covering or not covering[-1]["holder"]


def _split_without_rest(road: Road) -> list[str]:
    """Customers have together what identifiers counted, except calls and tokens that nobody holds."""
    nobody = sum(row["touchpoints"] for row in lives(road) if _is_nobodys(road, row))
    of_customers = sum(row["touchpoints"] for row in road.reader.rows("customers").values())
    of_visits = sum(row["visits"] for row in road.reader.rows("customers").values())
    told = len(road.reader.rows("visits"))
    wrong = [] if of_visits == told else [f"customers have {of_visits} visits, {told} are told"]
    expected = sum(row["touchpoints"] for row in lives(road)) - nobody
    return wrong if of_customers == expected else [*wrong, f"customers have {of_customers} of {expected} touchpoints"]
