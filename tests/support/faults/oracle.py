"""What must be visible once everything is quiet: a plain reduction of the topic `touchpoints`, as Kafka has it.

Shares no code with the stages; the rules of stays, snapshots and curves are those of the oracles beside this package.
"""

import asyncio
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from support import load_oracle, stitch_oracle, sweep_oracle

from schemas.place import Places
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination
from streams.kafka.standing import ends, read
from streams.topology import rows_topic

Named = tuple[str, str, float, int]
"""(place, identifier, joined in s since 1970, nth): what tells a stay from every other."""

STRENGTH = ["customer", "wristband", "cookie", "call"]
IN_HAND = ["call", "wristband", "cookie", "customer"]
"""Of the identifiers that the load uses."""

QUEUES = ("queue.joined", "queue.left", "service.started", "service.ended")
CALLS = ("call.entered", "call.queued", "call.answered", "call.abandoned", "call.ended")
PHYSICAL = ("place.entered", "place.left", "sale.made", "presence.seen")
FACTS = ("wait.posted", "staff.assigned")
KNOWN_TYPES = (*QUEUES, *CALLS, *PHYSICAL, *FACTS, "page.viewed")

KNOWN_CHANNELS = ("web", "app", "wristband", "till", "call_center")
LARGEST_BYTES = 256 << 10

EARLIEST_MS, AHEAD_MS = 631_152_000_000, 86_400_000
"""From 1990 to a day ahead of the broker."""

LATENESS_MS, WINDOW_MS = 3_600_000, 26 * 3_600_000
"""Unless the road is told otherwise."""

ON_TIME_MS = 4_500
"""A snapshot waits 5 s for touchpoints; one that took nearly as long may or may not be in it."""

Spot = tuple[int, int]
"""(partition, offset) on `touchpoints`."""
Id = tuple[str, str]
"""(source, event_id)"""


@dataclass
class Truth:
    """All that the topic says."""

    places: Places
    lateness_ms: int = LATENESS_MS
    window_ms: int = WINDOW_MS
    first: dict[Id, Spot] = field(default_factory=dict)
    ambiguous: set[Id] = field(default_factory=set)
    accepted: set[Spot] = field(default_factory=set)
    rejected: set[Spot] = field(default_factory=set)
    appended: int = 0
    late: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    log: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)

    def reduce(self, as_of_ms: int) -> "Expected":
        """Stays as known when everything up to `as_of_ms` has happened, and what follows from them."""
        known = stitch_oracle.read(self.log, lateness_ms=self.lateness_ms, window_ms=self.window_ms, currency="EUR")
        stays: list[dict[str, Any]] = []
        names: dict[Named, set[str]] = {}
        bodies: list[dict[str, Any]] = list(self.facts)
        for thing, told in known.told.items():
            for stay in stitch_oracle.stays_of(thing, told, known.closed, self.places, as_of_ms):
                customer = stitch_oracle.whose(thing, known.links[thing], stay.joined)
                row = stitch_oracle.row_of(thing, stay) | {"customer": customer}
                stays.append(row)
                called = stitch_oracle.names_of(known, thing, stay, self.lateness_ms)
                names[stay.place, thing, row["joined_at"], stay.nth] = called
                if stay.kind != "menu" and stay.place:
                    bodies.append(_body(thing, stay, customer))
        conflicts = {_spot(self.log[number][1]) for number in known.conflicts}
        return Expected(self, stays, names, bodies, known.counted, self.rejected | conflicts)


@dataclass
class Expected:
    """`names`: whose a stay may be said to be; of one behind the horizon that is not told again.
    `bodies`: stays and facts as `load` should have heard of them."""

    truth: Truth
    stays: list[dict[str, Any]]
    names: dict[Named, set[str]]
    bodies: list[dict[str, Any]]
    counted: dict[str, stitch_oracle.Counted]
    rejected: set[Spot]

    def snapshots(self, place: str, watermark_ms: int) -> list[dict[str, Any]]:
        here = [body for body in self.bodies if body["p"] == place]
        return load_oracle.snapshots(self.truth.places.get(place), here, watermark_ms)

    def instants(self) -> set[tuple[str, float]]:
        """At which anything happens anywhere."""
        edges = ("joined_at", "started_at", "ended_at")
        return {(s["place"], s[edge]) for s in self._counted() for edge in edges if s[edge] is not None}

    def curves(self) -> list[sweep_oracle.Curve]:
        """At every instant."""
        here: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for stay in self._counted():
            here[stay["place"]].append(stay)
        instants = _by_place(self.instants()).items()
        return [curve for place, times in instants for curve in sweep_oracle.count_all(place, times, here[place])]

    def _counted(self) -> list[dict[str, Any]]:
        return [stay for stay in self.stays if stay["place"] and stay["kind"] in ("queue", "presence")]

    def places(self) -> list[str]:
        return sorted({body["p"] for body in self.bodies})


async def truth_of(
    connection: Connection,
    partitions: int,
    places: Places,
    lateness_ms: int = LATENESS_MS,
    window_ms: int = WINDOW_MS,
) -> Truth:
    """Everything committed on the topic, in the order in which the broker appended it."""
    logs = [Destination("touchpoints", number) for number in range(partitions)]
    found: list[Any] = []
    for log, end in (await ends(connection, logs)).items():
        async for records in read(connection, log, 0, end):
            found += records
            await asyncio.sleep(0)
    found.sort(key=lambda record: (record.timestamp, record.partition, record.offset))
    truth = Truth(places, lateness_ms, window_ms)
    for record in found:
        _add(truth, record)
    return truth


