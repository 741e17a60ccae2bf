"""Visits and customers reckoned in SQL, by rows whose answers are written out; and the rules they reckon by."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson
import pytest

from schemas.counting import TYPE_RULES, TypeRule
from schemas.touchpoint.catalogue import TYPES
from streams.stitch.day import Days
from streams.stitch.piece import AMOUNT, CANCELLED, PLACED, ContentRules, piece_of
from streams.stitch.visit import NO_VISIT, covered_until
from streams.store.client import Store

Insert = Callable[..., None]
NOON = 1_790_078_400  # 2026-09-22 12:00 UTC
MINUTE, HOUR = 60, 3_600
VISITS = f"""
SELECT toUnixTimestamp(started_at) - {NOON}, toUnixTimestamp(ended_at) - {NOON}, toUnixTimestamp64Milli(covers_until) -
       {NOON} * 1000, touchpoints FROM visits_exact ORDER BY customer, started_at"""
MONEY = "SELECT orders, amount, other_currencies FROM customers_exact"


def touched(insert: Insert, *told: tuple[float, str], **more: Any) -> None:
    """(seconds from noon, type), all by one customer."""
    rows = [{"event_id": f"{kind} {at}", "occurred_at": NOON + at, "type": kind} for at, kind in told]
    insert("touchpoints", *({"identifier": "customer:1", "audience": "customer", **row, **more} for row in rows))


def paid(insert: Insert, at: float, kind: str, amount: str | None, currency: str = "EUR", **data: Any) -> None:
    text = orjson.dumps(data).decode()
    touched(insert, (at, kind), amount=amount, currency=currency if amount else "", data=text, source=f"{at}")


def test_exactly_the_gap_still_belongs_and_a_millisecond_more_does_not(store: Store, insert: Insert) -> None:
    touched(insert, (0, "page.viewed"), (30 * MINUTE, "page.viewed"), (60 * MINUTE + 0.001, "page.viewed"))
    hour = 60 * MINUTE
    assert store.query(VISITS).rows == [
        (0, 30 * MINUTE, hour * 1_000, 2),
        (hour, hour, (hour + 30 * MINUTE) * 1_000 + 1, 1),
    ]


def test_who_is_there_in_the_body_is_still_there_four_hours_later(store: Store, insert: Insert) -> None:
    touched(insert, (0, "place.entered"), (10, "page.viewed"), (4 * HOUR, "page.viewed"))
    assert [row[3] for row in store.query(VISITS).rows] == [3]


def test_a_visit_ends_at_four_in_the_morning(store: Store, insert: Insert) -> None:
    touched(insert, (14 * HOUR, "place.entered"), (16 * HOUR - 1, "page.viewed"), (16 * HOUR, "page.viewed"))
    rows = store.query(VISITS).rows
    assert [row[3] for row in rows] == [2, 1]
    assert rows[0][2] == 16 * HOUR * 1_000 - 1


def test_what_the_company_sends_is_a_touchpoint_and_no_visit(store: Store, insert: Insert) -> None:
    touched(insert, (0, "message.sent"), (HOUR, "order.ready"))
    assert store.query("SELECT touchpoints, visits, is_returning FROM customers_exact").rows == [(2, 0, 0)]


def test_an_order_counts_once_by_its_earliest_placing_until_it_is_cancelled(store: Store, insert: Insert) -> None:
    paid(insert, 60, "order.placed", "30", order="o1")
    paid(insert, 0, "order.placed", "20", order="o1")
    paid(insert, 90, "order.placed", "5", order="o2")
    paid(insert, -60, "order.cancelled", None, order="o2")
    assert store.query(MONEY).rows == [(1, Decimal(20), {})]


def test_money_is_sales_and_what_no_order_has_told_already_less_refunds(store: Store, insert: Insert) -> None:
    paid(insert, 0, "sale.made", "10.5", order="o1")
    paid(insert, 1, "meal.ordered", "4", order="o1")
    paid(insert, 2, "meal.ordered", "8")
    paid(insert, 3, "refund.made", "2.25")
    paid(insert, 4, "payment.made", "99")
    paid(insert, 5, "sale.made", "7", currency="USD")
    assert store.query(MONEY).rows == [(0, Decimal("16.25"), {"USD": Decimal(7)})]


def test_waits_belong_to_who_had_the_thing_then_and_to_the_visit_in_which_they_began(
    store: Store, insert: Insert
) -> None:
    touched(insert, (0, "page.viewed"))
    link = {"identifier": "wristband:7", "from_pos": -(1 << 50), "holder": "customer:1", "customer": "customer:1"}
    insert("identity_links", link)
    wait = {"identifier": "wristband:7", "outcome": "abandoned", "wait_seconds": 90.0, "customer": "wristband:7"}
    insert("stays", *({**wait, "joined_at": float(NOON + at), "ended_at": NOON + at + 90.0} for at in (600, 7_200)))
    assert store.query("SELECT waits, wait_seconds FROM customers_exact").rows == [(2, 180.0)]
    assert store.query("SELECT waits, wait_seconds FROM visits_exact").rows == [(1, 90.0)]


def test_the_latest_word_on_each_purpose_stands(store: Store, insert: Insert) -> None:
    for at, granted in ((5, False), (1, True)):
        paid(insert, at, "consent.changed", None, purpose="news", granted=granted)
    paid(insert, 2, "consent.changed", None, purpose="photos", granted=True)
    assert store.query("SELECT consents FROM customers_exact").rows == [({"news": 0, "photos": 1},)]


# -- the rules -------------------------------------------------------------------------------------


def test_the_store_says_of_every_type_what_it_counts_for(store: Store) -> None:
    rows = store.query("SELECT type, gap_seconds, money FROM touchpoint_types ORDER BY type").rows
    assert [TypeRule(*row) for row in rows] == list(TYPE_RULES)
    assert {rule.type for rule in TYPE_RULES} == TYPES.keys()


@pytest.mark.parametrize("rule", TYPE_RULES, ids=lambda rule: rule.type)
def test_a_type_counts_in_the_store_for_what_it_counts_for_in_the_live_rows(rule: TypeRule) -> None:
    until = covered_until(rule.type, NOON * 1_000, Days("UTC"))
    assert rule.gap_seconds == (0 if until == NO_VISIT else until // 1_000 - NOON)
    plain, ordered = worth(rule.type, {}), worth(rule.type, {"order": "o1"})
    assert rule.money == MEANING.get((plain, ordered))


MEANING = {
    (0, 0): "",
    ((AMOUNT, 50_000), (AMOUNT, 50_000)): "adds",
    ((AMOUNT, 50_000), 0): "adds_without_order",
    ((AMOUNT, -50_000), (AMOUNT, -50_000)): "subtracts",
    ((PLACED, 50_000), (PLACED, 50_000)): "order_placed",
    (0, (CANCELLED, 0)): "order_cancelled",
}


def worth(kind: str, told: dict[str, Any]) -> Any:
    """What stitch makes of 5 euros: what kind of thing, and how many ten-thousandths."""
    touch = {"y": kind, "t": NOON * 1_000, "c": "app", "p": None, "s": "s", "e": "e", "a": "5", "u": "EUR", "d": told}
    more = piece_of(touch, b"name", ContentRules("EUR", "UTC"))[-1]
    if not more or more[0] not in (AMOUNT, PLACED, CANCELLED):
        return 0
    return (more[0], {AMOUNT: lambda: more[2], PLACED: lambda: more[3], CANCELLED: lambda: 0}[more[0]]())
