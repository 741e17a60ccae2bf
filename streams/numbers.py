"""Plain numbers about running work: counters and distributions that cost a few additions a chunk, for whoever asks."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.clock import steady_seconds

SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds: from a write of nothing to an outage that was waited out."""

RECORDS = (1, 10, 50, 100, 250, 500, 1_000, 2_000, 4_000, 8_000)
BYTES = tuple(1 << power for power in range(10, 25, 2))


class Distribution:
    """How often a value fell below each bound. May be read from another thread while it is written."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)  # of each bound alone; the last one has no bound
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def _seconds() -> Distribution:
    return Distribution(SECONDS)


@dataclass
class Sent:
    """What went to a topic, tries again included."""

    records: int = 0
    bytes: int = 0


@dataclass
class StageNumbers:
    """What all lanes of one stage have done since the process started: chunks, and the seconds of their phases."""

    chunk_records: Distribution = field(default_factory=lambda: Distribution(RECORDS))
    fold: Distribution = field(default_factory=_seconds)
    say: Distribution = field(default_factory=_seconds)
    write: Distribution = field(default_factory=_seconds)


_REASON = re.compile(rb'"reason":"(\w+)"')
"""In a row of dead letters; a quotation of another one has its quotes escaped, so that the first is the row's own."""


@dataclass
class LaneNumbers:
    """What the lanes of one partition have done since the process started. Nothing here costs per record."""

    stage: StageNumbers = field(default_factory=StageNumbers)
    records: int = 0
    messages: int = 0
    rows: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    outages: int = 0
    written: Sent = field(default_factory=Sent)
    waited: float = 0.0
    """Seconds spent on the broker."""

    @contextmanager
    def asking(self, phase: Distribution) -> Iterator[None]:
        """The body waits for the broker: note how long, also where it fails."""
        began = steady_seconds()
        try:
            yield
        finally:
            took = steady_seconds() - began
            phase.add(took)
            self.waited += took

    def said(self, messages: int, rows: Mapping[str, Sequence[bytes]]) -> None:
        """These were acknowledged by the broker."""
        self.messages += messages
        self.rows += sum(map(len, rows.values()))
        for row in rows.get("rejected", ()):
            found = _REASON.search(row)
            self.rejected[found[1].decode() if found else "unknown"] += 1

    def chunk(self, records: int, took: float, waited_before: float) -> None:
        """A chunk is done, in `took` seconds altogether; what was not waiting for the broker was folding."""
        self.records += records
        self.stage.chunk_records.add(records)
        self.stage.fold.add(max(0.0, took - (self.waited - waited_before)))


@dataclass
class TableNumbers:
    """What the sink has done with one table since it started."""

    rows: int = 0
    refused: int = 0
    batch_bytes: Distribution = field(default_factory=lambda: Distribution(BYTES))
    insert: Distribution = field(default_factory=_seconds)


class Sample(NamedTuple):
    """One value of a metric that the catalogue (streams/run/health/metrics.py) names; labels in its order."""

    metric: str
    labels: tuple[str, ...]
    value: float | Distribution
