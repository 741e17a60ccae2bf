"""Calls: menu, queue, answer, end."""

from itertools import permutations

import pytest

CALL = "call:acd/4711"


def end(stay):
    return stay["ended_at"], stay["outcome"], stay["guessed"]


def test_a_call_waits_in_its_queue_and_is_answered(talk):
    talk.touch(CALL, "call.entered", 1_000)
    talk.touch(CALL, "call.queued", 11_000, "sales")
    talk.touch(CALL, "call.answered", 41_000, d={"agent": "ann"})
    talk.touch(CALL, "call.ended", 101_000, d={"agent": "ann"})
    [stay] = talk.stays()
    assert (stay["place"], stay["token"], stay["server"], stay["customer"]) == ("sales", "4711", "ann", "")
    assert (stay["wait_seconds"], stay["service_seconds"], end(stay)) == (30.0, 60.0, (101.0, "served", 0))


def test_a_call_answered_at_once_has_waited_zero(talk):
    talk.touch(CALL, "call.entered", 1_000, "sales")
    talk.touch(CALL, "call.answered", 11_000)
    [stay] = talk.stays()
    assert (stay["place"], stay["joined_at"], stay["started_at"], stay["wait_seconds"]) == ("sales", 11.0, 11.0, 0)


def test_hanging_up_in_the_queue_is_abandoned(talk):
    talk.touch(CALL, "call.queued", 11_000, "sales")
    talk.touch(CALL, "call.abandoned", 31_000)
    [stay] = talk.stays()
    assert (end(stay), stay["wait_seconds"]) == ((31.0, "abandoned", 0), 20.0)


def test_hanging_up_in_the_menu_is_no_wait_and_no_load(talk):
    talk.touch(CALL, "call.entered", 1_000)
    talk.touch(CALL, "call.abandoned", 8_000)
    [stay] = talk.stays()
    assert (stay["place"], stay["kind"], stay["joined_at"]) == ("", "menu", 1.0)
    assert (end(stay), stay["wait_seconds"], talk.sent) == ((8.0, "abandoned_before_queue", 0), None, [])


def test_a_menu_belongs_to_the_place_that_its_call_names(talk):
    talk.touch(CALL, "call.entered", 1_000, "sales")
    talk.touch(CALL, "call.abandoned", 8_000)
    assert [(stay["place"], stay["kind"]) for stay in talk.stays()] == [("sales", "menu")]
    assert talk.sent == []


def test_hanging_up_is_all_that_is_known_of_a_call(talk):
    talk.touch(CALL, "call.abandoned", 8_000)
    [stay] = talk.stays()
    assert (stay["joined_at"], stay["ended_at"], stay["outcome"]) == (8.0, 8.0, "abandoned_before_queue")


def test_a_queue_found_later_takes_the_menu_away(talk):
    talk.touch(CALL, "call.entered", 1_000, "sales")
    talk.touch(CALL, "call.abandoned", 8_000)
    talk.touch(CALL, "call.queued", 1_000, "sales")
    [stay] = talk.stays()
    assert (stay["kind"], end(stay)) == ("queue", (8.0, "abandoned", 0))
    assert [message["en"] for message in talk.sent] == [8_000]


def test_a_call_that_ends_in_the_menu_was_served_there(talk):
    talk.touch(CALL, "call.entered", 1_000)
    talk.touch(CALL, "call.ended", 8_000)
    assert talk.stays() == []


def test_a_step_without_a_place_belongs_to_the_last_queue_before_it(talk):
    talk.touch(CALL, "call.queued", 11_000, "sales")
    talk.touch(CALL, "call.queued", 51_000, "complaints")
    talk.touch(CALL, "call.answered", 41_000)
    talk.touch(CALL, "call.answered", 61_000)
    first, second = talk.stays()
    assert (first["place"], first["started_at"], end(first)) == ("sales", 41.0, (51.0, "served", 1))
    assert (second["place"], second["started_at"]) == ("complaints", 61.0)


def test_a_call_waits_in_one_queue_at_a_time(talk):
    talk.touch(CALL, "call.queued", 11_000, "sales")
    talk.touch(CALL, "call.queued", 51_000, "complaints")
    first, second = talk.stays()
    assert end(first) == (51.0, "abandoned", 1)
    assert (second["place"], second["ended_at"]) == ("complaints", None)


