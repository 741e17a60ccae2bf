"""How far each lane is: what the `pipeline` table, the metrics and the answers about health all say."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from streams.kafka.lane import Lane
from streams.partition import Partition
from streams.topology import Stage

EndOffset = Callable[[str, int], int | None]
"""(topic, partition) → the high watermark that the last fetch brought, None if there was none."""


class Runner(Protocol):
    """A stage and its lanes by partition, as StageRunner has them."""

    @property
    def stage(self) -> Stage: ...
    @property
    def lanes(self) -> Mapping[int, Lane]: ...


class Progress(NamedTuple):
    """One lane. Times in ms since 1970 UTC; `held_by` is the sender that holds the watermark back, '' for none."""

    lane: Lane
    input: str
    offset: int
    end_offset: int
    watermark: int | None
    held_by: str
    entries: int

    @property
    def lag(self) -> int:
        """Records of the log that are not done yet."""
        return self.end_offset - 1 - self.offset

    def delay_seconds(self, now_ms: int) -> float | None:
        """How far the stage's time is behind the clock; None while it has none."""
        return None if self.watermark is None else (now_ms - self.watermark) / 1000


def progress(runners: Iterable[Runner], end_offset: EndOffset, partitions: int) -> list[Progress]:
    """Every lane whose state is loaded. May be called from another thread: it only looks."""
    found = []
    for runner in runners:
        for lane in list(runner.lanes.values()):
            state = lane.state
            if state is not None:
                found.append(_of(runner.stage, lane, state, end_offset, partitions))
    return found


def _of(stage: Stage, lane: Lane, state: Partition[Any], end_offset: EndOffset, partitions: int) -> Progress:
    end = max(end_offset(stage.reads, lane.number) or 0, lane.offset + 1)
    held_by = _held_by(stage, state, partitions)
    return Progress(lane, stage.reads, lane.offset, end, state.watermark, held_by, len(state.entries))


def _held_by(stage: Stage, state: Partition[Any], partitions: int) -> str:
    """The sender that was not heard of yet, else the one furthest behind; '' for a stage that hears nobody."""
    if stage.hears is None:
        return ""
    senders = [f"{stage.hears}/{number}" for number in range(partitions)]
    for sender in senders:
        if sender not in state.watermarks:
            return sender
    return min(senders, key=state.watermarks.__getitem__)
