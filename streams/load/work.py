"""What one queue was asked for and did in each minute: arrivals, services, waits and who gave up."""

from typing import NamedTuple

from streams.load.entries import Stay

MINUTE_MS = 60_000
MINUTES = 15
"""How far back is measured: so many whole minutes, as long as the pace of the estimate."""


class Measured(NamedTuple):
    """Sums over 15 whole minutes, times in ms.

    `services` that ended, without those whose end is a guess; `waits` that ended, by service or by giving up.
    """

    arrivals: int
    services: int
    service_ms: int
    waits: int
    waited_ms: int
    abandoned: int


NOTHING = Measured(0, 0, 0, 0, 0, 0)

Deed = tuple[int, Measured]
"""(minute, what it adds to that minute)"""

_ARRIVED = Measured(1, 0, 0, 0, 0, 0)


def minute_of(time: int) -> int:
    """The number of the minute that `time` (ms since 1970) belongs to: one that ends at that very instant is over."""
    return -(-time // MINUTE_MS)


def deeds(stay: Stay | None) -> tuple[Deed, ...]:
    """What a stay contributes. Who is given up for lost (timed out) has waited nobody knows how long."""
    if stay is None or stay.gone or stay.kind == "presence":
        return ()
    joined, started, ended = stay.joined, stay.started, stay.ended
    arrived = (minute_of(joined), _ARRIVED)
    if started is None:
        if ended is None or stay.outcome != "abandoned":
            return (arrived,)
        return (arrived, (minute_of(ended), Measured(0, 0, 0, 1, ended - joined, 1)))
    waited = (minute_of(started), Measured(0, 0, 0, 1, started - joined, 0))
    if ended is None or stay.guessed:
        return (arrived, waited)
    return (arrived, waited, (minute_of(ended), Measured(0, 1, ended - started, 0, 0, 0)))


class Work:
    """Derived from the stays of one place, never stored; bounded by them.

    Each change costs O(1), and whole numbers only are added and taken back, so the sums are those of the stays.
    """

    __slots__ = ("_minutes", "_until")

    def __init__(self) -> None:
        self._minutes: dict[int, list[int]] = {}
        self._until: int | None = None

    def exchange(self, old: Stay | None, new: Stay | None) -> None:
        """Take back what `old` contributed and add what `new` does."""
        before, after = deeds(old), deeds(new)
        if after[: len(before)] == before:  # nearly always: something has been added
            before, after = (), after[len(before) :]
        for minute, deed in before:
            self._add(minute, deed, -1)
        for minute, deed in after:
            self._add(minute, deed, 1)

    def measured(self, at: int) -> Measured:
        """The last 15 whole minutes up to `at`; nothing that happened after it, and nothing earlier is asked again."""
        until = at // MINUTE_MS
        if until != self._until:
            self._until = until
            for minute in [minute for minute in self._minutes if minute <= until - MINUTES]:
                del self._minutes[minute]
        window = [
            sums for minute in range(until - MINUTES + 1, until + 1) if (sums := self._minutes.get(minute)) is not None
        ]
        return Measured(*map(sum, zip(*window, strict=True))) if window else NOTHING

    def _add(self, minute: int, deed: Measured, sign: int) -> None:
        if self._until is not None and minute <= self._until - MINUTES:
            return  # it is never asked for again
        sums = self._minutes.get(minute)
        if sums is None:
            sums = self._minutes[minute] = [0] * len(NOTHING)
        for index, amount in enumerate(deed):
            if amount:
                sums[index] += sign * amount
        if sign < 0 and not any(sums):
            del self._minutes[minute]
