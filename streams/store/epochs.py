"""Epochs: a run of the pipeline over the whole history; readers see the last one that has finished."""

import orjson

from streams.store.client import Store


def open_first(store: Store, epoch: int) -> None:
    """A store without any epoch is empty, so its first one has nothing to catch up with: it is finished at once."""
    store.command(
        f"INSERT INTO epochs (epoch, started_at, finished_at) "
        f"SELECT {int(epoch)}, now64(3), now64(3) WHERE (SELECT count() FROM epochs) = 0"
    )


def begin(store: Store, epoch: int, at_ms: int) -> None:
    """A rebuild writes rows under this epoch from now on; nobody sees them before `finish`."""
    row = {"epoch": epoch, "started_at": at_ms / 1000, "finished_at": None}
    store.insert_rows("epochs", orjson.dumps(row), f"epochs:{epoch}:begin:{at_ms}")


def finish(store: Store, epoch: int, at_ms: int) -> None:
    """The rows of this epoch are complete: every view shows them from now on, all at the same time."""
    sql = "SELECT toUnixTimestamp64Milli(minOrNull(started_at)) FROM epochs WHERE epoch = {epoch:UInt16}"
    started_ms = store.query(sql, {"epoch": epoch}).rows[0][0] or at_ms
    row = {"epoch": epoch, "started_at": started_ms / 1000, "finished_at": at_ms / 1000}
    store.insert_rows("epochs", orjson.dumps(row), f"epochs:{epoch}:finish:{at_ms}")


def shown(store: Store) -> int | None:
    """The epoch that readers see; None in a store where none has finished."""
    epoch = store.query("SELECT maxOrNull(epoch) FROM epochs WHERE finished_at IS NOT NULL").rows[0][0]
    return None if epoch is None else int(epoch)
