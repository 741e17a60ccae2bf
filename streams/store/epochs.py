"""Epochs: a run of the pipeline over the whole history; readers see the last one that has finished."""

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson

from streams.store.client import Store

DERIVED: Final = (
    *("identifiers_all", "stays_all", "queue_load_all", "staffing_all"),
    *("customers_all", "visits_all", "identity_links_all", "identity_ledger_all"),
)
"""Tables whose rows belong to an epoch; it is in their partition key."""

_KNOWN = """
SELECT epoch, toUnixTimestamp64Milli(started_at), toUnixTimestamp64Milli(finished_at),
       toUnixTimestamp64Milli(dropped_at)
FROM epochs ORDER BY epoch"""
_ANY_SIZE = "SETTINGS max_partition_size_to_drop = 0"  # it is meant: the rows are in a later epoch, too
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'")


class Epoch(NamedTuple):
    """Times in ms since 1970 UTC. `finished_ms`: every view shows it from then on, all at the same time; `dropped_ms`:
    its rows were given up."""

    number: int
    started_ms: int
    finished_ms: int | None = None
    dropped_ms: int | None = None

    def row(self) -> bytes:
        """As a row of `epochs`."""
        times = {"started_at": self.started_ms, "finished_at": self.finished_ms, "dropped_at": self.dropped_ms}
        seconds: dict[str, Any] = {name: None if ms is None else ms / 1000 for name, ms in times.items()}
        return orjson.dumps({"epoch": self.number, **seconds})


def known(store: Store) -> list[Epoch]:
    """Every epoch that the store has heard of, in order of their numbers."""
    return [Epoch(*row) for row in store.query(_KNOWN).rows]


def shown(epochs: Iterable[Epoch]) -> int | None:
    """The number of the one that readers see; None where none has finished."""
    return max((epoch.number for epoch in epochs if epoch.finished_ms is not None), default=None)


def open_first(store: Store) -> None:
    """A store without any epoch is empty, so its first one has nothing to catch up with: it is finished at once."""
    store.command(
        "INSERT INTO epochs (epoch, started_at, finished_at) "
        "SELECT 1, now64(3), now64(3) WHERE (SELECT count() FROM epochs) = 0"
    )


def drop_given_up(store: Store) -> list[int]:
    """Drop the rows of epochs that were given up; returns whose there were any. A second call finds nothing to do."""
    epochs = known(store)
    visible = shown(epochs)
    over = [epoch.number for epoch in epochs if epoch.dropped_ms is not None and epoch.number != visible]
    dropped = set()
    for table in DERIVED if over else ():
        numbers = ", ".join(map(str, over))
        sql = f"SELECT DISTINCT epoch, _partition_id FROM {table} WHERE epoch IN ({numbers})"
        for number, partition in store.query(sql, settings={"final": 0}).rows:
            store.command(f"ALTER TABLE {table} DROP PARTITION ID '{partition}' {_ANY_SIZE}")
            dropped.add(int(number))
    return sorted(dropped)


def forgets(store: Store) -> bool:
    """True if stored touchpoints expire: then the rows are not the whole history."""
    (statement,) = store.query("SHOW CREATE TABLE touchpoints").rows[0]
    return re.search(r"\bTTL\b", _TEXT.sub("", statement)) is not None
