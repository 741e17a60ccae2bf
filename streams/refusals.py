"""The share of refused records in a window of one partition: how a bad release is told from the odd bad record."""

import re
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson

_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
DEFAULT_LIMIT: Final = 0.5
DEFAULT_LEAST: Final = 1_000


class Judged(NamedTuple):
    """Records that were judged together; markers of Touchline itself are none of them."""

    records: int
    refused: int


class RefusalWindow:
    """The last judgements of one partition, as few as together hold `least` records. Bounded by `least` of them.

    While it is `open`, nothing exceeds: somebody has accepted the dead letters. It closes by itself once a full window
    keeps the limit again.
    """

    def __init__(self, limit: float = DEFAULT_LIMIT, least: int = DEFAULT_LEAST) -> None:
        """`limit`: a share from 0 to 1 that may be reached, not exceeded; 0 switches it off. `least`: 1 or more."""
        self.limit, self.least = limit, least
        self.open = False
        self._window: deque[Judged] = deque()
        self._records = self._refused = 0

    def exceeded_by(self, judged: Judged) -> float | None:
        """The share of refused records that the window would have with `judged`, if that is beyond the limit.

        None as long as fewer than `least` records are in it: the first few say nothing.
        """
        if not self.limit or self.open or not judged.refused:
            return None
        share = self._share_with(judged)
        return share if share is not None and share > self.limit else None

    def note(self, judged: Judged) -> None:
        """These were let through."""
        if not judged.records:
            return
        self._window.append(judged)
        self._records += judged.records
        self._refused += judged.refused
        while self._records - self._window[0].records >= self.least:
            oldest = self._window.popleft()
            self._records -= oldest.records
            self._refused -= oldest.refused
        share = self._share_with(Judged(0, 0))
        if self.open and share is not None and share <= self.limit:
            self.open = False

    def _share_with(self, more: Judged) -> float | None:
        records, refused = self._records + more.records, self._refused + more.refused
        for judged in self._window:
            if records - judged.records < self.least:
                break
            records -= judged.records
            refused -= judged.refused
        return refused / records if records >= self.least else None


def leading_causes(letters: Iterable[bytes], most: int = 3) -> str:
    """Reason, field and source of most of these rows of `rejected`, with their shares, for a person who must decide."""
    causes = Counter(_cause(orjson.loads(letter)) for letter in letters)
    total = sum(causes.values())
    named = [f"{cause} ({count / total:.0%})" for cause, count in causes.most_common(most)]
    return ", ".join(named) + (", …" if len(causes) > most else "")


def plain_name(text: str) -> str:
    """A source or field, if it looks like one; what is refused may hold anything there, the name of a person too."""
    return text if _NAME.fullmatch(text) else "…"


def _cause(row: dict[str, Any]) -> str:
    field = f" of {plain_name(row['field'])}" if row["field"] else ""
    return f"{row['reason']}{field} from {plain_name(row['source']) if row['source'] else 'an unreadable source'}"