def test_put_back_into_the_same_queue_it_waits_a_second_time(talk):
    talk.touch(CALL, "call.queued", 11_000, "sales")
    talk.touch(CALL, "call.answered", 21_000)
    talk.touch(CALL, "call.queued", 51_000, "sales")
    first, second = talk.stays()
    assert (end(first), second["joined_at"], second["started_at"]) == ((51.0, "served", 1), 51.0, None)


def test_a_call_over_while_waiting_was_abandoned_unless_an_agent_is_named(talk):
    talk.touch("call:acd/1", "call.queued", 11_000, "sales")
    talk.touch("call:acd/1", "call.ended", 31_000)
    talk.touch("call:acd/2", "call.queued", 12_000, "sales")
    talk.touch("call:acd/2", "call.ended", 32_000, d={"agent": "ann"})
    first, second = talk.stays()
    assert (end(first), first["wait_seconds"]) == ((31.0, "abandoned", 1), 20.0)
    assert (end(second), second["wait_seconds"], second["server"]) == ((32.0, "served", 1), None, "ann")


def test_a_bot_answers_by_its_name_or_as_bot(talk):
    talk.touch("call:acd/1", "call.answered", 11_000, "sales", d={"bot": True})
    talk.touch("call:acd/2", "call.answered", 12_000, "sales", d={"bot": "lisa"})
    assert [stay["server"] for stay in talk.stays()] == ["bot", "lisa"]


def test_who_calls_is_known_for_the_whole_call(talk):
    talk.touch(CALL, "call.entered", 1_000)
    talk.touch(CALL, "call.queued", 11_000, "sales")
    talk.link(CALL, "phone:h1:aa", "call.answered", 31_000)
    talk.seen(CALL, "call.answered", 31_000, "sales", customer="phone:h1:aa")
    [stay] = talk.stays()
    assert (stay["customer"], stay["started_at"]) == ("phone:h1:aa", 31.0)


def test_the_same_id_after_the_call_is_over_is_another_call(talk):
    for start in (0, 600_000):
        talk.touch(CALL, "call.entered", start + 1_000)
        talk.touch(CALL, "call.abandoned", start + 8_000)
    assert [stay["joined_at"] for stay in talk.stays()] == [1.0, 601.0]


def test_a_menu_that_ends_after_the_queue_began_changes_nothing(talk):
    talk.touch(CALL, "call.queued", 11_000, "sales")
    talk.touch(CALL, "call.entered", 12_000)
    talk.touch(CALL, "call.answered", 10_500)
    [first, second] = talk.stays()
    assert (first["joined_at"], first["place"], second["joined_at"]) == (10.5, "", 11.0)


def test_a_call_across_midnight_is_one_call(talk):
    day = 86_400_000
    talk.touch(CALL, "call.queued", day - 10_000, "sales")
    talk.touch(CALL, "call.answered", day + 20_000)
    assert [stay["wait_seconds"] for stay in talk.stays()] == [30.0]


def test_a_silent_call_is_forgotten_after_six_hours(talk):
    talk.touch(CALL, "call.entered", 1_000, "sales")
    talk.watermark(7 * 3_600_000)
    talk.touch(CALL, "call.abandoned", 7 * 3_600_000)
    [stay] = talk.stays()
    assert (stay["joined_at"], stay["place"]) == (7 * 3_600.0, "")


STEPS = {
    "call.entered": (1_000, None, {}),
    "call.queued": (11_000, "sales", {}),
    "call.answered": (41_000, None, {"agent": "ann"}),
    "call.ended": (101_000, None, {"agent": "ann"}),
}


@pytest.mark.parametrize("order", [*permutations(STEPS)], ids="-".join)
def test_in_whatever_order_its_steps_come_a_call_is_one_stay(talk, order):
    for kind in order:
        at, place, data = STEPS[kind]
        talk.touch(CALL, kind, at, place, d=data)
    [stay] = talk.stays()
    assert (stay["place"], stay["wait_seconds"], stay["service_seconds"]) == ("sales", 30.0, 60.0)
    assert (end(stay), stay["server"]) == ((101.0, "served", 0), "ann")
