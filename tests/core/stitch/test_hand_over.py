"""A wristband that changes hands: what its wearer did ends there, and none of it goes on as the next wearer's."""

import pytest

BAND = "wristband:a"
ONE, OTHER = "customer:one", "customer:other"


def worn(talk, customer, at, place="ride", kind="queue.joined"):
    talk.link(BAND, customer, kind, at)
    talk.seen(BAND, kind, at, place, customer=customer)


def facts(talk):
    columns = ("place", "customer", "joined_at", "ended_at", "outcome", "guessed")
    return [tuple(stay[column] for column in columns) for stay in talk.stays()]


@pytest.mark.parametrize("kind", ["wristband.returned", "wristband.issued"])
def test_whoever_waits_has_left_when_the_wristband_changes_hands(talk, kind):
    talk.touch(BAND, "place.entered", 500, "park")
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.link(BAND, "", kind, 61_000)
    assert facts(talk) == [("park", BAND, 0.5, 61.0, "left", 1), ("ride", BAND, 1.0, 61.0, "abandoned", 1)]


def test_whoever_is_served_was_served(talk):
    talk.touch(BAND, "service.started", 1_000, "ride")
    talk.link(BAND, "", "wristband.returned", 61_000)
    assert facts(talk) == [("ride", BAND, 1.0, 61.0, "served", 1)]


def test_the_next_wearer_at_the_same_place_has_a_stay_of_their_own(talk):
    worn(talk, ONE, 1_000)
    talk.link(BAND, ONE, "wristband.returned", 61_000)
    talk.link(BAND, OTHER, "wristband.issued", 61_000)
    worn(talk, OTHER, 61_000)
    assert facts(talk) == [("ride", ONE, 1.0, 61.0, "abandoned", 1), ("ride", OTHER, 61.0, None, "", 0)]


def test_a_return_that_is_known_late_cuts_the_stay_that_went_on(talk):
    worn(talk, ONE, 1_000)
    worn(talk, OTHER, 121_000)
    assert facts(talk) == [("ride", ONE, 1.0, None, "", 0)]
    talk.link(BAND, "", "wristband.issued", 61_000)
    assert facts(talk) == [("ride", ONE, 1.0, 61.0, "abandoned", 1), ("ride", OTHER, 121.0, None, "", 0)]


def test_a_copy_of_a_return_that_comes_hours_later_ends_nothing(talk):
    hour = 3_600_000
    talk.link(BAND, "", "wristband.returned", 1_000, event_id="r")
    talk.watermark(5 * hour)
    talk.touch(BAND, "queue.joined", 4 * hour, "ride")
    talk.link(BAND, "", "wristband.returned", 1_000, event_id="r")
    assert [stay["ended_at"] for stay in talk.stays()] == [None]


def test_a_return_that_is_known_too_late_counts_as_of_the_horizon(talk):
    hour = 3_600_000
    talk.touch(BAND, "place.entered", hour, "park")
    talk.watermark(3 * hour)
    talk.link(BAND, "", "wristband.returned", hour + 1)
    assert facts(talk) == [("park", BAND, 3_600.0, 7_200.0, "left", 1)]


def test_after_a_restart_the_next_wearer_still_has_a_stay_of_their_own(talk):
    worn(talk, ONE, 1_000)
    talk.link(BAND, ONE, "wristband.returned", 61_000)
    talk.restart()
    worn(talk, OTHER, 62_000)
    assert [row[1] for row in facts(talk)] == [ONE, OTHER]


def test_a_copy_of_a_return_that_was_known_too_late_itself_ends_nothing(talk):
    hour = 3_600_000
    talk.watermark(3 * hour)
    talk.link(BAND, "", "wristband.returned", hour, event_id="r")
    talk.touch(BAND, "queue.joined", 5 * hour, "app-queue")
    talk.watermark(6 * hour + 1_800_000)
    talk.link(BAND, "", "wristband.returned", hour, event_id="r")
    talk.restart()
    talk.link(BAND, "", "wristband.returned", hour, event_id="r")
    assert [stay["ended_at"] for stay in talk.stays()] == [None]


def test_whoever_gives_back_a_wristband_keeps_the_phone(talk):
    talk.touch("device:d", "queue.joined", 1_000, "app-queue")
    talk.link("device:d", ONE, "wristband.returned", 61_000)
    assert [stay["ended_at"] for stay in talk.stays()] == [None]


def test_a_new_name_of_one_wearer_is_told_of_that_one_s_stays_alone(talk):
    for wearer, at in (("phone:1", 1_000), ("phone:2", 121_000)):
        talk.link(BAND, wearer, "wristband.issued", at)
        worn(talk, wearer, at + 1_000)
        talk.touch(BAND, "queue.left", at + 2_000, "ride")
    told = len(talk.sent)
    talk.record({"k": "top", "f": "phone:1", "v": 1, "n": ONE}, BAND)
    assert [(message["j"], message["w"]) for message in talk.sent[told:]] == [(2_000, ONE)]
    assert [row[1] for row in facts(talk)] == [ONE, "phone:2"]
