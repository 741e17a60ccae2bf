"""Children of one identifier, added up in groups, so that one of very many costs what its group costs."""

from collections.abc import Callable, Iterable
from typing import Final
from zlib import crc32

from streams.stitch.actor import Child
from streams.stitch.content import EMPTY, Content, merge

MANY: Final = 64
"""So many are added up one by one."""
_GROUPS: Final = 32


class Groups:
    """In memory only: by group, what its children come to for each holder."""

    __slots__ = ("_children", "_sums")

    def __init__(self, children: Iterable[str]) -> None:
        self._children: list[set[str]] = [set() for _ in range(_GROUPS)]
        self._sums: list[dict[str, Content] | None] = [None] * _GROUPS
        for child in children:
            self.changed(child)

    def __len__(self) -> int:
        return sum(map(len, self._children))

    def changed(self, child: str) -> None:
        """It is new, or has something else than before."""
        group = crc32(child.encode()) % _GROUPS
        self._children[group].add(child)
        self._sums[group] = None

    def gone(self, child: str) -> None:
        """It was sealed: nothing is kept of it, not even its name."""
        group = crc32(child.encode()) % _GROUPS
        self._children[group].discard(child)
        self._sums[group] = None

    def contents(
        self, holder: str, entry_of: Callable[[str], Child | None], whose: Callable[[Child], str]
    ) -> list[Content]:
        """What they have for this holder, in few contents."""
        return [self._of(group, entry_of, whose).get(holder, EMPTY) for group in range(_GROUPS)]

    def _of(
        self, group: int, entry_of: Callable[[str], Child | None], whose: Callable[[Child], str]
    ) -> dict[str, Content]:
        known = self._sums[group]
        if known is None:
            by_holder: dict[str, list[Content]] = {}
            for child in self._children[group]:
                entry = entry_of(child)
                if entry is not None and entry.content is not None:
                    by_holder.setdefault(whose(entry), []).append(entry.content)
            known = self._sums[group] = {holder: merge(*contents) for holder, contents in by_holder.items()}
        return known
