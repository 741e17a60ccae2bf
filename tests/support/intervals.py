"""How many of many half-open intervals cover an instant: those that have begun, less those that are over."""

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from math import inf
from typing import NamedTuple


class Interval(NamedTuple):
    """Covers `begin` <= at < `end`; nothing where it ends before it begins."""

    begin: float
    end: float = inf


class Stay(NamedTuple):
    """Of one person at one place; whoever is not queueing is just present."""

    person: Hashable
    queues: bool
    joined: float
    started: float | None
    ended: float | None

    @property
    def inside(self) -> Interval:
        return Interval(self.joined, inf if self.ended is None else self.ended)

    @property
    def wait(self) -> Interval:
        return Interval(self.joined, min(self.inside.end, inf if self.started is None else self.started))


class Cover:
    """Two sorted lists answer for any instant."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        real = [interval for interval in intervals if interval.begin < interval.end]
        self._begins = sorted(interval.begin for interval in real)
        self._ends = sorted(interval.end for interval in real)

    def __call__(self, at: float) -> int:
        return bisect_right(self._begins, at) - bisect_right(self._ends, at)


class Crowd:
    """Everybody who ever was at one place, and how many there were at an instant."""

    def __init__(self, stays: Iterable[Stay]) -> None:
        everybody = list(stays)
        queue = [stay for stay in everybody if stay.queues]
        self.waits = [stay.wait for stay in queue]
        self.waiting = Cover(self.waits)
        self.queueing = Cover(stay.inside for stay in queue)
        self.present = Cover(_times_of_persons(everybody))

    def being_served(self, at: float) -> int:
        return self.queueing(at) - self.waiting(at)


def _times_of_persons(stays: Iterable[Stay]) -> Iterator[Interval]:
    """Each person's stays as one where they overlap: nobody is present twice."""
    times: dict[Hashable, list[Interval]] = defaultdict(list)
    for stay in stays:
        times[stay.person].append(stay.inside)
    for some in times.values():
        begin = end = -inf
        for interval in sorted(some):
            if interval.begin > end:
                yield Interval(begin, end)
                begin = interval.begin
            end = max(end, interval.end)
        yield Interval(begin, end)


def earliest_begins(intervals: Iterable[Interval], instants: Iterable[float]) -> Iterator[float | None]:
    """For each instant, which must ascend: when that began which covers it and began first; None if nothing does."""
    coming = sorted(intervals, reverse=True)
    begun: list[Interval] = []
    for at in instants:
        while coming and coming[-1].begin <= at:
            heapq.heappush(begun, coming.pop())
        while begun and begun[0].end <= at:
            heapq.heappop(begun)
        yield begun[0].begin if begun else None
