"""Worlds in which the command to erase travels among everything else, and what is certain whatever comes first.

Gone: all that occurred by the command and is the person's by all that is ever known: visits, links and stays, too.
Left: whoever was never seen, directly or by others, with anybody of theirs has what they would have had without it.
In between it matters what came first, and it is erased rather than kept: what others did who once were taken for the
person, and what is later than the command but was read before it. Whatever of that is left is counted once. Who comes
back counts from then on. Of a wristband, device or cookie that is named itself, what is nobody's when it is read goes.
"""

import random
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from support.erasure_check import erasure_of, stored, without
from support.erasure_oracle import Erasure, forgotten
from support.identity_check import Truth, differences, truth
from support.identity_oracle import LEASED, MADE, Event, kind_of, plain
from support.identity_road import Road
from support.identity_world import Arrival, World, random_world


class Certain(NamedTuple):
    """Of one erasure. `hull`: everybody who was ever seen with the person, themselves included; `whole`: identifiers of
    which nothing by then is left; `gone`: touchpoints that go for certain."""

    erasure: Erasure
    hull: frozenset[str]
    whole: frozenset[str]
    gone: list[Event]


def flying_world(seed: int, crashes: int | None = None) -> World:
    """Somebody is erased at any moment; nobody waits until what came before is read."""
    dice, world = random.Random(seed), random_world(seed, crashes=crashes)
    names = sorted({f"{kind}:{value}" for one in world.arrivals if not one.orders for kind, value in _named(one)})
    if not names:
        return world
    asked = dice.choice([one.at for one in world.arrivals]) + dice.choice([0, 1])
    order = {"command": "x1", "kind": "erase", "weak": dice.choice(names), "who": "ann", "why": "asked"}
    command = Arrival(asked, dice.randrange(world.partitions), order, orders=True)
    arrivals = sorted((*world.arrivals, command), key=lambda one: one.at)
    quiet = [time for time in world.quiet if time < asked or dice.random() < 0.5]
    return world._replace(arrivals=tuple(arrivals), quiet=(*quiet, max(asked, world.quiet[-1]) + 1))


def _named(arrival: Arrival) -> Iterable[tuple[str, str]]:
    return [item for item in arrival.told["identifiers"].items() if item[0] != "booking"]


def run_flying(world: World) -> list[str]:
    """What is wrong at the end, when all is read."""
    erasure = erasure_of(world)
    if erasure is None:
        return []
    known = truth(without(world), world.quiet[-1])
    certain = certain_of(known, erasure)
    road = Road(world)
    try:
        for time in world.quiet:
            road.read_until(time)
    except AssertionError as error:
        return [str(error)]
    wrong = [*_of_others(road, known, certain), *_of_theirs(road, known, certain)]
    return [f"erased {erasure}", *wrong] if wrong else []


def certain_of(known: Truth, erasure: Erasure) -> Certain:
    """`known`: all that there will ever be."""
    hull = _seen_with(known, erasure.who)
    asked = any(command.first in hull or command.second in hull for command in known.commands)
    merged = any(f"customer:{event.data.get('from')}" in hull for event in known.events)
    if kind_of(erasure.who) in LEASED and len(hull) > 1:
        return Certain(erasure, hull, frozenset(), [])
    if asked or merged:  # who they were depends on what was read by then
        whole = frozenset({erasure.who})
        gone = [event for event in known.events if event.t <= erasure.at and event.names[:1] == (erasure.who,)]
        return Certain(erasure, hull, whole, gone)
    theirs = forgotten(known, erasure)
    return Certain(erasure, hull, theirs.whole, [event for event in known.events if theirs.has(event)])


def _seen_with(known: Truth, who: str) -> frozenset[str]:
    groups = [set(event.names) | _merged(event) for event in known.events]
    groups += [{command.first, command.second} for command in known.commands]
    hull, more = {who}, True
    while more:
        near = {name for group in groups if not hull.isdisjoint(group) for name in group}
        more = not near <= hull
        hull |= near
    return frozenset(hull)


def _merged(event: Event) -> set[str]:
    return {f"customer:{event.data[end]}" for end in ("from", "into")} if event.type == "account.merged" else set()


# -- what is wrong ---------------------------------------------------------------------------------


def _of_others(road: Road, known: Truth, certain: Certain) -> list[str]:
    """Whoever has nothing to do with the person."""
    hull = {plain(name) for name in certain.hull}
    lines = differences(partial(stored, road), known, copies=False)
    return [line for line in lines if not line.startswith("sums") and not any(name in _head(line) for name in hull)]


def _head(line: str) -> str:
    return line.partition(": expected")[0]


def _of_theirs(road: Road, known: Truth, certain: Certain) -> list[str]:
    """Nothing of what is certain to go is anywhere, and what is left is counted once."""
    by, whole = certain.erasure.at / 1000, {name for name in certain.whole if kind_of(name) not in MADE}
    wrong = []
    for table, column, time in (
        ("customers", "customer", "first_seen"),
        ("identifiers", "identifier", "first_seen"),
        ("visits", "customer", "started_at"),
        ("stays", "customer", "joined_at"),
        ("identity_links", "holder", "evidence_at"),
    ):
        rows = [row for row in stored(road, table).values() if row[column] in whole]
        wrong += [f"{table}: {row}" for row in rows if row[time] is not None and row[time] <= by]
    people = stored(road, "customers")
    hull = {plain(name) for name in certain.hull}
    counted = sum(row["touchpoints"] for (name,), row in people.items() if name in hull)
    most = sum(event.names[0] in certain.hull for event in known.events if event.names) - len(certain.gone)
    if counted > most:
        wrong.append(f"they have {counted} touchpoints, at most {most} can be left")
    if not any(kind_of(name) in MADE for name in certain.hull):
        each = sum(row["touchpoints"] for (name,), row in stored(road, "identifiers").items() if name in hull)
        wrong += [f"people have {counted} touchpoints, identifiers {each}"] if counted != each else []
    return wrong
