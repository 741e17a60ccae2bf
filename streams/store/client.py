"""The store as one port: what everything above asks of it, whichever engine answers."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

DATABASE = "touchline"

INSERT_SETTINGS: dict[str, str | int] = {
    # A batch is one block in one stroke: the answer means that it is stored.
    "async_insert": 0,
    # An engine that remembers inserts notes each before it keeps the rows: killed in between, it passes the retry over,
    # and the rows are lost. Every table replaces rows by their key, so a repetition does no harm.
    "insert_deduplicate": 0,
    # A writer may be newer than the table.
    "input_format_skip_unknown_fields": 1,
    # An unknown number is NULL by the writer's word, never a silent default.
    "input_format_null_as_default": 0,
    "date_time_input_format": "basic",
    # One batch of far-apart times (an import of decades) is no reason to refuse it.
    "max_partitions_per_insert_block": 0,
    # Bigger than any batch: one part per partition and insert.
    "max_insert_block_size": 1 << 22,
    "min_insert_block_size_rows": 1 << 22,
    "min_insert_block_size_bytes": 1 << 30,
}


class Result(NamedTuple):
    """An answer in full: times are aware UTC datetimes, decimals are Decimal, absent values None."""

    names: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


class Store(Protocol):
    """Every call blocks until it is done; any number of threads may call at the same time.

    Errors: StoreUnavailable (ask the same again later), StoreRefused (what was asked is wrong), StoreMisconfigured.
    """

    database: str

    def query(
        self, sql: str, params: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Result:
        """Run one query; `params` fill `{name:Type}`; replaced rows never show (`final`)."""
        ...

    def command(self, sql: str) -> None:
        """Run one statement without an answer: DDL, INSERT ... SELECT."""
        ...

    def insert_rows(self, table: str, ndjson: bytes) -> None:
        """Store JSON objects, one a line. Once this returns they are stored; after any error they may be.

        The same rows any number of times are one, since every table replaces rows by their key.
        """
        ...

    def close(self) -> None: ...