async def repeated_rows(connection: Connection) -> int:
    """Rows of touchpoints that validate has said again, because it read their records again."""
    log = Destination(rows_topic("touchpoints"), 0)
    (end,) = (await ends(connection, [log])).values()
    said: Counter[Spot] = Counter()
    async for records in read(connection, log, 0, end):
        rows = [json.loads(line) for record in records for line in record.value.splitlines()]
        said.update((row["partition"], row["offset"]) for row in rows)
        await asyncio.sleep(0)
    return said.total() - len(said)


def _add(truth: Truth, record: Any) -> None:
    truth.appended += 1
    if any(name == "touchline" for name, _ in record.headers):
        return
    spot = (record.partition, record.offset)
    touchpoint = judge(record.value, record.timestamp)
    if touchpoint is None:
        truth.rejected.add(spot)
        return
    truth.accepted.add(spot)
    name = (touchpoint["source"], touchpoint["event_id"])
    if truth.first.setdefault(name, spot) != spot and truth.first[name][0] != spot[0]:
        truth.ambiguous.add(name)  # copies on two partitions may have one and the same append time
    at = milliseconds(touchpoint["occurred_at"])
    if ON_TIME_MS < record.timestamp - at <= truth.lateness_ms:
        truth.late[_where(touchpoint)].append((at, record.timestamp))
    truth.log += route(touchpoint, at, (spot, record.timestamp, record.value), truth.facts)
    truth.log.append(("", {"k": "wm", "t": record.timestamp}))


def _where(touchpoint: dict[str, Any]) -> str:
    """Whose snapshots it can change: a step of a call says where it is only sometimes."""
    return "hotline" if touchpoint["type"] in CALLS else touchpoint.get("place") or ""


def judge(value: bytes | None, received_ms: int) -> dict[str, Any] | None:
    """The touchpoint, or None where it must be refused."""
    try:
        touchpoint = json.loads(value or b"", parse_constant=_no_number)
        value.decode().encode()  # type: ignore[union-attr]
        json.dumps(touchpoint, ensure_ascii=False).encode()  # half a surrogate pair is no text
        at = milliseconds(touchpoint["occurred_at"])
        if not EARLIEST_MS <= at <= received_ms + AHEAD_MS:
            return None
        fine = touchpoint["type"] in KNOWN_TYPES and touchpoint["channel"] in KNOWN_CHANNELS
        fine = fine and all(isinstance(touchpoint[name], str) and touchpoint[name] for name in ("event_id", "source"))
        fine = fine and len(value or b"") <= LARGEST_BYTES
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return None
    return touchpoint if fine else None


def route(
    touchpoint: dict[str, Any], at: int, origin: tuple[Spot, int, bytes], facts: list[dict[str, Any]]
) -> list[tuple[str, dict[str, Any]]]:
    """Who hears of it, as (key, record)."""
    data, kind, place = touchpoint.get("data") or {}, touchpoint["type"], touchpoint.get("place")
    spot, received, value = origin
    record: dict[str, Any] = {
        "o": ["touchpoints", *spot, 0, received, _content(value)],
        "t": at,
        "s": touchpoint["source"],
        "e": touchpoint["event_id"],
        "y": kind,
        "p": place,
        "d": data,
    }
    if kind in FACTS:
        facts.append({**record, "k": "fact"})
        return []
    if kind == "sale.made":
        record |= {"a": data["amount"], "u": data["currency"]}
    carried = dict(touchpoint.get("identifiers") or {})
    if "call" in data:
        carried["call"] = f"{touchpoint['source']}/{data['call']}"
    named = [f"{name}:{carried[name]}" for name in STRENGTH if name in carried]
    in_hand = next((f"{name}:{carried[name]}" for name in IN_HAND if name in carried), "")
    here = kind in QUEUES or kind in CALLS or (kind in PHYSICAL and place is not None)
    if not named:
        return []
    strongest = named[0]
    links: list[tuple[str, dict[str, Any]]] = []
    if strongest.startswith("customer:"):
        links = [(weaker, {**record, "k": "link", "w": strongest}) for weaker in named[1:]]
    if not here or in_hand == strongest:
        return [*links, (strongest, {**record, "k": "touch", "h": int(here)})]
    owner = "" if strongest.startswith("call:") else strongest
    return [*links, (strongest, {**record, "k": "touch"}), (in_hand, {**record, "k": "seen", "w": owner})]


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1_000)


def _content(value: bytes) -> str:
    """What two copies of one event must have in common."""
    return json.dumps(json.loads(value), sort_keys=True)


def _by_place(instants: set[tuple[str, float]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for place, at in sorted(instants):
        found[place].append(at)
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _spot(record: dict[str, Any]) -> Spot:
    return record["o"][1], record["o"][2]


def _body(thing: str, stay: stitch_oracle.OracleStay, customer: str) -> dict[str, Any]:
    return {
        "k": "stay",
        "v": 1,
        "p": stay.place,
        "i": thing,
        "j": stay.joined,
        "n": stay.nth,
        "m": stay.kind,
        "st": stay.started,
        "en": stay.ended,
        "out": stay.outcome,
        "g": stay.guessed,
        "w": customer,
    }
