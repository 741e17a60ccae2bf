"""Worlds in which somebody is erased, on the real stages, against the plain reading; each difference as a text."""

import random
import re
from functools import partial
from typing import Any

from support.erasure_oracle import Erasure, Forgotten, forgotten, left
from support.identity_check import Truth, differences, truth
from support.identity_oracle import MADE, event_of, kind_of
from support.identity_road import Road
from support.identity_world import Arrival, World, random_world


def erased_world(seed: int, crashes: int | None = None) -> World:
    """At some moment all that has come is read, then somebody is erased; what comes then is later, or a copy."""
    dice, world = random.Random(seed), random_world(seed, crashes=crashes)
    times = sorted({arrival.at for arrival in world.arrivals}) or [world.quiet[-1]]
    asked = dice.choice([times[-1], *times]) + 1
    before = [arrival for arrival in world.arrivals if arrival.at < asked]
    known = truth(world._replace(arrivals=tuple(before)), asked)
    who = _somebody(dice, known)
    if who is None:
        return world
    gone = forgotten(known, Erasure(who, asked))
    after = [one for one in world.arrivals if one.at >= asked and _is_plain(one, gone, before)]
    order = {"command": "x1", "kind": "erase", "weak": who, "who": "ann", "why": "asked"}
    command = Arrival(asked, dice.randrange(world.partitions), order, orders=True)
    quiet = sorted({*world.quiet, asked - 1, asked})
    return world._replace(arrivals=(*before, command, *after), quiet=tuple(quiet))


def _somebody(dice: random.Random, known: Truth) -> str | None:
    people = [name for name in sorted(known.people) if kind_of(name) not in MADE]
    return dice.choice(people) if people else None


def _is_plain(arrival: Arrival, gone: Forgotten, before: list[Arrival]) -> bool:
    """A copy of what came before, or something later of somebody else: of more, it matters what comes first."""
    if arrival.orders:
        return False
    event = event_of(arrival.told)
    ends = {f"customer:{event.data[end]}" for end in ("from", "into")} if event.type == "account.merged" else set()
    later = event.t > gone.erasure.at and gone.whole.isdisjoint({*event.names, *ends})
    return later or any(arrival.told == one.told for one in before)


def erasure_of(world: World) -> Erasure | None:
    for arrival in world.arrivals:
        if arrival.orders and arrival.told["kind"] == "erase":
            return Erasure(arrival.told["weak"], arrival.at)
    return None


def without(world: World) -> World:
    """The same without the erasure."""
    kept = [one for one in world.arrivals if not (one.orders and one.told["kind"] == "erase")]
    return world._replace(arrivals=tuple(kept))


def run_erasure(world: World) -> list[str]:
    """What is wrong at the first quiet point after the erasure at which anything is."""
    erasure, plain = erasure_of(world), without(world)
    if erasure is None:
        return []
    road, gone = Road(world), None
    for time in sorted({*world.quiet, erasure.at - 1, erasure.at}):
        road.read_until(time)
        if time < erasure.at:
            continue
        if gone is None:
            gone = forgotten(truth(plain, erasure.at), erasure)
            before = [one for one in plain.arrivals if one.at < erasure.at]
            if not all(_is_plain(one, gone, before) for one in plain.arrivals if one.at >= erasure.at):
                return []
        known, more = left(plain, gone, time)
        if more or _is_missed_by_others(known, plain, gone, time):
            return []  # somebody turns out to have been the person before
        old = {key for key, row in road.reader.rows("stays").items() if row["customer"] in gone.whole}
        known = known._replace(stays={key: stay for key, stay in known.stays.items() if _in_rows(key) not in old})
        wrong = differences(partial(stored, road), known, copies=False)
        if any(kind_of(name) in MADE for event in known.events for name in event.names):
            # What sealed calls and tokens came to is counted with their leased holder once that was counted anew.
            wrong = [line for line in wrong if not line.startswith(("counts ", "sums of identifiers"))]
        if wrong:
            return [f"at {time}, erased {erasure}", *wrong]
    return []


def names_left(world: World) -> list[str]:
    """Entries of the state that name whoever was erased and is named by nothing later: only hashes may remain."""
    erasure, plain = erasure_of(world), without(world)
    if erasure is None:
        return []
    gone, road = forgotten(truth(plain, erasure.at), erasure), Road(world)
    before = [one for one in plain.arrivals if one.at < erasure.at]
    if not all(_is_plain(one, gone, before) for one in plain.arrivals if one.at >= erasure.at):
        return []
    for time in sorted({*world.quiet, erasure.at - 1, erasure.at}):
        road.read_until(time)
    if left(plain, gone, world.quiet[-1])[1]:
        return []  # somebody turns out to have been the person before
    names = [name for name in gone.whole if kind_of(name) not in MADE]  # of those another one may bear the name
    meant = re.compile("|".join(f"{re.escape(name)}(?![0-9a-z])" for name in sorted(names)) or "(?!)")
    kept = [
        (key, one.state.encode(entry).decode()) for one in road.stations for key, entry in one.state.entries.items()
    ]
    return [f"erased {erasure}: {key!r} {value}" for key, value in kept if meant.search(key) or meant.search(value)]


def _is_missed_by_others(known: Truth, plain: World, gone: Forgotten, time: int) -> bool:
    """Whether a call or token of somebody else was first heard of by something that was erased: its row lies there."""
    erased = [event for event in truth(plain, time).events if gone.has(event)]
    return any(kind_of(name) in MADE and name not in gone.whole for event in erased for name in event.names)


def stored(road: Road, table: str) -> dict[Any, Any]:
    """What a reader sees once the store has deleted what it was told: stays that are final are in no state any more."""
    rows = road.reader.rows(table)
    if table == "identifiers":
        erasures = [one for one in road.reader.erasures if kind_of(one["identifier"]) in MADE]
        return {key: row for key, row in rows.items() if not any(_counts_gone(row, one) for one in erasures)}
    if table != "stays":
        return rows
    return {key: row for key, row in rows.items() if not any(_goes(row, one) for one in road.reader.erasures)}


def _in_rows(stay: tuple[str, str, int, int]) -> tuple[str, str, float, int]:
    place, identifier, joined, nth = stay
    return place, identifier, joined / 1000, nth


def _counts_gone(row: dict[str, Any], erasure: dict[str, Any]) -> bool:
    if row["identifier"] != erasure["identifier"] or row["first_seen"] is None:
        return False
    return erasure["from_ms"] <= row["first_seen"] * 1000 and row["last_seen"] * 1000 <= erasure["until_ms"]


def _goes(stay: dict[str, Any], erasure: dict[str, Any]) -> bool:
    pos = round(stay["joined_at"] * 1000) * 4 + 3
    named = stay["customer"] if erasure["whole"] else ""
    in_time = erasure["from_pos"] <= pos <= erasure["until_pos"]
    return in_time and erasure["identifier"] in (stay["identifier"], named)
