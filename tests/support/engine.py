"""The embedded store with the product's own tables, filled and emptied by tests of queries and of the page."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from schemas.place import Places
from streams.store.client import Result, Store
from streams.store.migrate import migrate
from streams.store.opening import connect

TABLES = (
    *("places", "touchpoints", "rejected", "stays_all", "queue_load_all", "staffing_all", "pipeline"),
    *(
        "customers_all",
        "visits_all",
        "identity_links_all",
        "identity_ledger_all",
        "identity_commands",
        "identifiers_all",
    ),
)


class Engine:
    """One process has one embedded engine at a time: close this one before another folder is opened."""

    def __init__(self, folder: Path) -> None:
        self.store: Store = connect(f"chdb://{folder}")
        migrate(self.store, Places())
        self.asked: list[str] = []

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        self.asked.append(sql)
        return self.store.query(sql, params)

    def records(self, sql: str) -> list[dict[str, Any]]:
        answer = self.store.query(sql)
        return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]

    def insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        lines = b"\n".join(orjson.dumps(row) for row in rows)
        if lines:
            self.store.insert_rows(table, lines)

    def clear(self) -> None:
        for table in TABLES:
            self.store.command(f"TRUNCATE TABLE {table}")
        self.asked.clear()

    def close(self) -> None:
        self.store.close()
