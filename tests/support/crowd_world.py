"""Random worlds of people, tickets and calls at every kind of place, and what is true of each once all has come."""

import random
from collections import defaultdict
from datetime import datetime, timezone
from typing import Any, NamedTuple

from support.stitch_oracle import OracleStay, Told, stays_of

from schemas.place import Place, Places

MINUTE, HOUR = 60_000, 3_600_000
START = 1_790_049_600_000
TIME_OUT_KNOWN_AFTER = 5_000
LIMITS = {"wait_timeout_seconds": 900, "service_timeout_seconds": 600, "presence_timeout_seconds": 1_200}
PLACES = Places(
    (
        Place(id="park", kind="area", presence_timeout_seconds=3_600),
        Place(id="valley", kind="area", within="park", presence_timeout_seconds=2_400),
        Place(id="ride", within="valley", servers=2, target_wait_seconds=60, capacity=4, **LIMITS),
        Place(id="till", kind="checkout", within="park", **LIMITS),
        Place(id="desk", kind="desk", **LIMITS),
        Place(id="garage", kind="parking", capacity=2, presence_timeout_seconds=1_800),
        Place(id="app-line", kind="virtual_queue", **LIMITS),
        Place(id="sales", kind="call_queue", **LIMITS),
        Place(id="help", kind="call_queue", **LIMITS),
    )
)
SERVED = (("queue.joined", "service.started", "service.ended"), ("queue.joined", "queue.left"))
VISITED = (("place.entered", "presence.seen", "place.left"), ("presence.seen",))
PLAYS = {
    "ride": (*SERVED, ("queue.joined", "photo.taken", "service.started")),
    "till": (*SERVED, ("sale.made",), ("queue.joined", "sale.made", "service.ended")),
    "app-line": SERVED,
    "desk": (*SERVED, *VISITED),
    "park": VISITED,
    "valley": VISITED,
    "garage": VISITED,
    "nowhere-declared": SERVED,
}
RINGS = (
    ("call.entered", "call.queued", "call.answered", "call.ended"),
    ("call.entered", "call.queued", "call.abandoned"),
    ("call.queued", "call.queued", "call.answered", "call.ended"),
    ("call.entered", "call.abandoned"),
)
CUSTOMERS = ("c1", "c2")


class Arrival(NamedTuple):
    """When (append time, ms) and in which input partition a touchpoint comes."""

    at: int
    input: int
    touchpoint: dict[str, Any]


class World(NamedTuple):
    """`end` (ms): everything has come, and much later it is not. `schedule`: who reads when."""

    arrivals: tuple[Arrival, ...]
    partitions: int
    end: int
    schedule: int


class Truth(NamedTuple):
    """`stays` by thing; `customers`: by thing its customer, and when that was heard of (ms)."""

    stays: dict[str, list[OracleStay]]
    customers: dict[str, tuple[str, int]]


