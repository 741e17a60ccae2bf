"""Dead letters as the store keeps them: found by filters, counted by cause, read with their exact bytes."""

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from schemas.touchpoint import instant_ms
from streams.store.client import Store

PAGE_LETTERS = 50
"""So many are held in memory at once; each has up to 1 MiB, and an answer of the store has a limit, too."""

_UNITS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_AGO = re.compile(r"([0-9]{1,6})([mhd])")
_NAME = "topic, partition, offset, row, rejected_at"
_OPEN = f"({_NAME}) NOT IN (SELECT {_NAME} FROM rejected_audit)"


class Position(NamedTuple):
    """Where the refused record lies; `row`: which of its rows, '' for the record itself."""

    topic: str
    partition: int
    offset: int
    row: str = ""

    def __str__(self) -> str:
        return "/".join(map(str, self)).rstrip("/")


class Letter(NamedTuple):
    """One dead letter. `payload`: the exact bytes that were refused."""

    position: Position
    rejected_ms: int
    reason: str
    field: str
    detail: str
    source: str
    payload: bytes
    dealt_with: str = ""


class Cause(NamedTuple):
    """Dead letters of one reason, field and source; `sample` is the newest of them."""

    reason: str
    field: str
    source: str
    topic: str
    total: int
    newest_ms: int
    sample: Position
    dealt_with: int


@dataclass(frozen=True)
class Filter:
    """What is asked for; empty: anything. Times in ms since 1970 UTC. `done`: also those dealt with already."""

    reasons: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since_ms: int | None = None
    until_ms: int | None = None
    positions: tuple[Position, ...] = ()
    done: bool = False

    def where(self) -> tuple[str, dict[str, Any]]:
        """The condition and its parameters."""
        asked: dict[str, Any] = {}
        terms = [] if self.done else [_OPEN]
        for column, values in (
            ("reason", self.reasons),
            ("source", self.sources),
            ("field", self.fields),
            ("topic", self.topics),
        ):
            if values:
                terms.append(f"{column} IN {{{column}_asked:Array(String)}}")
                asked[f"{column}_asked"] = list(values)
        for name, sign, time in (("since", ">=", self.since_ms), ("until", "<", self.until_ms)):
            if time is not None:
                terms.append(f"rejected_at {sign} fromUnixTimestamp64Milli({{{name}:Int64}}, 'UTC')")
                asked[name] = time
        if self.positions:
            named = []
            for number, position in enumerate(self.positions):
                named.append(
                    f"(topic = {{t{number}:String}} AND partition = {position.partition:d} "
                    f"AND offset = {position.offset:d} AND row = {{r{number}:String}})"
                )
                asked |= {f"t{number}": position.topic, f"r{number}": position.row}
            terms.append(f"({' OR '.join(named)})")
        return " AND ".join(terms) or "1", asked


def read_position(text: str) -> Position:
    """`topic/partition/offset`, or with `/row` for a row that the store refused. Raises ValueError."""
    parts = text.split("/")
    if len(parts) not in (3, 4) or not (parts[1].isdigit() and parts[2].isdigit()):
        raise ValueError(f"{text}: a dead letter is named topic/partition/offset, as in touchpoints/0/123")
    return Position(parts[0], int(parts[1]), int(parts[2]), "".join(parts[3:]))


def read_time(text: str, now_ms: int) -> int:
    """RFC 3339, or how long ago: 30m, 12h, 7d. Raises ValueError."""
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now_ms - int(ago[1]) * _UNITS[ago[2]]
    time = instant_ms(text)
    if time is None:
        raise ValueError(f"{text}: a time is RFC 3339 as in 2026-03-01T10:15:00Z, or how long ago as in 30m, 12h, 7d")
    return time


def causes(store: Store, wanted: Filter) -> list[Cause]:
    """Counts by reason, field, source and topic, the most frequent first."""
    condition, asked = wanted.where()
    sql = f"""SELECT reason, field, source, topic, count(), toUnixTimestamp64Milli(max(rejected_at)),
        argMax((topic, partition, offset, row), (rejected_at, offset, row)), countIf(NOT {_OPEN})
        FROM rejected WHERE {condition} GROUP BY reason, field, source, topic ORDER BY count() DESC, reason, field"""
    return [
        Cause(str(r), str(f), str(s), str(t), int(n), int(newest), Position(*sample), int(done))
        for r, f, s, t, n, newest, sample, done in store.query(sql, asked).rows
    ]


def total(store: Store, wanted: Filter) -> int:
    condition, asked = wanted.where()
    return int(store.query(f"SELECT count() FROM rejected WHERE {condition}", asked).rows[0][0])


def letters(store: Store, wanted: Filter) -> Iterator[Letter]:
    """In order of time, with their bytes. What is dealt with meanwhile is still among them."""
    condition, asked = wanted.where()
    names = store.query(
        f"SELECT topic, partition, offset, row, toUnixTimestamp64Milli(rejected_at) FROM rejected WHERE {condition} "
        "ORDER BY rejected_at, topic, partition, offset, row",
        asked,
    ).rows
    for start in range(0, len(names), PAGE_LETTERS):
        yield from _page(store, names[start : start + PAGE_LETTERS])


def _page(store: Store, names: Sequence[tuple[Any, ...]]) -> Iterator[Letter]:
    """The letters of these names, in their order."""
    sql = f"""SELECT topic, partition, offset, row, toUnixTimestamp64Milli(rejected_at) AS at,
        reason, field, detail, source, payload,
        (SELECT groupArray(({_NAME}, action)) FROM rejected_audit WHERE offset IN {{offsets:Array(UInt64)}}) AS books
        FROM rejected WHERE offset IN {{offsets:Array(UInt64)}}
        AND toUnixTimestamp64Milli(rejected_at) BETWEEN {{first:Int64}} AND {{last:Int64}}"""
    asked = {
        "offsets": sorted({int(name[2]) for name in names}),
        "first": min(int(name[4]) for name in names),
        "last": max(int(name[4]) for name in names),
    }
    found: dict[tuple[Position, int], Letter] = {}
    for topic, partition, offset, row, at, reason, field, detail, source, payload, books in store.query(
        sql, asked
    ).rows:
        position = Position(str(topic), int(partition), int(offset), str(row))
        done = [action for *name, _, action in books if Position(*name) == position]
        found[position, int(at)] = Letter(
            position, int(at), str(reason), str(field), str(detail), str(source), b64decode(payload), ", ".join(done)
        )
    for topic, partition, offset, row, at in names:
        known = found.get((Position(topic, int(partition), int(offset), row), int(at)))
        if known is not None:
            yield known
