"""The rows at rest as data: every table that a stage writes to, its columns, its key and its one writer.

A row travels as one JSON object on `rows.<table>`: times are seconds since 1970 with 3 decimals, decimals and texts are
strings, an unknown number or time is null, a text never is. The DDL in `clickhouse/` says the same to the engine.
"""

from typing import Literal, NamedTuple

Writer = Literal["validate", "stitch", "load", "worker", "operator"]

TIME, MAYBE_TIME = "DateTime64(3, 'UTC')", "Nullable(DateTime64(3, 'UTC'))"
TEXT, TERM, MAYBE_TERM = "String", "LowCardinality(String)", "LowCardinality(Nullable(String))"
NUMBER, MAYBE_NUMBER = "Float64", "Nullable(Float64)"
COUNT, SMALL_COUNT, SMALLEST = "UInt64", "UInt32", "UInt8"


class RowTable(NamedTuple):
    """`name`: of the topic and of what readers query; `stored_in`: the table that rows are inserted into.

    `key`: what identifies a row; of several rows with one key the highest `version` (without one: the last) stands.
    """

    name: str
    stored_in: str
    writer: Writer
    key: tuple[str, ...]
    columns: dict[str, str]
    versioned: bool = True


_TABLES = (
    RowTable(
        "touchpoints",
        "touchpoints",
        "validate",
        ("toDate(occurred_at)", "source", "event_id"),
        {
            "source": TERM,
            "event_id": TEXT,
            "channel": TERM,
            "type": TERM,
            "occurred_at": TIME,
            "occurred_text": TEXT,
            "received_at": TIME,
            "sent_at": MAYBE_TIME,
            "identifier": TEXT,
            "identifiers": "Map(String, String)",
            "place": MAYBE_TERM,
            "amount": "Nullable(Decimal(18, 4))",
            "currency": TERM,
            "data": TEXT,
            "extra": TEXT,
            "operated_by": TERM,
            "audience": TERM,
            "schema_version": "UInt16",
            "topic": TERM,
            "partition": "UInt16",
            "offset": COUNT,
            "payload_hash": TEXT,
            "import_file": TERM,
            "import_line": COUNT,
            "version": COUNT,
        },
    ),
    RowTable(
        "rejected",
        "rejected",
        "validate",
        ("toDate(rejected_at)", "topic", "partition", "offset", "row", "rejected_at"),
        {
            "topic": TERM,
            "partition": "UInt16",
            "offset": COUNT,
            "row": TEXT,
            "rejected_at": TIME,
            "reason": TERM,
            "field": TERM,
            "detail": TEXT,
            "source": TERM,
            "raw": TEXT,
            "payload": TEXT,
            "import_file": TERM,
            "import_line": COUNT,
        },
        versioned=False,
    ),
    RowTable(
        "identifiers",
        "identifiers_all",
        "stitch",
        ("epoch", "identifier"),
        {
            "identifier": TEXT,
            "first_seen": MAYBE_TIME,
            "last_seen": MAYBE_TIME,
            "touchpoints": COUNT,
            "orders": COUNT,
            "amount": "Decimal(38, 4)",
            "other_currencies": "Map(String, Decimal(38, 4))",
            "late": COUNT,
            "duplicates": COUNT,
            "epoch": "UInt16",
            "version": COUNT,
        },
    ),
    RowTable(
        "stays",
        "stays_all",
        "stitch",
        ("epoch", "toDate(joined_at)", "place", "identifier", "joined_at", "nth"),
        {
            "place": TERM,
            "token": TEXT,
            "customer": TEXT,
            "joined_at": TIME,
            "started_at": MAYBE_TIME,
            "ended_at": MAYBE_TIME,
            "outcome": TERM,
            "wait_seconds": MAYBE_NUMBER,
            "service_seconds": MAYBE_NUMBER,
            "server": TEXT,
            "identifier": TEXT,
            "nth": SMALL_COUNT,
            "kind": TERM,
            "guessed": SMALLEST,
            "epoch": "UInt16",
            "version": COUNT,
            "is_deleted": SMALLEST,
        },
    ),
    RowTable(
        "queue_load",
        "queue_load_all",
        "load",
        ("epoch", "toStartOfHour(at)", "place", "at"),
        {
            "place": TERM,
            "at": TIME,
            "waiting": SMALL_COUNT,
            "being_served": SMALL_COUNT,
            "present": SMALL_COUNT,
            "servers": "Nullable(UInt32)",
            "load": MAYBE_NUMBER,
            "oldest_wait_seconds": MAYBE_NUMBER,
            "arrivals": SMALL_COUNT,
            "starts": SMALL_COUNT,
            "ends": SMALL_COUNT,
            "abandons": SMALL_COUNT,
            "estimate_p50_seconds": MAYBE_NUMBER,
            "estimate_p90_seconds": MAYBE_NUMBER,
            "estimate_method": TERM,
            "estimate_reason": TERM,
            "estimate_samples": SMALL_COUNT,
            "level": TERM,
            "state": TERM,
            "posted_minutes": MAYBE_NUMBER,
            "epoch": "UInt16",
            "version": COUNT,
        },
    ),
    RowTable(
        "pipeline",
        "pipeline",
        "worker",
        ("toStartOfFiveMinutes(at)", "stage", "partition", "input", "at"),
        {
            "stage": TERM,
            "partition": "UInt16",
            "input": TERM,
            "at": TIME,
            "watermark": MAYBE_TIME,
            "offset": "Int64",
            "end_offset": "Int64",
            "lag": "Int64",
            "delay_seconds": MAYBE_NUMBER,
            "events": COUNT,
            "held_by": TEXT,
            "paused": TEXT,
        },
        versioned=False,
    ),
    RowTable(
        "epochs",
        "epochs",
        "worker",
        ("epoch",),
        {"epoch": "UInt16", "started_at": TIME, "finished_at": MAYBE_TIME, "dropped_at": MAYBE_TIME},
        versioned=False,
    ),
    RowTable(
        "rejected_audit",
        "rejected_audit",
        "operator",
        ("toDate(rejected_at)", "topic", "partition", "offset", "row", "rejected_at", "at"),
        {
            "topic": TERM,
            "partition": "UInt16",
            "offset": COUNT,
            "row": TEXT,
            "rejected_at": TIME,
            "at": TIME,
            "action": TERM,
            "by": TEXT,
            "why": TEXT,
            "reason": TERM,
            "source": TERM,
            "changes": TEXT,
            "new_topic": TERM,
            "new_partition": "UInt16",
            "new_offset": COUNT,
        },
        versioned=False,
    ),
)

ROWS = {table.name: table for table in _TABLES}
"""By name; the same names, in the same order, as `ROW_TABLES` of the topology."""