class Teller:
    """Tells what people do; steps get lost, come in a wrong order, and are told twice."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.grid = dice.choice([1, 1, 1_000, MINUTE])
        self.span = dice.choice([10 * MINUTE, HOUR, 3 * HOUR])
        self.lost = dice.choice([0.0, 0.15, 0.4])
        self.told: list[tuple[int, dict[str, Any]]] = []

    def world(self) -> list[tuple[int, dict[str, Any]]]:
        for _ in range(self.dice.choice([1, 2, 4, 8])):
            self.dice.choice([self._wristband, self._wristband, self._ticket, self._call])()
        while self.dice.random() < 0.4:
            place = self.dice.choice(["ride", "park", "till", "garage", "sales", "app-line"])
            self._tell(self._some_time(), self.dice.choice(["place.closed", "place.closed", "place.opened"]), place, {})
        return self.told

    def _some_time(self) -> int:
        return START + self.dice.randrange(self.span)

    def _wristband(self) -> None:
        """One after the other, now and then without having left."""
        owner = self.dice.choice([None, *CUSTOMERS])
        name, at = f"w{self.dice.randint(1, 4)}-{owner}", self._some_time()
        for _ in range(self.dice.randint(1, 4)):
            place = self.dice.choice([*PLAYS])
            at = self._play(at, self.dice.choice(PLAYS[place]), place, {"wristband": name}, owner, {})

    def _ticket(self) -> None:
        place, owner = self.dice.choice(["ride", "till", "app-line", "desk"]), self.dice.choice([None, *CUSTOMERS])
        token = {"token": f"t{self.dice.randint(1, 6)}-{owner}"}
        self._play(self._some_time(), self.dice.choice(SERVED), place, {}, owner, token)

    def _call(self) -> None:
        owner = self.dice.choice([None, *CUSTOMERS])
        call = {"call": f"k{self.dice.randint(1, 6)}-{owner}"}
        self._play(self._some_time(), self.dice.choice(RINGS), self.dice.choice(["sales", "help"]), {}, owner, call)

    def _play(
        self, at: int, steps: tuple[str, ...], place: str, who: dict[str, str], owner: str | None, data: dict[str, str]
    ) -> int:
        for step in steps:
            pause = self.dice.choice([0, MINUTE, MINUTE, 20 * MINUTE])
            at += self.dice.randint(0, pause) * self.dice.choice([1, 1, 1, 1, 1, 1, -1])
            if self.dice.random() < self.lost:
                continue
            named = who | ({"customer": owner} if owner and self.dice.random() < 0.4 else {})
            more = dict(data)
            if step.startswith("service.") and self.dice.random() < 0.5:
                more["server"] = self.dice.choice("ab")
            if step in ("call.answered", "call.ended") and self.dice.random() < 0.5:
                more["agent"] = self.dice.choice(["ann", "bob"])
            without = step.startswith("call.") and step != "call.queued" and self.dice.random() < 0.7
            self._tell(at, step, None if without else place, named, more)
        return at

    def _tell(
        self, at: int, kind: str, place: str | None, who: dict[str, str], data: dict[str, Any] | None = None
    ) -> None:
        at = max(START, at // self.grid * self.grid)
        told: dict[str, Any] = {
            "event_id": f"e{len(self.told)}",
            "source": "acd" if kind.startswith("call.") else "gate",
            "channel": "desk",
            "type": kind,
            "occurred_at": datetime.fromtimestamp(at / 1_000, timezone.utc).isoformat(timespec="milliseconds"),
            "identifiers": who,
            "data": data or {},
        }
        if kind == "sale.made":
            told["data"] = {"receipt": f"r{len(self.told)}", "amount": "1.00", "currency": "EUR"} | told["data"]
        self.told.append((at, told if place is None else told | {"place": place}))


def random_world(seed: int, *, most_late: int) -> World:
    """`most_late` (ms): the longest that a touchpoint is under way; copies come at any time up to then, anywhere."""
    dice = random.Random(seed)
    partitions = dice.choice([1, 1, 2, 3])
    arrivals = []
    for at, touchpoint in Teller(dice).world():
        for _ in range(dice.choice([1, 1, 1, 2])):
            delay = dice.choice([0, dice.randint(0, most_late)])
            arrivals.append(Arrival(at + delay, dice.randrange(partitions), touchpoint))
    dice.shuffle(arrivals)
    arrivals.sort(key=lambda arrival: arrival.at)
    latest = max([START, *(arrival.at for arrival in arrivals)])
    return World(tuple(arrivals), partitions, latest + dice.choice([6_000, 5 * MINUTE, 2 * HOUR]), dice.getrandbits(32))


def thing_of(touchpoint: dict[str, Any]) -> str | None:
    """What is in the hand, None where the touchpoint is about a place."""
    data, who = touchpoint["data"], touchpoint["identifiers"]
    if "call" in data:
        return f"call:{touchpoint['source']}/{data['call']}"
    if "token" in data:
        return f"token:{touchpoint['place']}/{data['token']}"
    return f"wristband:{who['wristband']}" if "wristband" in who else None


def truth(world: World) -> Truth:
    """Every touchpoint once, whenever and however often it came."""
    told: dict[str, dict[str, Told]] = defaultdict(dict)
    closed: set[tuple[str, int]] = set()
    customers: dict[str, tuple[str, int]] = {}
    for arrival in world.arrivals:
        one = arrival.touchpoint
        thing, data = thing_of(one), one["data"]
        at = round(datetime.fromisoformat(one["occurred_at"]).timestamp() * 1_000)
        if thing is not None:
            by = data.get("server", data.get("agent", ""))
            said = Told(at, one["source"], one["event_id"], one["type"], one.get("place", ""), by)
            told[thing].setdefault(one["event_id"], said)
            if "customer" in one["identifiers"]:
                customers.setdefault(thing, (f"customer:{one['identifiers']['customer']}", arrival.at))
        elif one["type"] == "place.closed":
            closed.add((one["place"], at))
    known = world.end - TIME_OUT_KNOWN_AFTER
    stays = {thing: stays_of(thing, [*all_.values()], [*closed], PLACES, known) for thing, all_ in told.items()}
    return Truth(stays, customers)
