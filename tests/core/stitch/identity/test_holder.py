"""Who holds a stable identifier: the strongest type, then the earliest, whatever arrived first."""

import pytest

from streams.stitch.identity.holder import claims_of, conflict_of, holder_of, strength


def link(at, *, claimed=0, event_id="e"):
    return (claimed, at, "app", event_id, "account.signed_in")


def test_types_are_ranked_as_the_contract_says():
    names = [
        "customer:1",
        "loyalty_card:1",
        "email:1",
        "phone:1",
        "wristband:1",
        "device:1",
        "cookie:1",
        "call:1",
        "?:1",
    ]
    shuffled = [*names[4:], *names[:4]]
    assert sorted(shuffled, key=strength) == names


@pytest.mark.parametrize(
    ("links", "holder"),
    [
        ({}, ""),
        ({"email:a": link(1)}, "email:a"),
        ({"email:a": link(1), "customer:1": link(9)}, "customer:1"),
        ({"customer:2": link(3), "customer:1": link(5)}, "customer:2"),
        ({"customer:2": link(3, event_id="f"), "customer:1": link(3, event_id="e")}, "customer:1"),
        ({"customer:2": link(3), "customer:1": link(3)}, "customer:1"),
        ({"customer:2": link(1, claimed=1), "customer:1": link(5)}, "customer:1"),
    ],
)
def test_the_strongest_type_then_the_earliest_link_then_the_name(links, holder):
    assert holder_of(links) == holder_of(dict(reversed(links.items()))) == holder


def test_two_of_the_strongest_type_contradict_each_other_and_the_earlier_comes_first():
    links = {"customer:1": link(5), "email:a": link(1), "customer:2": link(3)}
    assert conflict_of(links) == ("customer:2", "customer:1")


@pytest.mark.parametrize(
    "links", [{}, {"customer:1": link(1)}, {"customer:1": link(1), "email:a": link(2), "email:b": link(3)}]
)
def test_one_of_the_strongest_type_contradicts_nobody(links):
    assert conflict_of(links) == ()


def test_weaker_targets_learn_who_the_holder_is_since_the_later_of_the_two_links():
    links = {"customer:1": link(5), "email:a": link(1), "loyalty_card:1": link(7)}
    assert claims_of(links) == {
        "email:a": ("customer:1", (5, "app", "e")),
        "loyalty_card:1": ("customer:1", (7, "app", "e")),
    }


def test_nothing_is_claimed_where_two_customers_are_named():
    assert claims_of({"customer:1": link(5), "customer:2": link(6), "email:a": link(1)}) == {}


def test_of_two_equally_strong_holders_neither_claims_the_other():
    assert claims_of({"loyalty_card:1": link(5), "loyalty_card:2": link(6)}) == {}
