"""Counts and money per identifier."""

import pytest

WHO = "customer:c"


def money(talk):
    row = talk.counts(WHO)
    return row["orders"], row["amount"], row["other_currencies"]


def spend(talk, kind, amount, at=1_000, **more):
    talk.touch(WHO, kind, at, h=0, a=amount, u="EUR", **more)


@pytest.mark.parametrize(
    ("kind", "data", "counted"),
    [
        ("sale.made", {}, (0, "12.5000", {})),
        ("sale.made", {"order": "x"}, (0, "12.5000", {})),
        ("order.placed", {"order": "x"}, (1, "12.5000", {})),
        ("booking.made", {}, (0, "12.5000", {})),
        ("meal.ordered", {}, (0, "12.5000", {})),
        ("meal.ordered", {"order": "x"}, (0, "0.0000", {})),
        ("subscription.started", {}, (0, "12.5000", {})),
        ("subscription.renewed", {}, (0, "12.5000", {})),
        ("refund.made", {}, (0, "-12.5000", {})),
        ("payment.made", {"order": "x"}, (0, "0.0000", {})),
        ("cart.changed", {}, (0, "0.0000", {})),
    ],
)
def test_what_counts_as_value(talk, kind, data, counted):
    spend(talk, kind, "12.5", d=data)
    assert money(talk) == counted


def test_other_currencies_stand_beside(talk):
    spend(talk, "sale.made", "1.10")
    talk.touch(WHO, "sale.made", 2_000, h=0, a="3", u="USD")
    talk.touch(WHO, "refund.made", 3_000, h=0, a="0.5", u="USD")
    assert money(talk) == (0, "1.1000", {"USD": "2.5000"})


def test_money_without_a_currency_is_in_the_one_of_the_installation(talk):
    talk.touch(WHO, "refund.made", 1_000, h=0, a="3")
    assert money(talk) == (0, "-3.0000", {})


@pytest.mark.parametrize("first", ["order.placed", "order.cancelled"])
def test_a_cancelled_order_counts_nothing_in_either_order(talk, first):
    kinds = ["order.placed", "order.cancelled"]
    for kind in kinds if first == kinds[0] else reversed(kinds):
        spend(talk, kind, "12.5", d={"order": "x"})
    assert money(talk) == (0, "0.0000", {})


@pytest.mark.parametrize("times", [(1_000, 2_000), (2_000, 1_000)])
def test_of_an_order_placed_twice_the_earlier_counts(talk, times):
    for at in times:
        spend(talk, "order.placed", str(at), at, d={"order": "x"})
    assert money(talk) == (1, "1000.0000", {})


def test_cents_add_up_exactly(talk):
    for _ in range(1_000):
        spend(talk, "sale.made", "0.0001")
    assert money(talk) == (0, "0.1000", {})


def test_sums_beyond_64_bits_survive_the_changelog(talk):
    for _ in range(1_100):
        spend(talk, "sale.made", "1000000000000")
    state = talk.state
    again = state.decode(WHO, state.encode(state.entries[WHO]))
    assert again.own.money.units == 1_100 * 10**16
    assert money(talk)[1] == "1100000000000000.0000"


@pytest.mark.parametrize("text", ["", "abc", "1e99", "NaN", "-Infinity", "1000000000001"])
def test_what_is_no_amount_counts_as_nothing(talk, text):
    spend(talk, "sale.made", text)
    assert money(talk) == (0, "0.0000", {})


def test_the_sixty_fifth_order_pushes_out_the_one_that_changed_longest_ago(talk):
    for number in range(65):
        spend(talk, "order.placed", "1", number, d={"order": f"o{number}"})
    for order in ("o0", "o64"):
        spend(talk, "order.cancelled", "0", 1_000, d={"order": order})
    assert money(talk) == (64, "64.0000", {})


def test_first_and_last_seen_are_the_earliest_and_the_latest(talk):
    for at in (5_000, 2_000, 9_000):
        talk.touch(WHO, "page.viewed", at, h=0)
    assert (talk.counts(WHO)["first_seen"], talk.counts(WHO)["last_seen"]) == (2.0, 9.0)


def test_the_row_says_who_wrote_it_and_when(talk):
    talk.touch(WHO, "page.viewed", 1_000, h=0)
    talk.touch(WHO, "page.viewed", 2_000, h=0)
    first, second = talk.rows["identifiers"]
    assert first["epoch"] == second["epoch"] == 1
    assert first["version"] < second["version"]
