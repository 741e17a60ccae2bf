"""What is known of each customer, from who holds what: all touchpoints and waits, sorted, no summary of summaries."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from support.identity_oracle import MADE, Event, Identity, kind_of, plain, position
from support.stitch_oracle import Told, row_of, stays_of

from schemas.place import Places

DIGITAL, PHYSICAL = 1_800_000, 14_400_000
"""How long a touchpoint covers, ms; exactly the gap still belongs."""
PHYSICAL_GROUPS = ("presence.", "place.", "queue.", "service.")
PHYSICAL_TYPES = ("sale.made", "refund.made", "room.unlocked", "meal.ordered")
SENT_BY_US = ("message.sent", "reply.sent", "confirmation.sent", "order.ready")
"""What the company sends is a touchpoint, but nothing that the customer does."""
SOMEWHERE = (*PHYSICAL_GROUPS, *PHYSICAL_TYPES, "photo.taken", "bus.boarded", "call.")
ADDS_WITHOUT_ORDER = ("booking.made", "meal.ordered", "subscription.started", "subscription.renewed")
IN_HAND = ("call", "token", "wristband", "device", "cookie", "loyalty_card", "phone", "email", "customer")


class Wait(NamedTuple):
    """A finished wait of the thing in the hand."""

    thing: str
    joined: int
    ms: int


@dataclass
class OracleVisit:
    start: int
    last: int
    cover: int
    touchpoints: int = 0
    channels: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    bookings: set[str] = field(default_factory=set)
    amount: Decimal = Decimal(0)
    waits: int = 0
    wait_ms: int = 0


@dataclass
class Person:
    touchpoints: int = 0
    first: int | None = None
    last: int | None = None
    visits: list[OracleVisit] = field(default_factory=list)
    orders: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    waits: int = 0
    wait_ms: int = 0
    consents: dict[str, int] = field(default_factory=dict)
    audiences: set[str] = field(default_factory=set)


class House(NamedTuple):
    """What the installation decides."""

    currency: str
    zone: ZoneInfo
    places: Places


def people_of(events: Iterable[Event], waits: Iterable[Wait], identity: Identity, house: House) -> dict[str, Person]:
    """By the name of the top; a call or token that nobody holds is among them."""
    heard: dict[str, list[Event]] = defaultdict(list)
    waited: dict[str, list[Wait]] = defaultdict(list)
    for event in events:
        if event.names:
            heard[identity.top(event.names[0], event.position)].append(event)
    for wait in waits:
        waited[identity.top(wait.thing, position(wait.joined))].append(wait)
    return {top: _person(heard[top], waited[top], house) for top in sorted({*heard, *waited})}


def customers_of(people: dict[str, Person]) -> dict[str, Person]:
    return {top: person for top, person in people.items() if kind_of(top) not in MADE}


def _person(events: list[Event], waits: list[Wait], house: House) -> Person:
    person = Person(len(events), waits=len(waits), wait_ms=sum(wait.ms for wait in waits))
    events.sort(key=lambda event: event.when)
    if events:
        person.first, person.last = events[0].t, events[-1].t
    person.visits = visits_of([event for event in events if event.type not in SENT_BY_US], house.zone)
    for event in events:
        person.audiences.add(event.data.get("audience", "customer"))
        if event.type == "consent.changed":
            person.consents[event.data["purpose"]] = int(event.data["granted"])
    _money(person, events, house.currency)
    find = _finder(person.visits)
    for wait in waits:
        visit = find(wait.joined)
        if visit is not None:
            visit.waits += 1
            visit.wait_ms += wait.ms
    return person


def visits_of(events: list[Event], zone: ZoneInfo) -> list[OracleVisit]:
    """Connected covers of what somebody did; `events` by time."""
    visits: list[OracleVisit] = []
    for event in events:
        if not visits or event.t > visits[-1].cover:
            visits.append(OracleVisit(event.t, event.t, event.t))
        visit = visits[-1]
        visit.last, visit.cover = event.t, max(visit.cover, cover_of(event, zone))
        visit.touchpoints += 1
        visit.channels.add(event.channel)
        visit.places |= {event.place} if event.place else set()
        visit.bookings |= {event.booking} if event.booking else set()
    return visits


def cover_of(event: Event, zone: ZoneInfo) -> int:
    """Until when it lasts at most; 04:00 by the clock on the wall cuts every visit."""
    physical = event.type.startswith(PHYSICAL_GROUPS) or event.type in PHYSICAL_TYPES
    return min(event.t + (PHYSICAL if physical else DIGITAL), next_cut(event.t, zone) - 1)


def next_cut(t: int, zone: ZoneInfo) -> int:
    """The first 04:00 after `t`, ms."""
    day = datetime.fromtimestamp(t / 1000, zone).date() - timedelta(days=1)
    while True:
        cut = round(datetime.combine(day, time(4), zone).timestamp() * 1000)
        if cut > t:
            return cut
        day += timedelta(days=1)


def _finder(visits: list[OracleVisit]) -> Callable[[int], OracleVisit | None]:
    starts = [visit.start for visit in visits]

    def find(t: int) -> OracleVisit | None:
        index = bisect_right(starts, t) - 1
        return visits[index] if index >= 0 and t <= visits[index].cover else None

    return find


def _money(person: Person, events: list[Event], currency: str) -> None:
    """Sales, orders placed first and never cancelled, the rest without an order, less refunds."""
    find = _finder(person.visits)

    def add(event: Event, sign: int) -> None:
        amount, of = Decimal(str(event.data.get("amount", 0))), event.data.get("currency", currency)
        person.amounts[of] += sign * amount
        visit = find(event.t)
        if visit is not None and of == currency:
            visit.amount += sign * amount

    cancelled = {event.data["order"] for event in events if event.type == "order.cancelled"}
    placed: set[str] = set()
    for event in events:
        order = event.data.get("order")
        if event.type == "order.placed":
            if order not in placed | cancelled:
                placed.add(order)
                add(event, 1)
        elif event.type == "refund.made":
            add(event, -1)
        elif event.type == "sale.made" or (event.type in ADDS_WITHOUT_ORDER and not order):
            add(event, 1)
    person.orders = len(placed)


# -- waits -----------------------------------------------------------------------------------------


def told_of(events: Iterable[Event]) -> dict[str, list[Told]]:
    """What is said of where each thing in a hand is; that a wristband changes hands is said to the wristband."""
    told: dict[str, list[Told]] = defaultdict(list)
    for event in events:
        at = (event.t, event.source, event.event_id, event.type)
        if event.names and event.type.startswith(SOMEWHERE) and (event.place or event.type.startswith("call.")):
            thing = min(event.names, key=lambda name: IN_HAND.index(kind_of(name)))
            server = event.data.get("server", event.data.get("agent", ""))
            told[thing].append(Told(*at, event.place or "", server))
        if event.type in ("wristband.issued", "wristband.returned"):
            for band in event.names:
                if kind_of(band) == "wristband":
                    told[band].append(Told(*at, ""))
    return told


def waits_of(
    events: list[Event], places: Places, as_of: int | None
) -> tuple[list[Wait], dict[tuple[str, str, int, int], dict[str, object]]]:
    """The finished waits, and all stays by (place, thing, joined, nth), as known when `as_of` (ms) has passed."""
    waits, rows = [], {}
    closed = [(event.place or "", event.t) for event in events if event.type == "place.closed"]
    for thing, told in told_of(events).items():
        for stay in stays_of(thing, told, closed, places, as_of):
            row = row_of(plain(thing), stay)
            rows[stay.place, thing, stay.joined, stay.nth] = row
            if row["wait_seconds"] is not None:
                waits.append(Wait(thing, stay.joined, round(row["wait_seconds"] * 1000)))
    return waits, rows
