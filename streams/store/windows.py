"""Finds tables that would count rows twice when an insert is repeated: those that remember no insert."""

from schemas.rows import ROWS
from streams.store.client import Store

_ENGINES = """
SELECT name, engine, engine_full FROM system.tables
WHERE database = {database:String} AND has({names:Array(String)}, name)
ORDER BY name
"""
_PLAIN = "non_replicated_deduplication_window"
_REPLICATED = "replicated_deduplication_window"


def undeduplicated(store: Store) -> list[str]:
    """What is wrong with each such table and what to do; empty where all is well. Raises StoreError.

    Replicated and shared tables remember inserts unless told otherwise, others only if told so.
    """
    names = sorted({table.stored_in for table in ROWS.values()})
    found = store.query(_ENGINES, {"database": store.database, "names": names})
    return [problem for name, engine, full in found.rows if (problem := _problem(name, engine, full))]


def _problem(name: str, engine: str, full: str) -> str:
    window = _setting(full, _PLAIN)
    if engine.startswith(("Replicated", "Shared")):
        window, setting = _setting(full, f" {_REPLICATED}"), _REPLICATED
        remembers = window is None or window > 0
    else:
        setting = _PLAIN
        remembers = bool(window)
    if remembers:
        return ""
    return (
        f"table {name} does not remember inserts ({setting} is {window or 'not set'}): a repeated insert would count "
        f"twice. Run: ALTER TABLE {name} MODIFY SETTING {setting} = 10000"
    )


def _setting(engine_full: str, name: str) -> int | None:
    """The value in the text that the store gives for an engine, None where it does not name the setting."""
    _, named, rest = engine_full.partition(f"{name} = ")
    digits = rest.split(",")[0].split("\n")[0].strip().strip("'")
    return int(digits) if named and digits.isdigit() else None
