"""What an identifier owes others before the next write: names of things that changed, each with its last version."""

from streams.stitch.content import Content
from streams.stitch.visited import changed_visits

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
