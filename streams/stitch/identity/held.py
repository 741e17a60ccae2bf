"""The line of a leased identifier in memory: its runs, whose they are, and what was added up by them."""

from bisect import bisect_left, insort
from collections.abc import Iterable

from schemas.erased import ERASED
from streams.stitch.content import Content
from streams.stitch.identity.children import Groups
from streams.stitch.identity.lease import MARKS, Evidence, Run, blocked, extend, index_at


class Held:
    """Derived from an identifier's entries, never written. Bounded by the evidence within the allowed lateness.

    `sums`: what each holder has of it, as far as it was asked for; `recent`: the part of it that is not folded.
    """

    __slots__ = (
        "blocked",
        "evidence",
        "folded",
        "forgotten",
        "groups",
        "latest",
        "lost",
        "off",
        "recent",
        "runs",
        "sums",
    )

    def __init__(
        self,
        folded: tuple[Run, ...],
        forgotten: Iterable[str],
        evidence: list[Evidence],
        off: frozenset[str],
        latest: int,
    ) -> None:
        self.folded = folded
        self.forgotten = frozenset(forgotten)
        self.evidence = evidence
        """Beyond the folded runs, sorted."""
        self.off = off
        self.sums: dict[str, Content] = {}
        self.recent: dict[str, Content] | None = None
        self.groups: Groups | None = None
        """Of its children, where they are many."""
        self.latest = latest
        """Nothing that it has lies at a later position."""
        self.lost: list[tuple[Run, str, bool]] = []
        """Forgotten runs whose rows are not said yet, as `told` has them."""
        self.rethink()

    def rethink(self) -> None:
        """Evidence or commands have changed: runs anew, nothing added up."""
        self.runs = extend(self.folded, self.evidence)
        self.blocked = blocked(self.runs, self.forgotten)
        self.sums.clear()
        self.recent = self.groups = None

    def has(self, evidence: Evidence) -> bool:
        index = bisect_left(self.evidence, evidence)
        return index < len(self.evidence) and self.evidence[index] == evidence

    def insert(self, evidence: Evidence) -> bool:
        """Evidence that it does not have. False: it says what is known at its position, so that no run changes."""
        insort(self.evidence, evidence)
        pos, _, _, label, kind = evidence
        run = self.runs[index_at(self.runs, pos)]
        return kind in MARKS or run.label != label or run.pos >= pos or run.at is None or run.at >= pos >> 2

    def append(self, evidence: Evidence) -> bool:
        """The shortest way for evidence that `insert` has put last: True if nothing is anybody else's by it so far.

        That is, it only begins runs behind all that there is, and blocks nothing.
        """
        pos, _, _, label, _ = evidence
        last = self.runs[-1]
        names_an_open_run = bool(label) and not last.label
        if self.evidence[-1] != evidence or names_an_open_run or pos <= max(self.latest, last.pos):
            return False
        runs = extend(self.runs, [evidence])
        barred = blocked(runs, self.forgotten)
        if {index for index in barred if index < len(self.runs)} != self.blocked:
            return False
        self.runs, self.blocked = runs, barred
        return True

    def whose(self, index: int) -> str:
        """Who has what lies in the run of this index: '' for nobody, whoever it is labelled with."""
        label = self.runs[index].label
        return "" if index in self.blocked or label in self.off or label.startswith(ERASED) else label

    def index_at(self, pos: int) -> int:
        return index_at(self.runs, pos)

    def whose_at(self, pos: int) -> str:
        return self.whose(index_at(self.runs, pos))

    def told(self) -> list[tuple[Run, str, bool]]:
        """Each run with whose it is and whether its lease is blocked: that, too, is in the run's row."""
        return [(run, self.whose(index), index in self.blocked) for index, run in enumerate(self.runs)]

    def holders(self) -> list[str]:
        """Whose its runs are, one by one."""
        return [self.whose(index) for index in range(len(self.runs))]
