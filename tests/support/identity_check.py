"""What a reader of the rows sees at a quiet point, against the oracle: each difference as a line of text."""

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from support.identity_oracle import (
    LEASED,
    MADE,
    STABLE,
    Command,
    Event,
    Identity,
    event_of,
    identify,
    kind_of,
    lives,
    plain,
    position,
)
from support.identity_people import House, Person, customers_of, people_of, waits_of
from support.identity_road import Road
from support.identity_world import LATENESS, PLACES, WINDOW, World

TIMER_WAIT, UPKEEP = 5_000, 600_000
Rows = dict[Any, Any]


class Truth(NamedTuple):
    """All that is to be known at one time (ms). `copies`: how many of an identifier's touchpoints came again."""

    time: int
    events: list[Event]
    copies: Counter[str]
    identity: Identity
    people: dict[str, Person]
    stays: Rows
    commands: list[Command]


def truth(world: World, time: int) -> Truth:
    """From what had come by then, each touchpoint once."""
    came = [arrival for arrival in world.arrivals if arrival.at <= time]
    told = [event_of(arrival.told) for arrival in came if not arrival.orders]
    given = [
        Command(one.told["weak"], one.told["strong"], one.told["kind"] == "unlink", one.at)
        for one in sorted(came, key=lambda one: (one.at, one.input))
        if one.orders
    ]
    told, commands = lives(told, given, WINDOW)
    events = [*{(event.source, event.event_id): event for event in told}.values()]
    copies = Counter(event.names[0] for event in told if event.names)
    copies.subtract(event.names[0] for event in events if event.names)
    identity = identify(events, commands)
    waits, stays = waits_of(events, PLACES, time - TIMER_WAIT)
    people = people_of(events, waits, identity, House("EUR", ZoneInfo(world.zone), PLACES))
    return Truth(time, events, copies, identity, people, stays, commands)


def run(world: World) -> list[str]:
    """What is wrong at the first quiet point at which anything is; at the last one nothing waits any more."""
    road, last = Road(world), world.quiet[-1]
    for time in world.quiet if is_certain(world, last) else (*world.quiet, last + LATENESS + 2 * UPKEEP):
        road.read_until(time)
        wrong = differences(road.reader.rows, truth(world, time)) if is_certain(world, time) else []
        if wrong:
            return [f"at {time}", *wrong]
    return []


def is_certain(world: World, time: int) -> bool:
    """Whether nothing that comes later than this may break a silence after which a call or token was heard of again.

    What was heard waits so long, and is told by nobody.
    """
    told = [event_of(one.told) for one in world.arrivals if not one.orders and one.at <= time]
    heard: dict[str, set[int]] = defaultdict(set)
    for event in told:
        for name in event.names:
            heard[name].add(event.t)
    for one in world.arrivals:
        if one.orders and one.at <= time:
            heard[one.told["weak"]].add(one.at)
    ends = [
        before
        for name, times in heard.items()
        for before, now in pairwise(sorted(times))
        if kind_of(name) in MADE and now - before > WINDOW
    ]
    return max(ends, default=0) + WINDOW + LATENESS + UPKEEP <= time


def differences(rows: Callable[[str], Rows], known: Truth, *, copies: bool = True) -> list[str]:
    """`rows`: what a reader sees of a table, by its key. `copies`: whether it is known how many came twice."""
    return [
        *_compare("customers", _customers_told(rows("customers")), _customers(known)),
        *_compare("visits", _visits_told(rows("visits")), _visits(known)),
        *_compare("links", _links_told(rows("identity_links")), _links(known)),
        *_compare("reasons", _reasons_told(rows("identity_links")), _reasons(known)),
        *_compare("tops", _tops_told(rows("identity_links")), _tops(known)),
        *_compare("stays", *_stays(rows("stays"), known)),
        *_compare("counts", _counts_told(rows("identifiers"), copies=copies), _counts(known, copies=copies)),
        *_compare("sums", _sums_told(rows), _sums(known)),
    ]


def _compare(what: str, told: Rows, right: Rows) -> list[str]:
    keys = sorted({*told, *right}, key=str)
    return [
        f"{what} {key}: expected {right.get(key)}, got {told.get(key)}"
        for key in keys
        if told.get(key) != right.get(key)
    ]


# -- customers and visits --------------------------------------------------------------------------


