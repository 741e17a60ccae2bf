"""Finds tables that an insert which is tried again would harm: those that count rows twice, or remember inserts."""

from typing import NamedTuple

from schemas.rows import ROWS
from streams.store.client import Store

_ENGINES = """
SELECT name, engine_full FROM system.tables
WHERE database = {database:String} AND has({names:Array(String)}, name)
ORDER BY name
"""
_MEMORY = "non_replicated_deduplication_window"


class Harm(NamedTuple):
    """What a repeated insert does to a table, and what to do about it."""

    table: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"table {self.table} {self.what}. {self.fix}"


def unsafe(store: Store) -> list[Harm]:
    """Every such table; empty where all is well. Raises StoreError."""
    names = sorted({table.stored_in for table in ROWS.values()})
    found = store.query(_ENGINES, {"database": store.database, "names": names})
    return [harm for name, full in found.rows if (harm := harm_of(name, full)) is not None]


def harm_of(table: str, engine_full: str) -> Harm | None:
    """`engine_full`: as system.tables has it.

    A table that is not replicated notes an insert before it keeps the rows; killed in between, it would pass over the
    retry. A replicated one does both in one stroke.
    """
    engine = engine_full.split(" ")[0].partition("(")[0]
    if not engine.endswith("ReplacingMergeTree"):
        return Harm(
            table,
            f"has the engine {engine}: a repeated insert would count twice",
            "Make it anew as schemas/clickhouse says, ReplacingMergeTree or ReplicatedReplacingMergeTree, and run "
            "`touchline rebuild`",
        )
    _, _, window = engine_full.partition(f"{_MEMORY} = ")
    if window and not window.startswith("0"):
        return Harm(
            table,
            f"remembers inserts ({_MEMORY}): rows would be lost where the store is killed during an insert",
            f"ALTER TABLE {table} RESET SETTING {_MEMORY}",
        )
    return None
