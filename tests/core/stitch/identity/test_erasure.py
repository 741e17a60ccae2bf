"""Erasure: nothing of a person is left, at no identifier, whatever comes late; others keep what is theirs."""

import pytest
from support.stitch_town import Town

from schemas.erased import ERASED, hash_of

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
    assert [(row["from_pos"], row["until_pos"]) for row in device] == [(0, 4 * (T + MINUTE) + 2)]


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


def test_what_was_unlinked_from_somebody_is_not_erased_with_them(town):
    town.touch(T, ANN, "device:d")
    town.touch(T + MINUTE, "device:d")
    town.command("unlink", "device:d", T + 2 * MINUTE, w=ANN, on=1)
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.touchpoints() == {"device:d": 1}
    assert "ann" not in names_in_state(town)


def test_the_same_word_from_a_holder_twice_takes_nothing_that_was_unlinked(town):
    town.touch(T, ANN, "device:d")
    town.touch(T + MINUTE, "device:d")
    town.command("unlink", "device:d", T + 2 * MINUTE, w=ANN, on=1)
    forget = {"k": "forget", "f": ANN, "t": T + 10 * MINUTE, "c": "c"}
    for version in (1 << 60, (1 << 60) + 1):
        town.hear("device:d", {**forget, "v": version})
    assert town.touchpoints() == {ANN: 1, "device:d": 1}


def test_an_erased_holder_still_cuts_so_that_nobody_gets_what_was_theirs_or_came_after(town):
    town.touch(T, BEA, "device:d")
    town.touch(T + MINUTE, ANN, "device:d")
    town.command("erase", ANN, T + 10 * MINUTE)
    town.touch(T + 2 * MINUTE, "device:d")
    town.touch(T + 20 * MINUTE, "device:d")
    assert town.touchpoints() == {BEA: 1, "device:d": 1}


def test_a_device_that_too_many_had_stays_nobodys_when_one_of_them_is_erased(town):
    for number in range(17):
        town.touch(T + number * MINUTE, f"customer:{number}", "device:d")
    town.touch(T + 20 * MINUTE, "device:d")
    town.command("erase", "customer:3", T + 30 * MINUTE)
    people = town.touchpoints()
    assert people.pop("device:d") == 1
    assert people == {f"customer:{number}": 1 for number in range(17) if number != 3}
    assert {row["status"] for row in town.read("identity_links").values()} == {"blocked"}
    assert "customer:3" not in names_in_state(town)


def test_a_wait_of_the_erased_wearer_goes_though_it_may_still_change(town):
    band = "wristband:w"
    town.watermark(T)
    town.touch(T, ANN, band, kind="wristband.issued")
    town.touch(T + MINUTE, band, kind="queue.joined", p="ride", h=1)
    town.touch(T + 5 * MINUTE, band, kind="service.started", p="ride", h=1)
    assert town.read("customers")[ANN,]["waits"] == 1
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.read("customers") == {}
    assert town.read("stays") == {}


def test_what_others_did_in_the_millisecond_of_the_hand_over_is_theirs(town):
    band = "wristband:w"
    town.touch(T, ANN, band, kind="wristband.issued")
    town.touch(T + MINUTE, band, kind="wristband.returned")
    town.touch(T + MINUTE, BEA, band, kind="wristband.issued")
    town.touch(T + MINUTE, band)
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.touchpoints() == {BEA: 2}
    band_rows = [row for row in town.rows["erasures"].values() if row["identifier"] == band]
    assert {row["until_pos"] for row in band_rows} == {4 * (T + MINUTE)}


def test_account_merges_name_no_erased_customer(town):
    merged = {"k": "merged", "s": "app", "e": "m", "y": "account.merged", "f": BEA, "w": ANN}
    town.touch(T, ANN)
    town.touch(T, BEA)
    town.hear("merges", {**merged, "t": T + MINUTE})
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.touchpoints() == {}
    assert [name for name in ("ann", "bea") if name in names_in_state(town)] == []


def test_what_is_theirs_only_because_a_phone_says_so_goes_even_if_somebody_else_would_hold_it_then(town):
    town.touch(T, ANN, "phone:p")
    town.touch(T + MINUTE, "email:e", "phone:p")
    town.touch(T + 2 * MINUTE, "loyalty_card:l", "email:e")
    town.touch(T + 3 * MINUTE, "email:e")
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.touchpoints() == {}


def test_what_occurred_after_the_command_and_came_before_it_goes_from_the_tables_too(town):
    town.touch(T + 20 * MINUTE, ANN)
    town.command("erase", ANN, T + 10 * MINUTE)
    assert town.touchpoints() == {}
    assert town.rows["erasures"][ANN, 0]["until_ms"] == T + 20 * MINUTE


