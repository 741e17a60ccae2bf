"""How long people are willing to wait, from those who left and from those whom service took out of the line first."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate
from operator import mul
from random import Random


class Patience:
    """The product-limit estimate (Kaplan and Meier 1958) over waits in milliseconds; bounded by the waits given.

    Whoever left shows how long the patience was; whoever was served shows only that it was longer than the wait.
    """

    def __init__(self, left_ms: Iterable[int], served_ms: Iterable[int]) -> None:
        """`left_ms`: waits that ended by leaving; `served_ms`: waits that ended in service (censored)."""
        left = Counter(left_ms)
        everybody = sorted([*left.elements(), *served_ms])
        self.left, self.people = left.total(), len(everybody)
        self._times = sorted(left)
        at_risk = (len(everybody) - bisect_left(everybody, time) for time in self._times)
        kept = [1 - left[time] / risk for time, risk in zip(self._times, at_risk, strict=True)]
        self._falling = [-share for share in accumulate(kept, mul)]
        """Minus the share still willing after each of the times: rising, so that it can be searched."""

    def share_beyond(self, wait_ms: int) -> float:
        """The share (0 to 1) of people who are willing to wait for longer than that; 1 where nobody ever left."""
        found = bisect_right(self._times, wait_ms)
        return -self._falling[found - 1] if found else 1.0

    def draw(self, chance: Random, longer_than_ms: int = -1) -> int | None:
        """A patience above `longer_than_ms` in milliseconds; None: longer than any that was seen to end."""
        share = (1 - chance.random()) * self.share_beyond(longer_than_ms)
        found = bisect_left(self._falling, -share)
        return self._times[found] if found < len(self._times) else None
