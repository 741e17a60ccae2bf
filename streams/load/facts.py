"""What is known about one place over time: its state, its staff, the wait on its sign."""

from bisect import bisect_right, insort

from streams.load.entries import FactEntry


class History:
    """Facts of one kind, derived from their entries: the one that holds at `at`, and those that come after it.

    What fires at an instant sees only facts at or before it, also where later ones are known already; of two at one
    instant the greater (source, event_id) holds. Bounded by the facts not yet counted, and one.
    """

    __slots__ = ("_facts", "at")

    def __init__(self, at: int) -> None:
        self.at = at
        self._facts: list[FactEntry] = []

    def add(self, fact: FactEntry) -> bool:
        """True if it has or will have a say; False if a later one holds already."""
        if self._facts and fact < self._facts[0] and self._facts[0].time <= self.at:
            return False
        insort(self._facts, fact)
        return True

    def advance(self, at: int) -> list[FactEntry]:
        """What holds at `at` holds now; returns the facts that it has superseded."""
        self.at = at
        settled = bisect_right(self._facts, at, key=_time_of) - 1
        if settled <= 0:
            return []
        superseded = self._facts[:settled]
        del self._facts[:settled]
        return superseded

    def value(self) -> str | float | None:
        """What holds at `at`; None if nothing was ever said."""
        return self._facts[0].value if self._facts and self._facts[0].time <= self.at else None

    def all(self) -> list[FactEntry]:
        return self._facts


def _time_of(fact: FactEntry) -> int:
    return fact.time
