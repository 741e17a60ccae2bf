"""The account of an input partition, hour by hour: what was appended, and what has become of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

HOUR_MS: Final = 3_600_000
NEAR_OFFSETS: Final = 5_000
"""Spans that lie so near each other are read as one: a seek costs more than these records."""


class Span(NamedTuple):
    """Offsets from `start` up to before `stop`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start


class Appended(NamedTuple):
    """A record in the log that is a touchpoint, no mark of Touchline itself. `at_ms`: its append time."""

    offset: int
    at_ms: int


@dataclass(frozen=True)
class Ledger:
    """What the store knows of one stretch of a partition. Keys are the beginnings of hours in ms.

    `gone`: received once, and neither it nor a copy of it is stored now. `gaps`: offsets that no row tells of.
    """

    stored: Mapping[int, int] = field(default_factory=dict)
    duplicates: Mapping[int, int] = field(default_factory=dict)
    rejected: Mapping[tuple[int, str], int] = field(default_factory=dict)
    gone: Sequence[Appended] = ()
    gaps: Sequence[Span] = ()


@dataclass(frozen=True)
class Look:
    """What the log itself holds where the store has gaps; `unread`: offsets that were not looked at."""

    found: Sequence[Appended] = ()
    unread: Sequence[Span] = ()
    records: int = 0


@dataclass(frozen=True)
class HourAccount:
    """appended = stored + duplicates + rejected + under way + missing. `missing` is lost, or its row is."""

    partition: int
    hour_ms: int
    stored: int = 0
    duplicates: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    under_way: int = 0
    missing: int = 0
    first_missing: int | None = None
    deleted: bool = False
    """The log no longer holds the beginning of this hour: what was appended cannot be told."""

    @property
    def appended(self) -> int:
        return self.stored + self.duplicates + sum(self.rejected.values()) + self.under_way + self.missing


def joined(ledgers: Iterable[Ledger]) -> Ledger:
    """Ledgers of stretches that follow each other as one of the whole."""
    stored: Counter[int] = Counter()
    duplicates: Counter[int] = Counter()
    rejected: Counter[tuple[int, str]] = Counter()
    gone: list[Appended] = []
    gaps: list[Span] = []
    for ledger in ledgers:
        stored.update(ledger.stored)
        duplicates.update(ledger.duplicates)
        rejected.update(ledger.rejected)
        gone += ledger.gone
        gaps += ledger.gaps
    return Ledger(stored, duplicates, rejected, gone, merged(gaps, 0))


def merged(spans: Iterable[Span], near: int = NEAR_OFFSETS) -> list[Span]:
    """In order, those as one that touch or lie at most `near` offsets apart."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start - result[-1].stop <= near:
            result[-1] = Span(result[-1].start, max(result[-1].stop, span.stop))
        elif span.length > 0:
            result.append(span)
    return result


def affordable(spans: Sequence[Span], settled: int, most: int) -> tuple[list[Span], list[Span]]:
    """Which spans to read and which to leave where only `most` records may be read.

    What must be stored by now (below `settled`) comes first, and of it the newest: trouble is nearly always new.
    """
    below = [Span(span.start, min(span.stop, settled)) for span in spans if span.start < settled]
    above = [Span(max(span.start, settled), span.stop) for span in spans if span.stop > settled]
    chosen: list[Span] = []
    left: list[Span] = []
    for span in [*reversed(below), *above]:
        if span.length <= most:
            chosen.append(span)
        else:
            cut = span.stop - most
            chosen.append(Span(cut, span.stop))
            left.append(Span(span.start, cut))
        most -= chosen[-1].length
    return merged(chosen, 0), merged(left, 0)


def settle(
    partition: int, ledger: Ledger, look: Look, settled: int, deleted_before_ms: int | None
) -> list[HourAccount]:
    """One account per hour in which anything happened, in order.

    `settled`: every record below this offset must be stored; the others may be under way. `deleted_before_ms`: the log
    begins there; None where it reaches further back than was asked for. Of found and gaps only what no row tells of
    counts, so that reading too much does no harm.
    """
    silent = _Silent(ledger.gaps)
    missing = [*ledger.gone, *(found for found in look.found if found.offset < settled and found.offset in silent)]
    under_way = Counter(hour_of(f.at_ms) for f in look.found if f.offset >= settled and f.offset in silent)
    missing_in: dict[int, list[int]] = {}
    for lost in missing:
        missing_in.setdefault(hour_of(lost.at_ms), []).append(lost.offset)
    hours = {*ledger.stored, *ledger.duplicates, *(hour for hour, _ in ledger.rejected), *missing_in, *under_way}
    return [
        HourAccount(
            partition,
            hour,
            ledger.stored.get(hour, 0),
            ledger.duplicates.get(hour, 0),
            {reason: count for (of, reason), count in sorted(ledger.rejected.items()) if of == hour},
            under_way[hour],
            len(missing_in.get(hour, ())),
            min(missing_in.get(hour, ()), default=None),
            deleted_before_ms is not None and hour < deleted_before_ms,
        )
        for hour in sorted(hours)
    ]


def hour_of(at_ms: int) -> int:
    return at_ms - at_ms % HOUR_MS


class _Silent:
    """The offsets in some spans, which are in order and apart."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._at = 0

    def __contains__(self, offset: object) -> bool:
        """Fast for offsets that are asked for in order."""
        assert isinstance(offset, int)
        if self._at and self._spans[self._at - 1].stop > offset:
            self._at = 0
        while self._at < len(self._spans) and self._spans[self._at].stop <= offset:
            self._at += 1
        return self._at < len(self._spans) and self._spans[self._at].start <= offset
