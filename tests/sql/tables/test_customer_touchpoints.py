"""Touchpoints with whom they belong to as known now: by identifier, by position on a line, by the top."""

from collections.abc import Callable

import pytest

from streams.store.client import Store

Insert = Callable[..., None]
BEGINNING = -(1 << 50)
BY = "SELECT event_id, customer FROM customer_touchpoints ORDER BY event_id"


def pos(seconds: int, rank: int = 3) -> int:
    return seconds * 4_000 + rank


def touched(insert: Insert, *told: tuple[str, int, str], kind: str = "page.viewed") -> None:
    insert(
        "touchpoints",
        *({"event_id": event, "occurred_at": at, "identifier": who, "type": kind} for event, at, who in told),
    )


def held(identifier: str, customer: str, from_pos: int = 0, **more: object) -> dict[str, object]:
    row = {"identifier": identifier, "holder": customer, "customer": customer, "from_pos": from_pos}
    return {**row, "status": "held", **more}


def test_who_is_not_linked_is_the_identifier_itself_and_a_call_alone_nobody(store: Store, insert: Insert) -> None:
    touched(insert, ("1", 100, "cookie:a"), ("2", 100, "call:acd/1"), ("3", 100, "token:ride/7"), ("4", 100, ""))
    assert store.query(BY).rows == [("1", "cookie:a"), ("2", ""), ("3", ""), ("4", "")]


def test_a_stable_identifier_belongs_to_its_top_at_all_times(store: Store, insert: Insert) -> None:
    touched(insert, ("1", 100, "email:a"), ("2", 1_900_000_000, "email:a"), ("3", 100, "customer:1"))
    insert("identity_links", held("email:a", "customer:9", holder="customer:1"), held("customer:1", "customer:9"))
    assert store.query(BY).rows == [("1", "customer:9"), ("2", "customer:9"), ("3", "customer:9")]


def test_a_wristband_belongs_to_its_wearer_of_that_instant(store: Store, insert: Insert) -> None:
    """The return is still the first wearer's; what is done after it is nobody's until it is issued again."""
    band = "wristband:7"
    touched(insert, ("1", 100, band), ("3", 199, band), ("5", 201, band), ("6", 300, band))
    touched(insert, ("2", 200, band), kind="wristband.returned")
    touched(insert, ("4", 300, band), kind="wristband.issued")
    insert(
        "identity_links",
        held(band, "customer:1", BEGINNING),
        {"identifier": band, "holder": "", "customer": band, "from_pos": pos(200, 0) + 1, "status": "open"},
        held(band, "customer:2", pos(300, 2)),
    )
    first, second = "customer:1", "customer:2"
    expected = [("1", first), ("2", first), ("3", first), ("4", second), ("5", band), ("6", second)]
    assert store.query(BY).rows == expected


def test_a_call_on_a_strangers_wristband_is_the_wristbands_and_one_that_nobody_holds_is_nobodys(
    store: Store, insert: Insert
) -> None:
    touched(insert, ("1", 100, "call:acd/1"), ("2", 100, "call:acd/2"))
    insert("identity_links", held("call:acd/1", "wristband:7", holder_pos=pos(100)))
    insert("identity_links", {"identifier": "call:acd/2", "holder": "", "customer": "call:acd/2", "status": "unlinked"})
    assert store.query(BY).rows == [("1", "wristband:7"), ("2", "")]


def test_a_row_that_holds_no_longer_is_not_seen(store: Store, insert: Insert) -> None:
    touched(insert, ("1", 100, "email:a"))
    insert("identity_links", held("email:a", "customer:1"))
    insert("identity_links", held("email:a", "customer:1", is_deleted=1))
    assert store.query(BY).rows == [("1", "email:a")]


@pytest.mark.parametrize("who", ["customer:1", "wristband:7", "cookie:a"])
def test_the_touchpoints_of_one_person_are_those_that_all_have(store: Store, insert: Insert, who: str) -> None:
    touched(insert, ("1", 100, "wristband:7"), ("2", 300, "wristband:7"), ("3", 100, "email:a"), ("4", 50, "cookie:a"))
    touched(insert, ("5", 90, "customer:1"), ("6", 95, "customer:2"))
    insert("identity_links", held("email:a", "customer:1"), held("wristband:7", "customer:1", BEGINNING))
    insert(
        "identity_links", {"identifier": "wristband:7", "customer": "wristband:7", "from_pos": pos(200), "holder": ""}
    )
    sql = "SELECT * FROM {} WHERE customer = {{who:String}} ORDER BY event_id"
    all_of_them = store.query(sql.format("customer_touchpoints"), {"who": who})
    one_person = store.query(sql.format("touchpoints_of(customer = {who:String})"), {"who": who})
    assert one_person == all_of_them
    assert one_person.rows


def test_it_shows_all_columns_of_touchpoints_with_their_comments(store: Store) -> None:
    columns = "SELECT name, type, comment FROM system.columns WHERE database = currentDatabase() AND table = {t:String}"
    shown = store.query(columns, {"t": "customer_touchpoints"}).rows
    assert shown[1:] == store.query(columns, {"t": "touchpoints"}).rows
    described = store.query("DESCRIBE touchpoints_of(customer = 'customer:1')").rows
    assert [row[:2] for row in described] == [row[:2] for row in shown]
