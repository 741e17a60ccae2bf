"""A wristband that very many had knows its latest holders only; all have what they had of it."""

import pytest
from support.identity_check import run
from support.identity_scene import road_of, seen_by_oracle, seen_in_rows, told, world
from support.identity_world import World

from streams.stitch.actor import LEASE
from streams.stitch.identity import folding

BAND, TABLET = "wristband:w", "device:d"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many runs are known, so that few people are too many."""
    monkeypatch.setattr(folding, "MOST_RUNS", 8)


def worn(many: int) -> World:
    """By one after the other, each for two hours."""
    handed = [
        arrival
        for number in range(many)
        for arrival in (
            told(number * 120, "wristband.issued", f"customer:p{number} {BAND}"),
            told(number * 120 + 9, "place.entered", BAND, place="ride"),
        )
    ]
    return world(*handed)


def size_of(one: World, name: str) -> int:
    """Bytes of the entry of its line, as it is written."""
    return max(len(station.durable.get(LEASE + name, b"")) for station in road_of(one).stations)


def test_all_who_wore_a_wristband_have_what_they_had() -> None:
    one = worn(60)
    assert seen_in_rows(one) == seen_by_oracle(one) == {f"customer:p{number}": (2, 1, 0) for number in range(60)}


def test_rows_say_who_had_it_also_of_runs_that_are_forgotten_before_they_are_said() -> None:
    assert run(worn(60)) == []


def test_the_entry_of_its_line_grows_no_more() -> None:
    assert size_of(worn(60), BAND) <= size_of(worn(32), BAND) + 200


def test_whoever_comes_back_to_it_has_both_times() -> None:
    again = told(7_320, "wristband.issued", f"customer:p3 {BAND}"), told(7_325, "place.left", BAND, place="ride")
    one = world(*worn(60).arrivals, *again)
    assert seen_in_rows(one) == seen_by_oracle(one)
    assert seen_in_rows(one)["customer:p3"] == (4, 2, 0)


def test_a_kiosk_at_which_very_many_sign_in_has_all_that_was_seen_of_it() -> None:
    named = [told(n * 90, "page.viewed", f"customer:p{n} {TABLET}") for n in range(60)]
    one = world(*named, *(told(n * 90 + 9, "page.viewed", TABLET) for n in range(60)))
    assert seen_in_rows(one) == seen_by_oracle(one)
    assert seen_in_rows(one)[TABLET][0] == 60
