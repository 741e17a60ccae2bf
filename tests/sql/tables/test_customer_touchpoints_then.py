"""Touchpoints with whom they belonged to as known when they were received: what is learned later moves nothing."""

from collections.abc import Callable
from typing import Any

from streams.store.client import Store

Insert = Callable[..., None]
THEN = "SELECT event_id, customer FROM customer_touchpoints_then ORDER BY event_id"
BAND = "wristband:7"


def touched(insert: Insert, event: str, at: int, who: str, kind: str = "page.viewed", late: int = 0) -> None:
    """Happened `at` and received `late` seconds after that."""
    times = {"occurred_at": at, "received_at": at + late}
    insert("touchpoints", {"event_id": event, "identifier": who, "type": kind, **times})


def changed(insert: Insert, known_at: int, who: str, change: str, other: str = "", **more: Any) -> None:
    row = {"known_at": known_at, "identifier": who, "change": change, "other": other, "evidence_at": known_at, **more}
    insert("identity_ledger", {"evidence_type": "page.viewed", "version": known_at, **row})


def wore(insert: Insert, known_at: int, who: str, change: str = "holder", **more: Any) -> None:
    kinds = {"issued": "wristband.issued", "returned": "wristband.returned"}
    changed(
        insert, known_at, BAND, change, who, **({"evidence_type": kinds[change]} if change in kinds else {}), **more
    )


def test_before_anything_is_known_it_is_the_identifier_itself(store: Store, insert: Insert) -> None:
    touched(insert, "1", 100, "email:a")
    touched(insert, "2", 200, "email:a")
    touched(insert, "3", 100, "call:acd/1")
    changed(insert, 200, "email:a", "holder", after="customer:1")
    assert store.query(THEN).rows == [("1", "email:a"), ("2", "customer:1"), ("3", "")]


def test_a_chain_is_followed_as_far_as_it_was_known(store: Store, insert: Insert) -> None:
    for number, at in enumerate((150, 250, 350, 450)):
        touched(insert, f"{number}", at, "phone:a")
    changed(insert, 200, "phone:a", "holder", after="email:a")
    changed(insert, 300, "email:a", "holder", after="customer:1")
    changed(insert, 400, "customer:1", "holder", after="customer:2")
    rows = store.query(THEN).rows
    assert [customer for _, customer in rows] == ["phone:a", "email:a", "customer:1", "customer:2"]


def test_a_merge_that_was_undone_shows_only_while_it_stood(store: Store, insert: Insert) -> None:
    for at in (150, 250, 350):
        touched(insert, f"{at}", at, "customer:1")
    changed(insert, 200, "customer:1", "holder", after="customer:2")
    changed(insert, 300, "customer:1", "holder", before="customer:2", after="")
    assert [customer for _, customer in store.query(THEN).rows] == ["customer:1", "customer:2", "customer:1"]


def test_of_several_changes_of_one_moment_the_last_counts(store: Store, insert: Insert) -> None:
    touched(insert, "1", 200, "email:a")
    changed(insert, 200, "email:a", "holder", after="customer:1", version=7)
    changed(insert, 200, "email:a", "holder", after="customer:2", version=8)
    assert store.query(THEN).rows == [("1", "customer:2")]


def test_a_wristband_is_its_wearers_between_issue_and_return(store: Store, insert: Insert) -> None:
    for at in (150, 250, 350, 450):
        touched(insert, f"{at}", at, BAND)
    wore(insert, 100, "", "issued")
    wore(insert, 200, "customer:1")
    wore(insert, 300, "", "returned")
    wore(insert, 400, "customer:2", "issued")
    wore(insert, 400, "customer:2", nth=1, evidence_type="wristband.issued")
    assert [customer for _, customer in store.query(THEN).rows] == [BAND, "customer:1", BAND, "customer:2"]


def test_what_arrives_late_is_told_by_all_that_was_known_on_its_arrival(store: Store, insert: Insert) -> None:
    """The first holder of a lease has what came before it in that lease, once that is known."""
    touched(insert, "1", 150, BAND)
    touched(insert, "2", 150, BAND, late=100)
    wore(insert, 100, "", "issued")
    wore(insert, 200, "customer:1")
    assert store.query(THEN).rows == [("1", BAND), ("2", "customer:1")]


def test_an_unlink_counts_from_when_it_was_given_and_until_it_is_taken_back(store: Store, insert: Insert) -> None:
    for at in (150, 250, 350):
        touched(insert, f"{at}", at, BAND)
    wore(insert, 100, "customer:1")
    changed(insert, 200, BAND, "unlinked", "customer:1", evidence_at=None)
    changed(insert, 300, BAND, "relinked", "customer:1", evidence_at=None)
    assert [customer for _, customer in store.query(THEN).rows] == ["customer:1", BAND, "customer:1"]


def test_a_ticket_belongs_to_whose_device_it_was_drawn_with(store: Store, insert: Insert) -> None:
    ticket = "token:ride/7"
    touched(insert, "1", 150, ticket)
    touched(insert, "2", 250, ticket)
    changed(insert, 100, ticket, "holder", after=BAND)
    wore(insert, 200, "customer:1")
    assert store.query(THEN).rows == [("1", BAND), ("2", "customer:1")]


def test_more_than_sixteen_in_one_lease_are_nobody(store: Store, insert: Insert) -> None:
    for number in range(17):
        wore(insert, 100 + number, f"customer:{number}")
    touched(insert, "1", 115, BAND)
    touched(insert, "2", 116, BAND)
    assert store.query(THEN).rows == [("1", "customer:15"), ("2", BAND)]
