"""What comes twice is stored once, in the tables and in those that are filled from them."""

from collections.abc import Callable
from time import time

import orjson

from streams.store.client import Store

Insert = Callable[..., None]


def record(offset: int, event_id: str, **more: object) -> bytes:
    now = time()
    row = {"source": "app", "event_id": event_id, "occurred_at": now - 5, "received_at": now, "topic": "touchpoints"}
    return orjson.dumps({**row, "offset": offset, "version": 2**63 - offset, **more})


def test_a_retried_batch_leaves_one_receipt_per_record(store: Store) -> None:
    batch = b"\n".join(record(offset, f"e{offset}") for offset in range(10))
    for _ in range(3):
        store.insert_rows("touchpoints", batch)
    assert store.query("SELECT count() FROM receipts").rows == [(10,)]
    assert store.query("SELECT count() FROM touchpoints").rows == [(10,)]


def test_rows_that_the_engine_has_seen_and_does_not_have_are_stored_again(store: Store) -> None:
    """As after a kill between its note of an insert and the rows themselves."""
    for _ in range(2):
        store.insert_rows("touchpoints", record(1, "e"))
        stored = store.query("SELECT offset FROM touchpoints").rows
        store.command("DELETE FROM touchpoints WHERE offset = 1")
    assert stored == [(1,)]


def test_a_repeated_touchpoint_is_one_row_and_two_receipts(store: Store) -> None:
    store.insert_rows("touchpoints", record(1, "e"))
    store.insert_rows("touchpoints", record(2, "e"))
    assert store.query("SELECT offset FROM touchpoints").rows == [(1,)]
    assert store.query("SELECT offset, event_id FROM receipts ORDER BY offset").rows == [(1, "e"), (2, "e")]


def test_a_batch_that_is_cut_anew_after_a_crash_changes_nothing(store: Store) -> None:
    rows = [record(offset, f"e{offset}") for offset in range(10)]
    store.insert_rows("touchpoints", b"\n".join(rows[:6]))
    store.insert_rows("touchpoints", b"\n".join(rows[3:]))
    assert store.query("SELECT count(), uniqExact(event_id) FROM touchpoints").rows == [(10, 10)]
    assert store.query("SELECT count() FROM receipts").rows == [(10,)]


def test_a_batch_over_forty_years_is_one_insert(store: Store) -> None:
    rows = [record(year, f"e{year}", occurred_at=646_000_000 + year * 31_556_952.0) for year in range(37)]
    store.insert_rows("touchpoints", b"\n".join(rows))
    store.insert_rows("touchpoints", b"\n".join(rows))
    sql = "SELECT count(), uniqExact(toYear(occurred_at)), min(toYear(occurred_at)) FROM touchpoints"
    assert store.query(sql).rows == [(37, 37, 1990)]
