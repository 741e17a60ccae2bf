"""Small worlds written by hand: who did what in which minute, and who is seen in the end."""

from datetime import datetime, timezone
from typing import Any

from support.identity_check import truth
from support.identity_people import customers_of
from support.identity_road import Road
from support.identity_world import HOUR, MINUTE, Arrival, World

NOON = 1_790_078_400_000  # 2026-09-22 12:00 UTC
NEEDED: dict[str, dict[str, Any]] = {
    "page.viewed": {"page": "/"},
    "sale.made": {"receipt": "r1", "currency": "EUR"},
    "order.placed": {"currency": "EUR"},
    "booking.made": {"arrives_on": "2026-10-01", "currency": "EUR"},
}


def told(minute: float, kind: str, who: str, channel: str = "app", late: float = 0, **data: Any) -> Arrival:
    """`who`: identifiers written type:value, apart by blanks. `late`: minutes until it arrives."""
    at = NOON + round(minute * MINUTE)
    identifiers = dict(name.split(":", 1) for name in who.split())
    event = {"event_id": f"{kind} {minute} {who}", "source": "hand", "channel": channel, "type": kind}
    event["occurred_at"] = datetime.fromtimestamp(at / 1_000, tz=timezone.utc).isoformat(timespec="milliseconds")
    if "place" in data:
        event["place"] = data.pop("place")
    event |= {"identifiers": identifiers, "data": NEEDED.get(kind, {}) | data}
    return Arrival(at + round(late * MINUTE), 0, event)


def ordered(minute: float, kind: str, weak: str, strong: str) -> Arrival:
    command = {
        "command": f"{kind} {minute}",
        "kind": kind,
        "weak": weak,
        "strong": strong,
        "who": "ann",
        "why": "asked",
    }
    return Arrival(NOON + round(minute * MINUTE), 0, command, orders=True)


def world(*arrivals: Arrival, schedule: int = 0) -> World:
    """In one input and three partitions; read to the end two hours after the last arrival."""
    came = tuple(sorted(arrivals, key=lambda one: one.at))
    return World(came, (came[-1].at + 2 * HOUR,), 3, "UTC", schedule, 5)


Seen = dict[str, tuple[int, int, int]]


def seen_by_oracle(one: World) -> Seen:
    """By customer: touchpoints, visits, waits."""
    people = customers_of(truth(one, one.quiet[-1]).people)
    return {name: (person.touchpoints, len(person.visits), person.waits) for name, person in people.items()}


def road_of(one: World) -> Road:
    """After all was read to its end."""
    road = Road(one)
    for time in one.quiet:
        road.read_until(time)
    return road


def seen_in_rows(one: World) -> Seen:
    """The same from the rows that the stage has written."""
    rows = road_of(one).reader.rows("customers")
    return {name: (row["touchpoints"], row["visits"], row["waits"]) for (name,), row in rows.items()}
