"""Erasure: nothing of a person is left, at no identifier, whatever comes late; others keep what is theirs."""

import pytest
from support.stitch_town import Town

ANN, BEA = "customer:ann", "customer:bea"
MINUTE = 60_000
T = 1_700_000_000_000


@pytest.fixture
def town() -> Town:
    return Town()


def names_in_state(town: Town) -> str:
    """Every key and value that would be in the changelog."""
    return "\n".join(f"{key} {town.state.encode(entry).decode()}" for key, entry in town.state.entries.items())


def test_nothing_of_an_erased_person_is_left_in_the_state_or_in_the_rows(town):
    town.touch(T, ANN, "email:e", "device:d")
    town.touch(T + MINUTE, "email:e")
    town.touch(T + 2 * MINUTE, "device:d")
    assert town.touchpoints() == {ANN: 3}
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.touchpoints() == {}
    assert town.read("visits") == {}
    assert not [row for row in town.read("identity_links").values() if ANN in row.values()]
    assert "ann" not in names_in_state(town)
    assert "email:e" not in names_in_state(town)


def test_a_device_that_two_had_keeps_what_the_other_did(town):
    town.touch(T, ANN, "device:d")
    town.touch(T + MINUTE, "device:d")
    town.touch(T + 2 * MINUTE, BEA, "device:d")
    town.touch(T + 3 * MINUTE, "device:d")
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.touchpoints() == {BEA: 2}


def test_what_is_folded_is_forgotten_too(town):
    town.touch(T, ANN, "device:d")
    town.touch(T + MINUTE, "device:d")
    for hours in range(1, 30):
        town.watermark(T + hours * 60 * MINUTE)
    town.command("erase", ANN, T + 30 * 60 * MINUTE)
    assert town.touchpoints() == {}
    assert "ann" not in names_in_state(town)


def test_what_comes_later_about_earlier_is_not_counted_and_told_to_be_erased(town):
    town.touch(T, ANN, "device:d")
    town.command("erase", ANN, T + 10 * MINUTE)
    town.restart()
    town.touch(T + 5 * MINUTE, ANN)
    assert town.touchpoints() == {}
    assert town.rows["erasures"][ANN, T + 5 * MINUTE]["until_ms"] == T + 5 * MINUTE


def test_what_comes_after_it_is_a_new_person(town):
    town.touch(T, ANN, "email:e")
    town.command("erase", ANN, T + 10 * MINUTE)
    town.touch(T + 20 * MINUTE, ANN, "email:e")
    town.touch(T + 21 * MINUTE, "email:e")
    assert town.touchpoints() == {ANN: 2}


def test_a_child_that_comes_late_hears_of_it_then(town):
    town.touch(T, ANN)
    town.command("erase", ANN, T + 10 * MINUTE)
    town.touch(T + MINUTE, "phone:p")
    town.hear("phone:p", {"k": "link", "t": T + 2 * MINUTE, "s": "app", "e": "x", "y": "page.viewed", "w": ANN})
    assert town.touchpoints() == {}


def test_everything_that_has_to_go_is_told_once_per_identifier(town):
    town.touch(T, ANN, "email:e", "device:d")
    town.touch(T + MINUTE, BEA, "device:d")
    town.command("erase", ANN, T + 10 * MINUTE)
    whole = {name: row["whole"] for (name, _), row in town.rows["erasures"].items()}
    assert whole == {ANN: 1, "email:e": 1, "device:d": 0}
    device = [row for row in town.rows["erasures"].values() if row["identifier"] == "device:d"]
    assert [(row["from_ms"], row["until_ms"]) for row in device] == [(0, T + MINUTE - 1)]


def test_an_anonymous_device_can_be_named_itself(town):
    town.touch(T, "device:d")
    town.touch(T + MINUTE, "device:d")
    town.command("erase", "device:d", T + 10 * MINUTE)
    assert (town.touchpoints(), "device" in names_in_state(town)) == ({}, False)


def test_the_same_command_twice_does_nothing_more(town):
    town.touch(T, ANN)
    town.command("erase", ANN, T + 10 * MINUTE)
    town.touch(T + 20 * MINUTE, ANN)
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.touchpoints() == {ANN: 1}
