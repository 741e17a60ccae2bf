"""Finds tables that an insert which is tried again would harm: those that count rows twice, or remember inserts."""

from schemas.rows import ROWS
from streams.store.client import Store

_ENGINES = """
SELECT name, engine, engine_full FROM system.tables
WHERE database = {database:String} AND has({names:Array(String)}, name)
ORDER BY name
"""
_MEMORY = "non_replicated_deduplication_window"


def unsafe(store: Store) -> list[str]:
    """What is wrong with each such table and what to do; empty where all is well. Raises StoreError.

    A table that is not replicated notes an insert before it keeps the rows; killed in between, it would pass over the
    retry. A replicated one does both in one stroke.
    """
    names = sorted({table.stored_in for table in ROWS.values()})
    found = store.query(_ENGINES, {"database": store.database, "names": names})
    return [problem for name, engine, full in found.rows if (problem := _problem(name, engine, full))]


def _problem(name: str, engine: str, full: str) -> str:
    if not engine.endswith("ReplacingMergeTree"):
        return (
            f"table {name} has the engine {engine}: a repeated insert would count twice. Make it anew as "
            "schemas/clickhouse says, ReplacingMergeTree or ReplicatedReplacingMergeTree, and run `touchline rebuild`"
        )
    _, _, behind = full.partition(f"{_MEMORY} = ")
    if behind and not behind.startswith("0"):
        return (
            f"table {name} remembers inserts ({_MEMORY}): rows would be lost where the store is killed during an "
            f"insert. Run: ALTER TABLE {name} RESET SETTING {_MEMORY}"
        )
    return ""
