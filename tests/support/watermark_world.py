"""People in lines, told by services whose clocks and networks are what they are; and what must come of it."""

import random
from datetime import datetime, timezone
from typing import Any, NamedTuple

from schemas.place import Place, Places

START = 1_790_049_600_000
MINUTE, HOUR = 60_000, 3_600_000
PLACES = Places(
    (
        Place(id="ride", target_wait_seconds=120, wait_timeout_seconds=1_200, service_timeout_seconds=600),
        Place(id="desk", kind="desk", target_wait_seconds=60, capacity=3, wait_timeout_seconds=900),
    )
)


class Arrival(NamedTuple):
    """A touchpoint as it comes: when the broker gets it (ms) and in which partition."""

    at: int
    partition: int
    touchpoint: dict[str, Any]


class Person(NamedTuple):
    """One stay as it happened: times in ms; `skew`: how far the clock of whoever tells it is off."""

    number: int
    place: str
    joined: int
    started: int | None
    ended: int | None
    skew: int = 0

    @property
    def steps(self) -> list[tuple[str, int]]:
        steps = [("queue.joined", self.joined)]
        if self.started is not None:
            steps.append(("service.started", self.started))
        if self.ended is not None:
            steps.append(("queue.left" if self.started is None else "service.ended", self.ended))
        return steps

    @property
    def thing(self) -> str:
        return f"wristband:w{self.number}"


def person(dice: random.Random, number: int, span: int, *, skew: int = 0) -> Person:
    joined = START + 10 * MINUTE + dice.randrange(span)
    started = joined + dice.randrange(10 * MINUTE) if dice.random() < 0.8 else None
    ended = (started or joined) + dice.randrange(5 * MINUTE) if dice.random() < 0.8 else None
    return Person(number, dice.choice(["ride", "desk"]), joined, started, ended, skew)


def arrivals(dice: random.Random, people: list[Person], partitions: int, delay: int) -> list[Arrival]:
    """At most `delay` ms after it happened, as its teller's clock has it, in any partition; some of it twice."""
    found = []
    for one in people:
        for kind, at in one.steps:
            told = {"event_id": f"{one.number}-{kind}", "source": "gate", "channel": "wristband", "type": kind}
            told |= {"occurred_at": rfc3339(at + one.skew), "identifiers": {"wristband": f"w{one.number}"}}
            told |= {"place": one.place}
            arrived = at + dice.choice([0, dice.randint(0, delay), delay])
            found.append(Arrival(arrived, dice.randrange(partitions), told))
            if dice.random() < 0.1:
                found.append(Arrival(arrived + dice.randint(0, MINUTE), dice.randrange(partitions), told))
    return sorted(found, key=lambda one: one.at)


def rfc3339(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, tz=timezone.utc).isoformat(timespec="milliseconds")


def truth(people: list[Person]) -> list[dict[str, Any]]:
    """The stays that must have been told in the end, as `place-events` has them."""
    bodies = []
    for one in people:
        joined = one.joined + one.skew
        started = None if one.started is None else one.started + one.skew
        ended = None if one.ended is None else one.ended + one.skew
        outcome = "" if ended is None else "abandoned" if started is None else "served"
        place = PLACES.get(one.place)
        if ended is None:
            seconds = place.wait_timeout_seconds if started is None else place.service_timeout_seconds
            ended, outcome = (started or joined) + round(seconds * 1_000), "timed_out"
        body = {"k": "stay", "v": 1, "p": one.place, "i": one.thing, "j": joined, "n": 0, "m": "queue", "g": 0}
        bodies.append(body | {"st": started, "en": ended, "out": outcome, "w": one.thing})
    return bodies
