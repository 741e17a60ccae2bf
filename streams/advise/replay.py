"""One line before servers whose number changes, event by event: first come, first served, and nobody is thrown out."""

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

FOREVER = 1 << 62
"""Later than every time in milliseconds that a touchpoint may carry."""


class Coming(NamedTuple):
    """Somebody joins the line at `joined_ms`, takes a server for `needs_ms`, and is gone at `leaves_ms` if not served.

    `leaves_ms` FOREVER: stays until served.
    """

    joined_ms: int
    needs_ms: int
    leaves_ms: int = FOREVER


class Step(NamedTuple):
    """From `at_ms` on so many servers are at work, until the next step."""

    at_ms: int
    servers: int


def replay(people: Sequence[Coming], staffing: Sequence[Step], busy_until: Iterable[int] = ()) -> list[int | None]:
    """When a server took each of them, in ms; None for who left before, or was still in line when no step is to come.

    `people` and `staffing` in order of time; `busy_until`: when servers that are at work at the beginning become free.
    At one instant servers become free, then their number changes, then people come; who would leave at the very
    instant at which a server becomes free has left. A server who goes finishes what is begun.
    """
    taken: list[int | None] = [None] * len(people)
    line: deque[int] = deque()
    busy = sorted(busy_until)
    steps, servers = iter([*staffing, Step(FOREVER, 0)]), 0
    step = next(steps)
    coming, last = 0, len(people)
    while coming < last or line:
        now = min(people[coming].joined_ms if coming < last else FOREVER, busy[0] if busy else FOREVER, step.at_ms)
        if now == FOREVER:
            break
        while busy and busy[0] <= now:
            heappop(busy)
        while step.at_ms <= now:
            servers, step = step.servers, next(steps)
        while coming < last and people[coming].joined_ms <= now:
            line.append(coming)
            coming += 1
        while line and len(busy) < servers:
            number = line.popleft()
            if people[number].leaves_ms > now:
                taken[number] = now
                heappush(busy, now + people[number].needs_ms)
    return taken
