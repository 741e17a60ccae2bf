"""What an identifier owes others before the next write: names of things that changed, each with its last version."""

from streams.stitch.content import Content, visit_starts, visits_of

Versions = dict[str, int]
_NONE: Versions = {}
_NOWHERE: dict[int, int] = {}
"""Of what is not owed: never changed, so that the many who owe little cost little."""


class Owed:
    """Only names and versions: what is there at the time of saying is said. A version of 0 is: nothing.

    `parts`: holders, old and new and every one in between; `claims`: targets; `tops`: children; `links`: positions of
    rows; `visits`: starts (ms); `row` and `counts`: the rows of `customers` and `identifiers`; `verdict`: on merges;
    `sealed`: rows of sealed children.
    """

    __slots__ = ("claims", "counts", "links", "parts", "row", "sealed", "tops", "verdict", "visits")

    def __init__(self) -> None:
        self.parts = self.claims = self.tops = _NONE
        self.links = self.visits = _NOWHERE
        self.row = self.counts = self.verdict = self.sealed = 0

    def part(self, holder: str, version: int) -> None:
        if self.parts is _NONE:
            self.parts = {}
        self.parts[holder] = version

    def claim(self, target: str, version: int) -> None:
        if self.claims is _NONE:
            self.claims = {}
        self.claims[target] = version

    def top(self, child: str, version: int) -> None:
        if self.tops is _NONE:
            self.tops = {}
        self.tops[child] = version

    def link(self, position: int, version: int) -> None:
        if self.links is _NOWHERE:
            self.links = {}
        self.links[position] = version

    def visit(self, start: int, version: int) -> None:
        if self.visits is _NOWHERE:
            self.visits = {}
        self.visits[start] = version


def note_own(owed: Owed, before: Content, after: Content, version: int) -> None:
    """What somebody whom nobody holds comes to has changed: the row, and the visits that are not what they were."""
    owed.row = version
    for start in changed_visits(before, after):
        owed.visit(start, version)


def changed_visits(before: Content, after: Content) -> set[int]:
    """Starts (ms) of visits that are there only before or after, or differ."""
    was, now = before.covers, after.covers
    if before.waits is after.waits and before.money.orders is after.money.orders:
        if was == now:  # a restart makes equal ones, no more the same
            return set()
        shared = len(was) - 1
        # As nearly always: the last visit goes on, or another begins after it.
        if shared >= 0 and len(now) - 1 == shared and was[:shared] == now[:shared]:
            return {was[-1][0], now[-1][0]}
        if was == now[:-1]:
            return {now[-1][0]}
        return {cover[0] for cover in set(was) ^ set(now)}
    return {visit.start for visit in set(visits_of(before)) ^ set(visits_of(after))}


def still_kept(content: Content, start: int) -> bool:
    """False for visits that are older than the ones that are kept: nothing is known of those any more."""
    return not content.older_visits or start >= min(visit_starts(content), default=start)
