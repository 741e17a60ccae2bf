"""Discrete events in order of time: a heap of what happens next, and stories that wait in it."""

import heapq
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Protocol


class Pending(Protocol):
    """Something a story can wait for: it calls `wake` once when it has happened."""

    wake: "Callable[[], None] | None"


Story = Generator["int | Pending", None, None]
"""What one agent does. It yields the time in ms at which it goes on, or something pending."""

Trial = Generator["int | Pending", None, bool]
"""A part of a story that may fail; it returns whether it succeeded."""


class Engine:
    """Time is whole milliseconds since 1970 UTC and never goes back; at one instant, first planned is first done."""

    def __init__(self, now: int) -> None:
        self.now = now
        self._planned: list[tuple[int, int, Callable[[], Any]]] = []
        self._count = 0

    def at(self, time: int, action: Callable[[], Any]) -> None:
        """Plan an action; one planned in the past happens now."""
        self._count += 1
        heapq.heappush(self._planned, (max(time, self.now), self._count, action))

    def start(self, story: Story) -> None:
        """Run a story up to its first wait, and from there as time passes."""
        try:
            waits_for = next(story)
        except StopIteration:
            return
        go_on = partial(self.start, story)
        if isinstance(waits_for, int):
            self.at(waits_for, go_on)
        else:
            waits_for.wake = go_on

    def next_time(self) -> int | None:
        return self._planned[0][0] if self._planned else None

    def step(self) -> None:
        """Let the next planned thing happen."""
        self.now, _, action = heapq.heappop(self._planned)
        action()
