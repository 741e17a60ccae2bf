"""What must be true of a world whose news comes later than allowed: never twice, never lost within the window."""

from support.identity_check import Truth, truth
from support.identity_oracle import MADE, kind_of
from support.identity_road import Road
from support.identity_world import WINDOW, World


def run_late(world: World) -> list[str]:
    """What is wrong at the end of it; how people are told apart may differ from the oracle."""
    road, end = Road(world), world.quiet[-1]
    for time in world.quiet:
        road.read_until(time)
    return [*_counted_once(road, world, truth(world, end)), *_split_without_rest(road, truth(world, end))]


def _counted_once(road: Road, world: World, known: Truth) -> list[str]:
    """Each touchpoint once, at most; what came within the window for certain; what is missing is counted as late."""
    rows = road.reader.rows("identifiers").values()
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


def _split_without_rest(road: Road, known: Truth) -> list[str]:
    """Customers have together what identifiers counted, except calls and tokens that nobody holds."""
    rows = {name: row["touchpoints"] for (name,), row in road.reader.rows("identifiers").items()}
    nobody = sum(count for name, count in rows.items() if kind_of(name) in MADE and not known.identity.links.get(name))
    of_customers = sum(row["touchpoints"] for row in road.reader.rows("customers").values())
    of_visits = sum(row["visits"] for row in road.reader.rows("customers").values())
    told = len(road.reader.rows("visits"))
    wrong = [] if of_visits == told else [f"customers have {of_visits} visits, {told} are told"]
    expected = sum(rows.values()) - nobody
    return wrong if of_customers == expected else [*wrong, f"customers have {of_customers} of {expected} touchpoints"]
