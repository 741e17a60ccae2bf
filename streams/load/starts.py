"""The service starts of one place over the last 15 min, and what their intervals tell about its pace."""

from bisect import bisect_left
from typing import NamedTuple

from streams.load.entries import Stay

WINDOW_MS = 900_000

Start = tuple[int, int, str]
"""(started, joined, stay key): the order in which people came to be served"""


class Pace(NamedTuple):
    """`starts` within the window; of the intervals between them, `samples` were informative.

    `total` and `squares`: their sum in ms and the sum of their squares, whole numbers, so nothing is rounded away
    however often starts come and go.
    """

    starts: int
    samples: int
    total: int
    squares: int


def start_of(key: str, stay: Stay | None) -> Start | None:
    """Where a stay stands in the order of service starts; None if it has no part in it."""
    if stay is None or stay.gone or stay.started is None:
        return None
    return stay.started, stay.joined, key


def informative(before: Start, after: Start) -> bool:
    """Does the interval between two successive starts show how fast the place works?

    Only while somebody waits is a place working as fast as it can. That holds for certain where the second one was
    waiting already when the first was started, so that the whole interval is a wait for a server. Where the second
    one came later, the queue had run empty (or was overtaken), and the interval also holds the time in which nobody
    came: an idle gap says nothing about service. Simultaneous starts are intervals of 0 and count where the second
    one had waited: two servers became free, or a ride let a whole train in. A start without any wait never counts
    as the second one: it shows a free server, or a place that only tells when service starts.
    """
    return after[1] <= before[0] and after[1] < after[0]


class Starts:
    """Derived from the stays of one place, never stored; bounded by the starts of 15 min and those still to come.

    The window is (at - 15 min, at]; both ends of an interval lie within it. Every change costs O(log n) beside moving
    a slice of the list.
    """

    __slots__ = ("_first", "_last", "_order", "_samples", "_squares", "_total", "at")

    def __init__(self, at: int) -> None:
        self.at = at
        self._order: list[Start] = []
        self._first = self._last = 0  # the window is order[first:last]
        self._samples = self._total = self._squares = 0

    def exchange(self, old: Start | None, new: Start | None) -> None:
        """Take back `old` and add `new`."""
        if old == new:
            return
        if old is not None and old[0] > self.at - WINDOW_MS:
            self._remove(old)
        if new is not None and new[0] > self.at - WINDOW_MS:
            self._add(new)

    def advance(self, at: int) -> None:
        """Move the window so that it ends at `at`."""
        order = self._order
        while self._last < len(order) and order[self._last][0] <= at:
            self._last += 1
            self._weigh(self._last - 1, 1)
        while self._first < self._last and order[self._first][0] <= at - WINDOW_MS:
            self._weigh(self._first + 1, -1)
            self._first += 1
        if self._first > 256 and self._first * 2 > len(order):
            del order[: self._first]
            self._last -= self._first
            self._first = 0
        self.at = at

    def pace(self) -> Pace:
        return Pace(self._last - self._first, self._samples, self._total, self._squares)

    def running(self, waiting_since: int | None) -> int:
        """How long people wait for the interval that has not ended, ms; 0 while nobody waits, or without any start.

        It began with the last start, or when who waits longest (since `waiting_since`) came, if that was later.
        """
        if waiting_since is None or self._first == self._last:
            return 0
        return self.at - max(waiting_since, self._order[self._last - 1][0])

    def _add(self, start: Start) -> None:
        index = bisect_left(self._order, start, self._first)
        self._weigh(index, -1)
        self._order.insert(index, start)
        self._last += start[0] <= self.at
        self._weigh(index, 1)
        self._weigh(index + 1, 1)

    def _remove(self, start: Start) -> None:
        index = bisect_left(self._order, start, self._first)
        self._weigh(index, -1)
        self._weigh(index + 1, -1)
        del self._order[index]
        self._last -= start[0] <= self.at
        self._weigh(index, 1)

    def _weigh(self, index: int, sign: int) -> None:
        """Add or take back the interval that ends with the start at `index`, if it lies within the window."""
        if not self._first < index < self._last:
            return
        before, after = self._order[index - 1], self._order[index]
        if informative(before, after):
            length = after[0] - before[0]
            self._samples += sign
            self._total += sign * length
            self._squares += sign * length * length
