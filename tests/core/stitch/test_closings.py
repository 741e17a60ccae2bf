"""Closing a place ends everybody's stay there, whenever the closing is heard of."""

import pytest
from support.stitch_world import HOUR

from streams.outbox import Outbox
from streams.stitch.step import fire

BAND = "wristband:w"


def end(stay):
    return stay["ended_at"], stay["outcome"], stay["guessed"]


@pytest.mark.parametrize(
    ("kind", "outcome"), [("queue.joined", "abandoned"), ("service.started", "served"), ("place.entered", "left")]
)
def test_a_closing_ends_stays_at_its_time_as_a_guess(talk, kind, outcome):
    talk.touch(BAND, kind, 1_000, "ride")
    talk.close("ride", 61_000)
    talk.watermark(61_000)
    assert end(talk.stays()[0]) == (61.0, outcome, 1)


def test_a_closing_that_is_to_come_ends_nothing_yet(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.close("ride", 61_000)
    talk.watermark(60_999)
    assert talk.stays()[0]["ended_at"] is None


def test_a_closing_that_is_heard_of_late_ends_them_at_once(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.watermark(120_000)
    talk.close("ride", 61_000)
    assert end(talk.stays()[0]) == (61.0, "abandoned", 1)


def test_who_is_heard_of_after_the_closing_has_left_by_it(talk):
    talk.close("ride", 61_000)
    talk.watermark(120_000)
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    assert end(talk.stays()[0]) == (61.0, "abandoned", 1)


def test_who_comes_at_the_very_instant_stays(talk):
    talk.touch(BAND, "queue.joined", 61_000, "ride")
    talk.close("ride", 61_000)
    talk.watermark(120_000)
    assert talk.stays()[0]["ended_at"] is None


def test_what_was_sent_for_that_instant_is_no_guess(talk):
    talk.touch(BAND, "service.started", 1_000, "ride")
    talk.touch(BAND, "service.ended", 61_000, "ride")
    talk.close("ride", 61_000)
    talk.watermark(120_000)
    assert end(talk.stays()[0]) == (61.0, "served", 0)


def test_opening_ends_nothing_and_neither_does_closing_another_place(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.record(talk.about("place.opened", 61_000, "ride", {"k": "closing"}))
    talk.close("park", 61_000)
    talk.watermark(120_000)
    assert talk.stays()[0]["ended_at"] is None


def test_a_closing_beyond_the_lateness_moves_nothing(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.watermark(61_001 + HOUR)
    talk.close("ride", 61_000)
    assert end(talk.stays()[0]) == (3_601.0, "timed_out", 1)


def test_a_stay_stretched_over_a_closing_ends_by_it(talk):
    talk.touch(BAND, "presence.seen", 1_000, "shop")
    talk.watermark(700_000)
    talk.close("shop", 800_000)
    talk.watermark(900_000)
    talk.touch(BAND, "presence.seen", 500_000, "shop")
    assert end(talk.stays()[0]) == (800.0, "left", 1)


def test_a_jump_of_time_over_closing_and_lateness_loses_no_closing(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.close("ride", 61_000)
    talk.close("ride", 61_000 + 2 * HOUR)
    talk.watermark(100 * HOUR)
    assert [end(stay) for stay in talk.stays()] == [(61.0, "abandoned", 1)]
    assert talk.state.closings == {}


def test_a_full_place_is_emptied_bit_by_bit_in_the_order_of_keys(talk):
    for number in range(100):
        talk.touch(f"wristband:{number:02}", "queue.joined", 1_000 + number, "ride")
    talk.close("ride", 61_000)
    talk.state.hear("validate/0", 61_000)
    parts = []
    more = True
    while more:
        out = Outbox()
        more = fire(talk.state, out, 30)
        parts.append(len(out.messages))
    assert parts == [30, 30, 30, 10]


def test_a_crash_while_a_place_is_emptied_forgets_nobody(talk):
    for number in range(5):
        talk.touch(f"wristband:{number}", "queue.joined", 1_000 + number, "ride")
    talk.close("ride", 61_000)
    talk.state.hear("validate/0", 61_000)
    first, rest = Outbox(), Outbox()
    assert fire(talk.state, first, 2)
    talk.state.settle()
    talk.restart()
    assert not fire(talk.state, rest, 100)
    assert (len(first.messages), len(rest.messages)) == (2, 3)


def test_a_closing_on_its_way_is_there_before_anything_is_folded_for_good(talk):
    for minute in range(0, 61, 5):
        talk.touch(BAND, "presence.seen", minute * 60_000, "ride")
    talk.touch(BAND, "presence.seen", 70 * 60_000, "shop")
    talk.close("ride", 62 * 60_000)
    talk.state.hear("validate/0", 3 * HOUR)
    talk.touch(BAND, "presence.seen", 2 * HOUR, "shop")
    assert end(talk.stays()[0]) == (62 * 60.0, "left", 1)


def test_a_stay_that_ends_as_a_closing_is_found_is_told(talk):
    talk.touch(BAND, "place.entered", 5_000, "park")
    talk.touch(BAND, "queue.joined", 10_000, "ride")
    talk.close("park", 20_000)
    talk.touch(BAND, "queue.left", 30_000, "ride")
    park, ride = talk.stays()
    assert (end(park), end(ride)) == ((20.0, "left", 1), (30.0, "abandoned", 0))


def test_the_index_of_visitors_is_empty_when_all_is_settled(talk):
    for place in ("ride", "shop", "park"):
        talk.touch(BAND, "presence.seen", 1_000, place)
    talk.watermark(100 * HOUR)
    assert (talk.state.visitors, talk.state.closings) == ({}, {})


def test_a_look_that_comes_early_brings_no_closing_that_is_still_to_come(talk, another_talk):
    minute = 60_000
    for spoken_to in (talk, another_talk):
        spoken_to.touch(BAND, "queue.joined", 1_000, "ride")
        spoken_to.touch(BAND, "presence.seen", 30 * minute, "ride")
        spoken_to.watermark(61 * minute)  # its first time-out has come and was put off
        spoken_to.close("ride", 80 * minute)
    another_talk.state.timers.insert(0, (1_000, BAND))  # as after a restart: what was written may say so still
    for spoken_to in (talk, another_talk):
        spoken_to.record({"k": "nothing"})
        assert [stay["outcome"] for stay in spoken_to.stays()] == [""]
        spoken_to.watermark(120 * minute)
    assert talk.stays() == another_talk.stays()
    assert [stay["outcome"] for stay in talk.stays()] == ["abandoned"]
