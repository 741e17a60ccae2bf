"""What nobody sees the end of times out: before, at and after the exact gap."""

import pytest

from streams.stitch.stay import settle

BAND = "wristband:w"
SHOP, WAIT, SERVICE = 600_000, 3_600_000, 1_800_000
"""Time-outs of the sample places, ms."""


def end(stay):
    return stay["ended_at"], stay["outcome"], stay["guessed"]


@pytest.mark.parametrize(
    ("kind", "place", "after"),
    [("presence.seen", "shop", SHOP), ("queue.joined", "ride", WAIT), ("service.started", "ride", SERVICE)],
)
def test_it_ends_at_its_last_evidence_and_the_time_out(talk, kind, place, after):
    talk.touch(BAND, kind, 1_000, place)
    talk.watermark(1_000 + after + 4_999)
    assert end(talk.stays()[0]) == (None, "", 0)
    talk.watermark(1_000 + after + 5_000)
    assert end(talk.stays()[0]) == ((1_000 + after) / 1000, "timed_out", 1)


def test_who_timed_out_waiting_has_waited_so_long(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.watermark(1_000 + WAIT + 5_000)
    [stay] = talk.stays()
    assert (stay["wait_seconds"], stay["service_seconds"]) == (3_600.0, None)


def test_who_timed_out_served_has_waited_until_the_start(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "service.started", 61_000, "ride")
    talk.watermark(61_000 + SERVICE + 5_000)
    [stay] = talk.stays()
    assert (stay["wait_seconds"], stay["service_seconds"]) == (60.0, 1_800.0)


def test_evidence_at_the_exact_time_out_still_belongs(talk):
    talk.touch(BAND, "presence.seen", 1_000, "shop")
    talk.touch(BAND, "presence.seen", 1_000 + SHOP, "shop")
    [stay] = talk.stays()
    assert end(stay) == (None, "", 0)


def test_evidence_a_millisecond_later_is_another_stay(talk):
    talk.touch(BAND, "presence.seen", 1_000, "shop")
    talk.touch(BAND, "presence.seen", 1_001 + SHOP, "shop")
    first, second = talk.stays()
    assert end(first) == ((1_000 + SHOP) / 1000, "timed_out", 1)
    assert second["joined_at"] == (1_001 + SHOP) / 1000


def test_late_evidence_takes_a_time_out_back_and_joins_two_stays(talk):
    talk.touch(BAND, "presence.seen", 1_000, "shop")
    talk.touch(BAND, "presence.seen", 901_000, "shop")
    talk.watermark(901_000)
    talk.touch(BAND, "presence.seen", 451_000, "shop")
    [stay] = talk.stays()
    assert (stay["joined_at"], end(stay)) == (1.0, (None, "", 0))


def test_each_sighting_puts_the_time_out_off(talk):
    talk.touch(BAND, "queue.joined", 1_000, "ride")
    talk.touch(BAND, "presence.seen", WAIT, "ride")
    talk.watermark(WAIT + WAIT + 5_000 - 1)
    assert end(talk.stays()[0]) == (None, "", 0)
    talk.watermark(WAIT + WAIT + 5_000)
    assert end(talk.stays()[0]) == (2 * WAIT / 1000, "timed_out", 1)


def test_a_time_out_is_computed_from_what_was_there_at_that_time(talk):
    talk.touch(BAND, "presence.seen", 1_000, "shop")
    talk.watermark(10 * SHOP)
    assert end(talk.stays()[0]) == ((1_000 + SHOP) / 1000, "timed_out", 1)


def test_a_thing_that_times_out_is_told_once(talk):
    talk.touch(BAND, "presence.seen", 1_000, "shop")
    for minute in range(10, 300, 10):
        talk.watermark(minute * 60_000)
    assert [message["out"] for message in talk.sent] == ["", "timed_out"]


def test_of_several_open_stays_only_those_time_out_that_are_due():
    early, late = (("area", 0, 0, "presence", None, None, "", 0, "", due) for due in (5, 7))
    timed_out = ("area", 0, 0, "presence", None, 5, "timed_out", 1, "", 5)
    assert settle(((early, late), None), 7) == (((late,), None), (timed_out,))


def test_a_restart_forgets_no_time_out(talk):
    talk.touch(BAND, "presence.seen", 1_000, "shop")
    talk.restart()
    talk.watermark(1_000 + SHOP + 5_000)
    assert end(talk.stays()[0]) == ((1_000 + SHOP) / 1000, "timed_out", 1)


def test_a_restart_changes_no_byte_of_what_times_out_together(talk, another_talk):
    minute = 60_000
    for spoken_to in (talk, another_talk):
        spoken_to.touch("wristband:a", "queue.joined", 1_000, "ride")
        spoken_to.touch("wristband:a", "presence.seen", 30 * minute, "ride")
        spoken_to.touch("wristband:b", "queue.joined", 20 * minute, "ride")
        spoken_to.watermark(61 * minute)  # a's first time-out has come and was put off
    another_talk.restart()
    for spoken_to in (talk, another_talk):
        spoken_to.watermark(180 * minute)
    assert talk.sent == another_talk.sent or talk.sent[-2:] == another_talk.sent[:-3:-1]
    assert [stay["version"] for stay in talk.stays()] == [stay["version"] for stay in another_talk.stays()]
