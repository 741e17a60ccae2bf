"""Worlds whose answers are written out: the oracle gives them, and so do the rows."""

import pytest
from support.identity_scene import ordered, seen_by_oracle, seen_in_rows, told, world

PHONE, EMAIL = "phone:h1:" + "fa" * 32, "email:h1:" + "ea" * 32

pytestmark = pytest.mark.parametrize("seen", [seen_by_oracle, seen_in_rows])


def test_a_person_over_five_channels_is_one_customer(seen):
    day = world(
        told(0, "page.viewed", "cookie:k", "web"),
        told(5, "account.signed_in", f"cookie:k {EMAIL}", "web"),
        told(10, "account.signed_in", f"{EMAIL} customer:1 device:d", "app"),
        told(60, "sale.made", f"loyalty_card:l {PHONE}", "till", place="shop", amount="9.90"),
        told(70, "call.entered", f"{PHONE}", "call_center", call="1"),
        told(71, "call.queued", "", "call_center", place="sales", call="1"),
        told(75, "call.answered", "", "call_center", call="1"),
        told(80, "account.signed_in", f"{PHONE} customer:1", "app"),
        told(200, "wristband.issued", "wristband:w customer:1", "wristband"),
        told(210, "queue.joined", "wristband:w", "wristband", place="ride"),
        told(215, "service.started", "wristband:w", "wristband", place="ride"),
    )
    assert seen(day) == {"customer:1": (11, 2, 2)}


def test_a_wristband_that_is_issued_again_leaks_nothing_to_the_next_wearer(seen):
    summer = world(
        told(0, "wristband.issued", "wristband:w"),
        told(10, "meal.ordered", "wristband:w", amount="12.00", currency="EUR"),
        told(20, "account.signed_in", "wristband:w customer:1", late=50),
        told(30, "queue.joined", "wristband:w", place="ride"),
        told(40, "wristband.returned", "wristband:w"),
        told(41, "page.viewed", "wristband:w"),
        told(42, "wristband.issued", "wristband:w customer:2"),
        told(50, "service.started", "wristband:w", place="ride"),
    )
    assert seen(summer) == {"customer:1": (5, 1, 1), "customer:2": (2, 1, 1), "wristband:w": (1, 1, 0)}


def test_a_shared_tablet_belongs_to_whoever_used_it_last(seen):
    evening = world(
        told(0, "page.viewed", "device:d"),
        told(1, "account.signed_in", "device:d customer:1"),
        told(2, "page.viewed", "device:d"),
        told(3, "account.signed_in", "device:d customer:2", late=20),
        told(4, "page.viewed", "device:d"),
        told(5, "account.signed_in", "device:d customer:1", late=40),
        told(6, "page.viewed", "device:d"),
    )
    assert seen(evening) == {"customer:1": (5, 1, 0), "customer:2": (2, 1, 0)}


def test_a_family_on_one_booking_stays_apart(seen):
    party = world(
        told(0, "booking.made", "customer:1", booking="b"),
        told(10, "wristband.issued", "wristband:v customer:1 booking:b"),
        told(10, "wristband.issued", "wristband:w booking:b"),
        told(30, "presence.seen", "wristband:v booking:b", place="ride"),
        told(30, "presence.seen", "wristband:w booking:b", place="inn"),
    )
    assert seen(party) == {"customer:1": (3, 1, 0), "wristband:w": (2, 1, 0)}


MERGED = (
    told(0, "page.viewed", "customer:1 device:d"),
    told(1, "page.viewed", "device:d"),
    told(2, "page.viewed", "customer:2"),
    told(3, "account.merged", "customer:2", **{"from": "1", "into": "2"}),
    told(4, "account.merged", "customer:2", **{"from": "2", "into": "1"}),
)


def test_merged_accounts_are_one_customer_and_a_circle_is_refused(seen):
    assert seen(world(*MERGED)) == {"customer:2": (5, 1, 0)}


def test_a_merge_is_undone_and_done_again(seen):
    # Without the first merge the second closes no circle; both are about one pair, so both are undone.
    undone = (*MERGED, ordered(5, "unlink", "customer:1", "customer:2"))
    assert seen(world(*undone)) == {"customer:1": (2, 1, 0), "customer:2": (3, 1, 0)}
    again = (*undone, ordered(6, "relink", "customer:1", "customer:2"))
    assert seen(world(*again)) == {"customer:2": (5, 1, 0)}


def test_two_customers_of_one_email_stay_two_and_the_earlier_keeps_it(seen):
    contested = world(
        told(0, "page.viewed", EMAIL),
        told(5, "account.signed_in", f"customer:2 {EMAIL}"),
        told(4, "account.signed_in", f"customer:1 {EMAIL}", late=30),
    )
    assert seen(contested) == {"customer:1": (2, 1, 0), "customer:2": (1, 1, 0)}


def test_a_ticket_drawn_with_an_app_reaches_the_owner_of_the_phone_that_carried_it_then(seen):
    fair = world(
        told(0, "queue.joined", "device:d", place="ride", token="7"),
        told(20, "service.started", "", place="ride", token="7"),
        told(30, "account.signed_in", "device:d customer:1", late=10),
        told(40, "account.signed_in", "device:d customer:2"),
    )
    assert seen(fair) == {"customer:1": (3, 1, 1), "customer:2": (1, 1, 0)}


def test_an_order_placed_as_nobody_and_cancelled_as_somebody_counts_for_nothing(seen):
    shop = world(
        told(0, "order.placed", "cookie:k", order="o", amount="50.00"),
        told(9, "order.cancelled", "customer:1", order="o"),
        told(200, "account.signed_in", "cookie:k customer:1"),
    )
    assert seen(shop) == {"customer:1": (3, 2, 0)}


def test_a_device_of_seventeen_people_in_one_lease_is_nobodys(seen):
    visitors = [told(number, "account.signed_in", f"device:d customer:{number}") for number in range(1, 18)]
    alone = told(30, "page.viewed", "device:d")
    one_each = {f"customer:{number}": (1, 1, 0) for number in range(1, 17)}
    assert seen(world(*visitors[:16], alone)) == one_each | {"customer:16": (2, 1, 0)}
    assert seen(world(*visitors, alone)) == one_each | {"customer:17": (1, 1, 0), "device:d": (1, 1, 0)}


def test_what_is_taken_apart_stays_apart_whatever_is_told_later(seen):
    band = world(
        told(0, "account.signed_in", "device:d customer:1"),
        told(10, "page.viewed", "device:d"),
        ordered(20, "unlink", "device:d", "customer:1"),
        told(30, "account.signed_in", "device:d customer:1"),
        told(40, "page.viewed", "device:d"),
    )
    assert seen(band) == {"customer:1": (2, 1, 0), "device:d": (2, 1, 0)}


def test_who_gives_back_a_wristband_keeps_the_phone(seen):
    evening = world(
        told(0, "account.signed_in", "device:d customer:1"),
        told(10, "wristband.returned", "device:d wristband:w customer:1"),
        told(20, "page.viewed", "device:d"),
    )
    assert seen(evening) == {"customer:1": (3, 1, 0)}
