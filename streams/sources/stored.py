"""Stored touchpoints and commands as they were sent, in order of time: what a new epoch is made from."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from schemas.erased import ERASED
from schemas.touchpoint.identifiers import MADE
from streams.kafka.cut import Cut
from streams.store.client import Store
from streams.topology import PUBLIC
from streams.validate.marker import COMMAND_HEADER

HOUR_MS: Final = 3_600_000
MOST_ROWS: Final = 20_000
"""About so many are asked for at once; a single moment may hold more."""

_HOURS = """
SELECT intDiv(toUnixTimestamp(occurred_at), 3600) AS hour, count() FROM touchpoints
WHERE {past} GROUP BY hour ORDER BY hour"""
_ROWS = """
SELECT source, event_id, channel, type, occurred_text, identifiers, place, data, extra, operated_by,
       schema_version, toUnixTimestamp64Milli(received_at) AS received_ms
FROM touchpoints
WHERE occurred_at >= fromUnixTimestamp64Milli({{from_ms:Int64}})
  AND occurred_at < fromUnixTimestamp64Milli({{until_ms:Int64}}) AND {past}
ORDER BY occurred_at, source, event_id"""
# After a UNION, ORDER BY would sort its last branch alone.
_COMMANDS = """
SELECT * FROM (
    SELECT command, kind, weak, strong, who, why, toUnixTimestamp64Milli(at) AS at_ms
    FROM identity_commands WHERE NOT startsWith(weak, '{erased}') AND {past}
    UNION ALL
    SELECT command, 'erase', concat('{erased}', hash), '', '', '', until_ms FROM erased
)
ORDER BY at_ms, command, weak"""


class StoredRecord(NamedTuple):
    """A touchpoint or a command as a record of a log that nobody has written. `timestamp`: when it first arrived."""

    offset: int
    timestamp: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Span(NamedTuple):
    """From `from_ms` to before `until_ms`, with about so many touchpoints."""

    from_ms: int
    until_ms: int
    rows: int


def commands(store: Store, cuts: Sequence[Cut]) -> list[StoredRecord]:
    """What people have ordered below the cuts, numbered from 0: it stands before whatever it is about is known.

    Who was erased comes as hashes: what is left of them to be told is that they were.
    """
    result = store.query(_COMMANDS.format(past=_past(cuts, "at"), erased=ERASED))
    rows = (dict(zip(result.names, row, strict=True)) for row in result.rows)
    return [
        StoredRecord(offset, row.pop("at_ms"), orjson.dumps(row), headers=(COMMAND_HEADER,))
        for offset, row in enumerate(rows)
    ]


def spans(store: Store, cuts: Sequence[Cut]) -> list[Span]:
    """The time that the store covers: empty stretches skipped, quiet hours joined, busy ones cut into pieces."""
    found: list[Span] = []
    for hour, rows in store.query(_HOURS.format(past=_past(cuts))).rows:
        start = int(hour) * HOUR_MS
        if found and found[-1].rows + rows <= MOST_ROWS:
            found[-1] = Span(found[-1].from_ms, start + HOUR_MS, found[-1].rows + rows)
        else:
            found += _pieces(start, int(rows))
    return found


def _pieces(start: int, rows: int) -> list[Span]:
    count = min(-(-rows // MOST_ROWS), HOUR_MS)
    edges = [start + HOUR_MS * piece // count for piece in range(count + 1)]
    shares = [rows * (piece + 1) // count - rows * piece // count for piece in range(count)]
    return [Span(*span) for span in zip(edges[:-1], edges[1:], shares, strict=True)]


def records(store: Store, span: Span, cuts: Sequence[Cut], first: int) -> list[StoredRecord]:
    """What lies below the cuts, numbered from `first`."""
    result = store.query(_ROWS.format(past=_past(cuts)), {"from_ms": span.from_ms, "until_ms": span.until_ms})
    rows = (dict(zip(result.names, row, strict=True)) for row in result.rows)
    return [StoredRecord(offset, row["received_ms"], touchpoint_of(row)) for offset, row in enumerate(rows, first)]


def touchpoint_of(row: dict[str, Any]) -> bytes:
    """The touchpoint as it was sent, but for what only its row needs, personal values, which stay hashed, and keys,
    which are made again."""
    touchpoint: dict[str, Any] = orjson.loads(row["extra"]) if row["extra"] else {}
    touchpoint |= {
        "event_id": row["event_id"],
        "source": row["source"],
        "channel": row["channel"],
        "type": row["type"],
        "occurred_at": row["occurred_text"],
        "data": orjson.loads(row["data"] or "{}"),
        "schema_version": row["schema_version"],
    }
    identifiers = {kind: value for kind, value in row["identifiers"].items() if kind not in MADE}
    if identifiers:
        touchpoint["identifiers"] = identifiers
    if row["place"] is not None:
        touchpoint["place"] = row["place"]
    if row["operated_by"]:
        touchpoint["operated_by"] = row["operated_by"]
    return orjson.dumps(touchpoint)


def _past(cuts: Sequence[Cut], received: str = "received_at") -> str:
    """As a condition: not what lies at a cut or above it, unless it is of an earlier log of that name."""
    later = [
        f"(partition = {cut.partition} AND offset >= {cut.offset} "
        f"AND {received} >= fromUnixTimestamp64Milli(toInt64({cut.began_ms})))"
        for cut in cuts
        if cut.began_ms is not None
    ]
    return f"NOT (topic = '{PUBLIC}' AND ({' OR '.join(later)}))" if later else "1"
