"""Customers, visits, links and conflicts as readers see them."""

from collections.abc import Callable
from time import time

from streams.store.client import Store

Insert = Callable[..., None]
OPEN = "SELECT customer, open FROM visits ORDER BY customer"
CONFLICTS = "SELECT identifier, other, holder, open FROM identity_conflicts ORDER BY identifier, other"


def two_visits(insert: Insert) -> None:
    """One covers until 1,000 s and one for ever."""
    insert("visits", {"covers_until": 1_000.0}, {"customer": "customer:2", "covers_until": 4_000_000_000.0})


def test_a_visit_is_open_while_stitch_has_not_read_past_what_it_covers(store: Store, insert: Insert) -> None:
    two_visits(insert)
    insert("pipeline", {"stage": "stitch", "at": time() - 1, "partition": 0, "watermark": 999.0})
    insert("pipeline", {"stage": "stitch", "at": time() - 1, "partition": 1, "watermark": 5_000.0})
    insert("pipeline", {"stage": "load", "at": time(), "partition": 0, "watermark": 9_000.0})
    assert store.query(OPEN).rows == [("customer:1", 1), ("customer:2", 1)]
    insert("pipeline", {"stage": "stitch", "at": time(), "partition": 0, "watermark": 1_000.0})
    assert store.query(OPEN).rows == [("customer:1", 0), ("customer:2", 1)]


def test_where_nobody_knows_what_stitch_has_read_the_clock_decides_and_no_visit_is_hidden(
    store: Store, insert: Insert
) -> None:
    two_visits(insert)
    assert store.query(OPEN).rows == [("customer:1", 0), ("customer:2", 1)]
    insert("pipeline", {"stage": "stitch", "at": time(), "partition": 0, "watermark": None})
    assert store.query(OPEN).rows == [("customer:1", 0), ("customer:2", 1)]


def test_a_visit_that_joined_another_is_gone(store: Store, insert: Insert) -> None:
    insert("visits", {"started_at": 100.0, "version": 1}, {"started_at": 900.0, "version": 1})
    insert("visits", {"started_at": 100.0, "version": 2, "ended_at": 950.0}, {"started_at": 900.0, "is_deleted": 1})
    assert store.query("SELECT toUnixTimestamp(ended_at) FROM visits").rows == [(950,)]


def test_a_party_is_everybody_under_one_booking_and_they_stay_apart(store: Store, insert: Insert) -> None:
    insert("visits", {"bookings": ["b", "c"], "touchpoints": 3}, {"started_at": 9_000.0, "bookings": ["b"]})
    insert("visits", {"customer": "wristband:2", "bookings": ["b"]}, {"customer": "customer:3", "bookings": []})
    found = store.query("SELECT booking, customer, visits FROM parties ORDER BY booking, customer").rows
    assert found == [("b", "customer:1", 2), ("b", "wristband:2", 1), ("c", "customer:1", 1)]


def test_a_conflict_is_open_until_an_unlink_settles_it(store: Store, insert: Insert) -> None:
    for number, other in enumerate(("customer:2", "customer:3"), 1):
        insert("identity_ledger", {"change": "conflict", "other": other, "after": "customer:1", "version": number})
    insert("identity_links", {"status": "conflict"})
    assert [row[-1] for row in store.query(CONFLICTS).rows] == [1, 1]
    insert("identity_ledger", {"change": "unlinked", "other": "customer:3", "version": 3})
    assert [row[-1] for row in store.query(CONFLICTS).rows] == [1, 0]
    insert("identity_ledger", {"change": "unlinked", "other": "customer:2", "version": 4})
    insert("identity_links", {"status": "held"})
    assert [row[-1] for row in store.query(CONFLICTS).rows] == [0, 0]


def test_who_holds_it_after_an_unlink_is_no_rival_of_itself(store: Store, insert: Insert) -> None:
    insert("identity_ledger", {"change": "conflict", "other": "customer:2", "after": "customer:1"})
    insert("identity_links", {"status": "conflict", "holder": "customer:2"})
    assert store.query(CONFLICTS).rows == [("email:1", "customer:2", "customer:2", 0)]
