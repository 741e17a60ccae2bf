"""Derived tables show the last finished epoch, all at the same moment, and the latest version of each row."""

from collections.abc import Callable, Iterator

import pytest

from streams.store.client import Store
from streams.store.epochs import Epoch, drop_given_up, forgets, known, open_first, shown

Insert = Callable[..., None]
VIEWS = ("stays", "queue_load", "identifiers", "customers", "visits", "identity_links", "identity_ledger")


@pytest.fixture(autouse=True)
def first_epoch(store: Store) -> Iterator[None]:
    yield
    store.command("TRUNCATE TABLE epochs")
    open_first(store)


def put(store: Store, epoch: Epoch) -> None:
    store.insert_rows("epochs", epoch.row())


def counts(store: Store) -> list[int]:
    return [store.query(f"SELECT count() FROM {view}").rows[0][0] for view in VIEWS]


def test_a_new_store_shows_its_first_epoch(store: Store) -> None:
    assert shown(known(store)) == 1


def test_a_rebuild_is_seen_only_when_it_has_finished(store: Store, insert: Insert) -> None:
    for view in VIEWS:
        insert(view, {"epoch": 1})
    put(store, Epoch(2, 5_000))
    for view in VIEWS:
        insert(view, {"epoch": 2}, {"epoch": 2, "place": "till", "identifier": "wristband:2", "customer": "customer:2"})
    assert counts(store) == [1] * len(VIEWS)
    put(store, Epoch(2, 5_000, 9_000))
    assert counts(store) == [2] * len(VIEWS)
    assert shown(known(store)) == 2


def test_an_epoch_is_known_as_it_was_last_written(store: Store) -> None:
    put(store, Epoch(3, 5_000))
    put(store, Epoch(3, 5_000, 9_500))
    put(store, Epoch(4, 9_600, None, 9_700))
    assert known(store)[1:] == [Epoch(3, 5_000, 9_500), Epoch(4, 9_600, None, 9_700)]


def test_rows_of_an_epoch_that_was_given_up_go_and_no_others(store: Store, insert: Insert) -> None:
    for view in VIEWS:
        for epoch in (1, 2, 3):
            insert(view, {"epoch": epoch})
    for epoch in (Epoch(1, 0, 1_000, 9_000), Epoch(2, 5_000, 8_000), Epoch(3, 6_000, None, 7_000)):
        put(store, epoch)
    assert drop_given_up(store) == [1, 3]
    assert drop_given_up(store) == []
    assert counts(store) == [1] * len(VIEWS)
    left = [store.query(f"SELECT DISTINCT epoch FROM {view}_all").rows for view in VIEWS]
    assert left == [[(2,)]] * len(VIEWS)


def test_the_epoch_that_is_shown_is_never_dropped(store: Store, insert: Insert) -> None:
    insert("stays", {"epoch": 5})
    put(store, Epoch(5, 5_000, 9_000, 9_500))
    assert drop_given_up(store) == []
    assert counts(store)[0] == 1


def test_a_store_whose_touchpoints_expire_says_so(store: Store) -> None:
    assert not forgets(store)
    store.command("ALTER TABLE touchpoints MODIFY TTL toDateTime(received_at) + INTERVAL 9 YEAR")
    assert forgets(store)
    store.command("ALTER TABLE touchpoints REMOVE TTL")


def test_the_highest_version_of_a_row_stands_whatever_came_first(store: Store, insert: Insert) -> None:
    insert("stays", {"version": 20, "outcome": "served"})
    insert("stays", {"version": 10, "outcome": ""})
    assert store.query("SELECT outcome FROM stays").rows == [("served",)]


def test_of_two_copies_of_a_touchpoint_the_first_received_stands(store: Store, insert: Insert) -> None:
    first, second = 2**63 - 1_000_000, 2**63 - 2_000_000
    insert("touchpoints", {"version": second, "channel": "web"})
    insert("touchpoints", {"version": first, "channel": "app", "offset": 5})
    assert store.query("SELECT channel FROM touchpoints").rows == [("app",)]
