"""Stored touchpoints back into the log in order of time: how an embedded pipeline remembers after its broker forgot."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from schemas.touchpoint.identifiers import MADE
from streams.kafka.outgoing import Record
from streams.store.client import Store

HOUR: Final = 3_600
BATCH: Final = 4_000
_HOURS = "SELECT DISTINCT intDiv(toUnixTimestamp(occurred_at), 3600) AS hour FROM touchpoints ORDER BY hour"
_ROWS = """
SELECT source, event_id, channel, type, occurred_text, identifiers, place, sent_at, data, extra, operated_by,
       schema_version
FROM touchpoints
WHERE occurred_at >= fromUnixTimestamp64Milli({from_ms:Int64})
  AND occurred_at < fromUnixTimestamp64Milli({until_ms:Int64})
ORDER BY occurred_at, source, event_id"""


def stored_records(store: Store) -> Iterator[list[Record]]:
    """Everything the store has, an hour at a time, in batches; bounded by the fullest hour."""
    for (hour,) in store.query(_HOURS).rows:
        span = {"from_ms": int(hour) * HOUR * 1_000, "until_ms": (int(hour) + 1) * HOUR * 1_000}
        result = store.query(_ROWS, span)
        records = [record_of(dict(zip(result.names, row, strict=True))) for row in result.rows]
        for start in range(0, len(records), BATCH):
            yield records[start : start + BATCH]


def record_of(row: dict[str, Any]) -> Record:
    """The touchpoint as it was sent, but for personal values, which stay hashed, and keys, which are made again."""
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
    if row["sent_at"] is not None:
        touchpoint["sent_at"] = row["sent_at"].isoformat(timespec="milliseconds")
    return f"{row['source']}:{row['event_id']}".encode(), orjson.dumps(touchpoint), []
