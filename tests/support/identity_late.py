"""What must be true of a world whose news comes later than allowed: never twice, never lost within the window."""

from typing import Any

from support.identity_check import Truth, truth
from support.identity_oracle import MADE, kind_of
from support.identity_road import Road
from support.identity_world import WINDOW, World


def run_late(world: World) -> list[str]:
    """What is wrong at the end of it; how people are told apart may differ from the oracle."""
    road, end = Road(world), world.quiet[-1]
    for time in world.quiet:
        road.read_until(time)
    return [*_counted_once(road, world, truth(world, end)), *_split_without_rest(road)]


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