def _customers(known: Truth) -> Rows:
    return {
        name: {
            "first_seen": person.first and person.first / 1000,
            "last_seen": person.last and person.last / 1000,
            "touchpoints": person.touchpoints,
            "visits": len(person.visits),
            "orders": person.orders,
            "amount": person.amounts.get("EUR", Decimal(0)),
            "other_currencies": {of: amount for of, amount in person.amounts.items() if amount and of != "EUR"},
            "is_returning": int(len(person.visits) >= 2),
            "waits": person.waits,
            "wait_seconds": person.wait_ms / 1000,
            "consents": person.consents,
            "audiences": sorted(person.audiences),
        }
        for name, person in customers_of(known.people).items()
    }


def _customers_told(rows: Rows) -> Rows:
    return {
        name: {
            "first_seen": row["first_seen"],
            "last_seen": row["last_seen"],
            "touchpoints": row["touchpoints"],
            "visits": row["visits"],
            "orders": row["orders"],
            "amount": Decimal(row["amount"]),
            "other_currencies": {of: Decimal(text) for of, text in row["other_currencies"].items() if Decimal(text)},
            "is_returning": row["is_returning"],
            "waits": row["waits"],
            "wait_seconds": round(row["wait_seconds"], 3),
            "consents": row["consents"],
            "audiences": sorted(row["audiences"]),
        }
        for (name,), row in rows.items()
    }


def _visits(known: Truth) -> Rows:
    return {
        (name, visit.start): {
            "ended_at": visit.last / 1000,
            "covers_until": visit.cover / 1000,
            "touchpoints": visit.touchpoints,
            "channels": sorted(visit.channels),
            "places": sorted(visit.places),
            "bookings": sorted(visit.bookings),
            "amount": visit.amount,
            "waits": visit.waits,
            "wait_seconds": visit.wait_ms / 1000,
        }
        for name, person in customers_of(known.people).items()
        for visit in person.visits
    }


def _visits_told(rows: Rows) -> Rows:
    return {
        (name, round(start * 1000)): {
            "ended_at": row["ended_at"],
            "covers_until": row["covers_until"],
            "touchpoints": row["touchpoints"],
            "channels": sorted(row["channels"]),
            "places": sorted(row["places"]),
            "bookings": sorted(row["bookings"]),
            "amount": Decimal(row["amount"]),
            "waits": row["waits"],
            "wait_seconds": round(row["wait_seconds"], 3),
        }
        for (name, start), row in rows.items()
    }


# -- who holds what --------------------------------------------------------------------------------


def _links(known: Truth) -> Rows:
    """Of leased ones each change of hands: [(from when on, who)]; of the others who, and where on whose line."""
    found: Rows = {}
    for name in sorted({*known.identity.known, *known.identity.links, *known.identity.merged}):
        if name in known.identity.runs:
            steps = {run.start: run.holder for run in known.identity.runs[name]}
            found[name] = _steps(sorted(steps.items()))
        else:
            holder, at = known.identity.holder(name, 0)
            found[name] = (holder, at if holder and kind_of(holder) not in STABLE else 0)
    for (name, _), held in sorted(
        (row_named(known, name), found.pop(name)) for name in [*found] if kind_of(name) in MADE
    ):
        found[name] = [*found.get(name, []), held] if held[0] else found.get(name, [])
    return {name: found[name] for name in found if found[name] not in ([], ("", 0))}


def row_named(known: Truth, name: str) -> tuple[str, int]:
    """(identifier, position) of the row of a stable or made one: of each call or token of one name there is one."""
    times = [event.t for event in known.events if name in event.names] if kind_of(name) in MADE else []
    return plain(name), min(times, default=0) * 4


def _links_told(rows: Rows) -> Rows:
    steps: dict[str, list[tuple[int, str]]] = defaultdict(list)
    found: Rows = {}
    for (name, start), row in sorted(rows.items()):
        if kind_of(name) in STABLE:
            found[name] = (row["holder"], row["holder_pos"])
        elif kind_of(name) in MADE:
            found[name] = found.get(name, []) + ([(row["holder"], row["holder_pos"])] if row["holder"] else [])
        else:
            steps[name].append((start, row["holder"]))
    found |= {name: _steps(one) for name, one in steps.items()}
    return {name: found[name] for name in found if found[name] not in ([], ("", 0))}


