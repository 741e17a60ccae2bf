"""What an examination has found out, as plain values: findings are drawn from these, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from streams.run.doctor.account import HourAccount


class Named(NamedTuple):
    """A touchpoint in conflict with another under its id; `how`: what they differ in, '' for their content."""

    source: str
    event_id: str
    at_ms: int
    how: str = ""


class Conflicts(NamedTuple):
    """How many there are in the time that was looked at, and the newest of them."""

    total: int = 0
    newest: tuple[Named, ...] = ()


NO_CONFLICTS = Conflicts()


class Standing(NamedTuple):
    """What a lane last told of itself (`pipeline`). `held_by`: the sender that holds its watermark back, '' if none."""

    offset: int
    watermark_ms: int | None
    delay_seconds: float | None
    held_by: str
    paused: str
    at_ms: int


@dataclass(frozen=True)
class Reading:
    """One partition that a group reads: a stage's input, or the rows of a table on their way into the store.

    `committed` and `committed_later`: the group's offset at the beginning and at the end of the examination.
    `oldest_unread_ms`: append time of the first record that the group has still to read; None where there is none.
    """

    reader: str
    partition: int
    topic: str
    begin: int
    end: int
    committed: int | None
    committed_later: int | None
    oldest_unread_ms: int | None = None
    standing: Standing | None = None
    standing_since_ms: int | None = None
    stable: int | None = None
    """A transaction of some service is open from here on, which hides everything behind it; None: none is."""

    @property
    def name(self) -> str:
        return f"{self.reader}/{self.partition}"

    @property
    def lag(self) -> int:
        """Records."""
        return max(0, self.end - max(self.begin, self.committed or 0))

    def lag_seconds(self, at_ms: int) -> float:
        return 0.0 if self.oldest_unread_ms is None else max(0.0, (at_ms - self.oldest_unread_ms) / 1_000)

    @property
    def moved(self) -> bool:
        return self.committed != self.committed_later


@dataclass(frozen=True)
class Checked:
    """How an input partition was looked at. `looked`: records read in the log; `unread`: offsets that were not.

    `settled`: what lies below must be stored. `log_begins_ms`: set where it does not reach back far enough; then
    `known_before`: received and rejected in the time that is gone from it.
    """

    partition: int
    begin: int
    end: int
    settled: int
    looked: int = 0
    unread: int = 0
    log_begins_ms: int | None = None
    known_before: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class TopicFacts:
    """`needed_hours`: how long its records must stay, None for ever."""

    name: str
    replication: int
    compacted: bool
    needed_hours: int | None
    config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoreFacts:
    """`engines`: of each table in full. `skew_seconds`: its clock minus ours. `readers_final`: None if not known."""

    engines: Mapping[str, str] = field(default_factory=dict)
    disks: Sequence[tuple[str, int, int]] = ()
    """Name, free bytes, all bytes."""
    skew_seconds: float = 0.0
    readers_final: bool | None = None
    open_letters: int = 0
    oldest_open_ms: int | None = None


@dataclass(frozen=True)
class Facts:
    """Everything that was found out, as of `at_ms` (our clock). `not_looked_at`: what could not be, with the reason."""

    at_ms: int
    hours: int
    embedded: bool
    event_clock: bool
    accounts: Sequence[HourAccount] = ()
    checked: Sequence[Checked] = ()
    readings: Sequence[Reading] = ()
    tables: Sequence[Reading] = ()
    nodes: int = 1
    topics: Sequence[TopicFacts] = ()
    refusals: Sequence[str] = ()
    """Why a worker would refuse to start, each with what to do."""
    missing_topics: Sequence[str] = ()
    broker_skew_seconds: float | None = None
    store: StoreFacts = field(default_factory=StoreFacts)
    restarts: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """How often the counter of a lane has begun anew in the last 10 minutes."""
    conflicts: Conflicts = NO_CONFLICTS
    escaped: Conflicts = NO_CONFLICTS
    key_file: str = ""
    """The pseudonym key lies in this file beside the data; '' if it does not."""
    key_file_open: bool = False
    not_looked_at: Sequence[str] = ()
