"""Derived tables show the last finished epoch, all at the same moment, and the latest version of each row."""

from collections.abc import Callable, Iterator

import pytest

from streams.store.client import Store
from streams.store.epochs import begin, finish, shown

Insert = Callable[..., None]
VIEWS = ("stays", "queue_load", "identifiers")


@pytest.fixture(autouse=True)
def first_epoch(store: Store) -> Iterator[None]:
    yield
    store.command("ALTER TABLE epochs DELETE WHERE epoch > 1 SETTINGS mutations_sync = 2")


def counts(store: Store) -> list[int]:
    return [store.query(f"SELECT count() FROM {view}").rows[0][0] for view in VIEWS]


def test_a_new_store_shows_its_first_epoch(store: Store) -> None:
    assert shown(store) == 1


def test_a_rebuild_is_seen_only_when_it_has_finished(store: Store, insert: Insert) -> None:
    for view in VIEWS:
        insert(view, {"epoch": 1})
    begin(store, 2, 5_000)
    for view in VIEWS:
        insert(view, {"epoch": 2}, {"epoch": 2, "place": "till", "identifier": "wristband:2"})
    assert counts(store) == [1, 1, 1]
    finish(store, 2, 9_000)
    assert counts(store) == [2, 2, 2]
    assert shown(store) == 2


def test_an_epoch_keeps_the_time_of_its_beginning(store: Store) -> None:
    begin(store, 3, 5_000)
    finish(store, 3, 9_500)
    sql = "SELECT toUnixTimestamp64Milli(started_at), toUnixTimestamp64Milli(finished_at) FROM epochs WHERE epoch = 3"
    assert store.query(sql).rows == [(5_000, 9_500)]


def test_the_highest_version_of_a_row_stands_whatever_came_first(store: Store, insert: Insert) -> None:
    insert("stays", {"version": 20, "outcome": "served"})
    insert("stays", {"version": 10, "outcome": ""})
    assert store.query("SELECT outcome FROM stays").rows == [("served",)]


def test_of_two_copies_of_a_touchpoint_the_first_received_stands(store: Store, insert: Insert) -> None:
    first, second = 2**63 - 1_000_000, 2**63 - 2_000_000
    insert("touchpoints", {"version": second, "channel": "web"})
    insert("touchpoints", {"version": first, "channel": "app", "offset": 5})
    assert store.query("SELECT channel FROM touchpoints").rows == [("app",)]