def _steps(runs: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Only where the holder changes; the beginning of time is 0."""
    steps: list[tuple[int, str]] = []
    for start, holder in runs:
        if holder != (steps[-1][1] if steps else ""):
            steps.append((max(0, start), holder))
    return steps


def _reasons(known: Truth) -> Rows:
    """Of each row that names somebody, or says why not: its status and the touchpoint that says so."""
    found: Rows = {}
    conflicts = known.identity.conflicts()
    for name, links in known.identity.links.items():
        holder, _ = known.identity.holder(name, 0)
        if holder:
            found[row_named(known, name)] = ("conflict" if name in conflicts else "held", links[holder][1:])
    for name, runs in known.identity.runs.items():
        found |= {(name, max(0, run.start)): (run.status, run.when) for run in runs}
    return {key: reason for key, reason in found.items() if reason != ("open", None)}


def _reasons_told(rows: Rows) -> Rows:
    found: Rows = {}
    for (name, start), row in rows.items():
        at = row["evidence_at"]
        when = None if at is None else (round(at * 1000), row["evidence_source"], row["evidence_event_id"])
        if kind_of(name) in LEASED or (row["holder"] and kind_of(name) != "customer"):
            found[name, max(0, start)] = (row["status"], when)
    return {key: reason for key, reason in found.items() if reason != ("open", None)}


def _tops(known: Truth) -> Rows:
    """What a stable identifier's row calls its customer."""
    names = {*known.identity.links, *known.identity.merged}
    tops = {name: known.identity.top(name, 0) for name in names if kind_of(name) in STABLE}
    return {name: top for name, top in tops.items() if top != name}


def _tops_told(rows: Rows) -> Rows:
    stable = {name: row["customer"] for (name, _), row in rows.items() if kind_of(name) in STABLE}
    return {name: top for name, top in stable.items() if top != name}


# -- stays -----------------------------------------------------------------------------------------


def _stays(rows: Rows, known: Truth) -> tuple[Rows, Rows]:
    """(told, right); who it was is asked only of what is recent: a stay behind the horizon keeps its name."""
    right = {}
    for (place, thing, joined, nth), row in known.stays.items():
        top = known.identity.top(thing, position(joined))
        recent = joined >= known.time - LATENESS
        customer = ("" if kind_of(top) in MADE else top) if recent else None
        right[place, plain(thing), row["joined_at"], nth] = row | {"customer": customer}
    told = {}
    for key, row in rows.items():
        columns = right.get(key, row)
        told[key] = {column: row[column] for column in columns if column in row}
        if key in right and right[key]["customer"] is None:
            told[key]["customer"] = None
    return told, right


# -- nothing twice, nothing lost -------------------------------------------------------------------


def _counts(known: Truth, *, copies: bool) -> Rows:
    """Of each identifier what it counted itself: touchpoints, copies, and nothing that came too late."""
    counted = Counter(event.names[0] for event in known.events if event.names)
    latest, of = _latest(known), known.copies if copies else Counter()
    return {plain(name): (counted[name], of[name], 0) for name in counted if latest[plain(name)] == name}


def _latest(known: Truth) -> dict[str, str]:
    """Of each identifier which one bears that name now: only that one is counted at it."""
    return {plain(name): name for event in sorted(known.events, key=lambda one: one.t) for name in event.names}


def _counts_told(rows: Rows, *, copies: bool) -> Rows:
    told = {
        name: (row["touchpoints"], row["duplicates"] if copies else 0, row["late"]) for (name,), row in rows.items()
    }
    return {name: counts for name, counts in told.items() if counts != (0, 0, 0)}


def _sums(known: Truth) -> Rows:
    """However they are told apart, the touchpoints of all people are the touchpoints."""
    counted = [event for event in known.events if event.names]
    nobody = sum(person.touchpoints for top, person in known.people.items() if kind_of(top) in MADE)
    latest = {*_latest(known).values()}
    now = sum(event.names[0] in latest for event in counted)
    return {"of identifiers": now, "of customers": len(counted) - nobody}


def _sums_told(rows: Callable[[str], Rows]) -> Rows:
    return {
        "of identifiers": sum(row["touchpoints"] for row in rows("identifiers").values()),
        "of customers": sum(row["touchpoints"] for row in rows("customers").values()),
    }