def test_the_row_of_a_device_counts_only_what_is_left(town):
    town.touch(T, ANN, "device:d")
    town.touch(T + MINUTE, "device:d")
    town.touch(T + 2 * MINUTE, BEA, "device:d")
    town.touch(T + 3 * MINUTE, "device:d")
    town.command("erase", ANN, T + 10 * MINUTE)
    row = town.read("identifiers")["device:d",]
    assert (row["touchpoints"], row["first_seen"]) == (1, (T + 3 * MINUTE) / 1000)


def test_erased_by_a_hash_nobody_comes_back_late(town):
    town.hear("", {"k": "erase", "t": T + 10 * MINUTE, "i": ERASED + hash_of(ANN), "c": "c1", "by": ""})
    town.restart()
    town.touch(T, ANN)
    assert town.touchpoints() == {}


def test_whoever_comes_back_within_the_chunk_of_the_erasure_is_new(town):
    town.touch(T, ANN)
    with town.one_chunk():
        town.command("erase", ANN, T + 10 * MINUTE)
        town.touch(T + 20 * MINUTE, ANN)
    assert town.touchpoints() == {ANN: 1}


def test_a_call_that_was_sealed_before_it_heard_goes_by_its_last_word(town):
    day = 24 * 60 * MINUTE
    town.watermark(T)
    town.touch(T, ANN, "call:acd/1", kind="call.entered")
    last_word = {
        "k": "part",
        "f": "call:acd/1",
        "v": 1 << 60,
        "c": [0, 0, 0, 0, [], [], 0, 0, 0, 0],
        "b": T,
        "final": 1,
    }
    row = ["call:acd/1", 1 << 60, T * 4, "", 0, T, "held", [0, T, "app", "e1", "call.entered"], 0]
    town.command("erase", ANN, T + 10 * MINUTE)
    town.hear(ANN, {**last_word, "r": [row], "n": ANN, "t": T + 3 * day})
    assert not [row for row in town.read("identity_links").values() if ANN in row.values()]
    assert "ann" not in names_in_state(town)


def test_a_merge_that_was_on_its_way_names_nobody_who_was_erased(town):
    town.touch(T, ANN)
    town.command("erase", ANN, T + 10 * MINUTE)
    town.hear(ANN, {"k": "into", "f": "merges", "v": 1 << 60, "w": BEA, "at": [T + MINUTE, "app", "m"]})
    assert town.touchpoints() == {}
    assert "bea" not in names_in_state(town)


def test_merges_of_whoever_came_back_still_close_no_circle(town):
    merged = {"k": "merged", "s": "app", "y": "account.merged"}
    town.command("erase", ANN, T)
    town.hear("merges", {**merged, "e": "m1", "t": T + MINUTE, "f": ANN, "w": BEA})
    town.hear("merges", {"k": "forget", "f": ANN, "v": 1 << 60, "t": T, "c": "c1"})
    town.hear("merges", {**merged, "e": "m2", "t": T + 2 * MINUTE, "f": BEA, "w": ANN})
    town.touch(T + 3 * MINUTE, ANN)
    assert town.touchpoints() == {BEA: 1}


def test_whoever_came_back_and_was_kept_apart_from_a_device_stays_apart_from_it(town):
    town.touch(T, "device:d")
    town.command("erase", ANN, T + 10 * MINUTE)
    town.command("unlink", "device:d", T + 15 * MINUTE, w=ANN, on=1)
    town.touch(T + 20 * MINUTE, ANN, "device:d")
    town.hear("device:d", {"k": "forget", "f": ANN, "v": 1 << 60, "t": T + 10 * MINUTE, "c": "c1"})
    town.touch(T + 30 * MINUTE, "device:d")
    assert town.touchpoints() == {ANN: 1, "device:d": 2}


def test_a_phone_that_hears_of_an_old_erasure_says_again_what_it_has(town):
    town.touch(T, ANN)
    town.touch(T + 20 * MINUTE, ANN, "phone:p")
    town.touch(T + 21 * MINUTE, "phone:p")
    town.hear(ANN, {"k": "part", "f": "phone:p", "v": 1 << 60, "c": None})
    town.hear("phone:p", {"k": "forget", "f": ANN, "v": 1 << 60, "t": T + 10 * MINUTE, "c": "c1"})
    parts = [one for one in town.said if one["k"] == "part" and one["f"] == "phone:p"]
    assert parts[-1]["c"][0] == 1
