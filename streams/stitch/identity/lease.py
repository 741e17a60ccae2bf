"""The rules of leased identifiers: who holds one is a step function of event time, cut by evidence.

A run goes from its position to the next one's. A lease goes from one `wristband.issued` or `.returned` to the next, and
its first holder gets what came before in it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

ISSUED, RETURNED = "wristband.issued", "wristband.returned"
BEGINNING: Final = -(1 << 50)
"""Position of the first run: before all time."""
MOST_HOLDERS: Final = 16
"""Distinct holders within one lease; with more it belongs to nobody."""
_RANK: Final = {RETURNED: 0, ISSUED: 2}
LATEST_RANK: Final = 3
MARKS: Final = frozenset(_RANK)
"""Types that begin a lease or end one, so that another begins."""

Evidence = tuple[int, str, str, str, str]
"""(position, source, event_id, holder or '', type): sorts in the order in which it is applied."""


class Run(NamedTuple):
    """From `pos` on it belongs to `label`; '' while nobody is known. `mark` 1: a lease begins with it.

    `at` and so on: the evidence that named the label, or that began the run.
    """

    pos: int
    label: str
    mark: int
    at: int | None
    source: str
    event_id: str
    kind: str


_BESIDE: Final = "beside "


def beside(kind: str) -> str:
    """Of a touchpoint that hands over something else: it names who has this one, and cuts nothing."""
    return _BESIDE + kind


def type_of(kind: str) -> str:
    """The touchpoint's type, whatever it did to the line."""
    return kind.removeprefix(_BESIDE)


FIRST: Final = Run(BEGINNING, "", 1, None, "", "", "")


def position(at: int, kind: str) -> int:
    """Of an instant (ms) on the line: a return, what the wearer still did then, an issue, the rest."""
    return at * 4 + _RANK.get(kind, LATEST_RANK)


def extend(runs: Sequence[Run], evidence: Iterable[Evidence]) -> list[Run]:
    """The runs with more evidence, sorted and none of it earlier than what the runs come from."""
    result = list(runs)
    for pos, source, event_id, label, kind in evidence:
        named = (pos >> 2, source, event_id, kind)
        if kind == ISSUED:
            result.append(Run(pos, "", 1, *named))
        if label:
            last = result[-1]
            if not last.label:
                result[-1] = Run(last.pos, label, last.mark, *named)
            elif last.label != label:
                result.append(Run(pos, label, 0, *named))
        if kind == RETURNED:
            result.append(Run(pos + 1, "", 1, *named))
    return result


def index_at(runs: Sequence[Run], pos: int) -> int:
    """Index of the run that covers a position."""
    return bisect_right(runs, pos, key=_pos) - 1


def _pos(run: Run) -> int:
    return run.pos


def label_at(runs: Sequence[Run], pos: int) -> str:
    """Who holds it at this position, '' for nobody known."""
    return runs[index_at(runs, pos)].label


def leases(runs: Sequence[Run]) -> list[tuple[int, int]]:
    """[first, after) indexes of the runs of each lease."""
    starts = [index for index, run in enumerate(runs) if run.mark or index == 0]
    return list(zip(starts, [*starts[1:], len(runs)], strict=True))


def blocked(runs: Sequence[Run], before: frozenset[str] = frozenset()) -> frozenset[int]:
    """Indexes of runs whose lease has too many holders. `before`: forgotten labels of the first lease."""
    if len(runs) + len(before) <= MOST_HOLDERS:
        return frozenset()
    found: set[int] = set()
    for first, after in leases(runs):
        labels = {run.label for run in runs[first:after] if run.label}
        if first == 0:
            labels |= before
        if len(labels) > MOST_HOLDERS:
            found.update(range(first, after))
    return frozenset(found)


def knows(runs: Sequence[Run], pos: int, label: str, kind: str) -> bool:
    """Whether evidence at this position would tell the runs nothing new: a copy that comes late changes nothing."""
    there = [runs[index_at(runs, pos - 1)], *(run for run in runs if pos <= run.pos <= pos + 1)]
    if kind in _RANK and not any(run.mark and run.pos == pos + (kind == RETURNED) for run in there):
        return False
    return not label or any(run.label == label for run in there)
