"""What people were told when they joined, and how long they waited: the real stage over queues that are known."""

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from heapq import heapreplace
from typing import Any, NamedTuple

from support.load_log import Shell, log_of, stay, watermark

WINDOW_SECONDS = 900
CLASSES = ((2, 2), (3, 4), (5, 9), (10, 19), (20, 49), (50, 10**9))
"""Sample sizes that are looked at apart."""


class Person(NamedTuple):
    """Times in ms; `started` None: they gave up."""

    place: str
    joined: int
    started: int | None
    ended: int


class Told(NamedTuple):
    """A wait that ended in service, seconds, beside the last look before it began.

    `busy`: how many were served at each look of the 15 min before at which somebody waited.
    """

    wait: float
    p50: float
    p90: float
    samples: int
    busy: tuple[int, ...]


def fifo(seed: int, servers: int, service_ms: int, share: float, people: int, shape: float, begin: int) -> list[Person]:
    """First come, first served: Poisson arrivals at `share` of what the servers can do; Gamma services."""
    chance, free, arrived = random.Random(seed), [begin] * servers, begin
    served = []
    for _ in range(people):
        arrived += round(chance.expovariate(servers * share / service_ms))
        started = max(arrived, free[0])
        ended = started + round(chance.gammavariate(shape, service_ms / shape))
        heapreplace(free, ended)
        served.append(Person("A", arrived, started, ended))
    return served


def told(people: list[Person]) -> list[Told]:
    """Everybody who waited, was served and was told something when they joined."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in _run(people):
        rows.setdefault(row["place"], []).append(row)
    looks = {place: [row["at"] * 1_000 for row in known] for place, known in rows.items()}
    return [found for one in people if (found := _beside(one, looks[one.place], rows[one.place])) is not None]


def _run(people: list[Person]) -> list[dict[str, Any]]:
    changes = sorted(_changes(people), key=lambda change: change[:3])
    bodies, marked = [], 0
    for at, _, _, body in changes:
        bodies.append(body)
        if at > marked + 20_000:
            bodies.append(watermark(at))
            marked = at
    return Shell().run(log_of(*bodies, watermark(marked + 10**8))).rows


def _changes(people: Iterable[Person]) -> Iterator[tuple[int, int, int, Any]]:
    for number, (place, joined, started, ended) in enumerate(people):
        thing = f"token:{number}"
        yield joined, 0, number, stay(place, thing, joined, v=1)
        if started is not None:
            yield started, 1, number, stay(place, thing, joined, started, v=2)
        yield ended, 2, number, stay(place, thing, joined, started, ended, v=3)


def _beside(one: Person, looks: list[float], rows: list[dict[str, Any]]) -> Told | None:
    last = bisect_left(looks, one.joined) - 1
    if one.started is None or one.started <= one.joined or last < 0 or rows[last]["estimate_p90_seconds"] is None:
        return None
    row = rows[last]
    window = rows[bisect_right(looks, looks[last] - WINDOW_SECONDS * 1_000) : last + 1]
    busy = tuple(seen["being_served"] for seen in window if seen["waiting"])
    wait = (one.started - one.joined) / 1_000
    return Told(wait, row["estimate_p50_seconds"], row["estimate_p90_seconds"], row["estimate_samples"], busy)


def below(waits: list[Told]) -> tuple[float, float]:
    """Shares of the waits that were not above P50 and P90."""
    return sum(one.wait <= one.p50 for one in waits) / len(waits), sum(one.wait <= one.p90 for one in waits) / len(
        waits
    )


def report(name: str, waits: list[Told]) -> str:
    """One line for all, one for each class of sample size."""
    groups = [(name, waits)]
    groups += [(f"  {a} to {b} samples", [w for w in waits if a <= w.samples <= b]) for a, b in CLASSES]
    lines = [
        f"{words}: {len(group)} waits, {below(group)[0]:.1%} below P50, {below(group)[1]:.1%} below P90"
        for words, group in groups
        if group
    ]
    return "\n".join(lines)
