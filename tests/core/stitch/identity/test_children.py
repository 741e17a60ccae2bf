"""Children of one identifier that are very many are added up in groups: it comes to the same."""

import pytest
from support.identity_check import run
from support.identity_scene import road_of, seen_by_oracle, seen_in_rows, told, world
from support.identity_world import random_world

from streams.stitch.actor import Child
from streams.stitch.content import EMPTY, add, merge
from streams.stitch.identity import leased, stable
from streams.stitch.identity.children import Groups

TWO_DAYS = 2 * 24 * 60
"""In minutes, as scenes count."""


def child(number: int, holder: int) -> Child:
    return Child(1, holder, add(EMPTY, (number * 4_000, number * 1_000, "app", "", "", 1, 0)))


def test_groups_come_to_what_their_children_come_to_also_after_one_has_changed():
    known = {f"token:{number}": child(number, number % 2) for number in range(100)}
    groups = Groups(known)
    for changed in ("token:7", "token:8", "token:100"):
        assert merge(*groups.contents("1", known.get, lambda entry: str(entry.at))) == merge(
            *(entry.content for entry in known.values() if entry.at == 1)
        )
        known[changed] = child(500, 1)
        groups.changed(changed)


def test_of_children_that_are_gone_groups_keep_nothing():
    known = {f"token:{number}": child(number, 0) for number in range(100)}
    groups = Groups(known)
    for number in range(99):
        del known[f"token:{number}"]
        groups.gone(f"token:{number}")
    assert len(groups) == 1
    assert merge(*groups.contents("0", known.get, lambda entry: str(entry.at))) == known["token:99"].content


@pytest.mark.parametrize("holder", ["customer:1", "device:d"])
def test_a_switchboard_keeps_no_more_in_memory_than_the_calls_that_are_not_sealed(holder, monkeypatch):
    monkeypatch.setattr(leased, "MANY", 4)
    monkeypatch.setattr(stable, "MANY", 4)
    drawn = [
        told(minute, "queue.joined", holder, place="ride", token=f"{day} {minute}")
        for day in range(3)
        for minute in range(day * TWO_DAYS, day * TWO_DAYS + 8)
    ]
    signed_in = told(-60, "account.signed_in", "customer:1 device:d")
    road = road_of(world(signed_in, *drawn)._replace(crashes=0))
    known = [groups for station in road.stations for groups in groups_of(station.state, holder)]
    assert [len(groups) <= 9 for groups in known] == [True]  # the device is a child of the customer, too


def groups_of(state, key):
    held = state.held.get(key)
    return [groups for groups in (state.groups.get(key), held and held.groups) if groups]


def test_a_customer_with_more_than_256_children_is_noted_once_and_has_all_that_they_have():
    one = world(*(told(number, "page.viewed", f"customer:1 device:d{number}") for number in range(260)))
    road = road_of(one)
    rows = [row for row in road.reader.ledger.values() if row["change"] == "many_children"]
    assert [(row["identifier"], row["rule"]) for row in rows] == [("customer:1", "more than 256 identifiers")]
    one = world(*one.arrivals, *(told(300, "page.viewed", f"device:d{number}") for number in range(260)))
    assert seen_in_rows(one) == seen_by_oracle(one)
    assert seen_in_rows(one)["customer:1"][0] == 520


@pytest.mark.parametrize("seed", range(40))
def test_worlds_in_which_two_children_are_many_come_out_right(seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leased, "MANY", 1)
    monkeypatch.setattr(stable, "MANY", 1)
    assert run(random_world(seed)) == []
