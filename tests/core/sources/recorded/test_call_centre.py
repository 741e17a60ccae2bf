"""Rows of the call-centre file and the touchpoints that they stand for, dirt included."""

from support.recorded.call_centre import touchpoints
from support.recorded.call_centre_oracle import QueueTotals, totals, waiting_at, waiting_curve

from schemas.touchpoint import parse


def call(**fields):
    """A regular customer who waited for 42 s, except as said."""
    row = {
        "vru+line": "AA0101",
        "call_id": "7",
        "type": "PS",
        "vru_entry": "10:00:00",
        "vru_exit": "10:00:06",
        "vru_time": "6",
        "q_start": "10:00:06",
        "q_exit": "10:00:48",
        "q_time": "42",
        "outcome": "AGENT",
        "ser_start": "10:00:47",
        "ser_exit": "10:03:00",
        "ser_time": "133",
        "server": "VICKY",
        "server_abv": "VIC",
    }
    return {**row, **fields}


NOT_QUEUED = {"q_start": "0:00:00", "q_exit": "0:00:00", "q_time": "0"}
NOT_SERVED = {"ser_start": "0:00:00", "ser_exit": "0:00:00", "ser_time": "0", "server": "NO_SERVER"}


def told(*rows):
    found = list(touchpoints(rows))
    for touchpoint in found:
        parse(touchpoint)
    return [(t["type"], t["occurred_at"][8:19], t.get("place"), t["data"].get("agent")) for t in found]


def test_an_answered_call_enters_queues_is_answered_at_the_end_of_its_wait_and_ends():
    assert told(call()) == [
        ("call.entered", "01T10:00:00", "PS", None),
        ("call.queued", "01T10:00:06", "PS", None),
        ("call.answered", "01T10:00:48", "PS", "VICKY"),
        ("call.ended", "01T10:03:00", None, "VICKY"),
    ]


def test_a_call_answered_at_once_has_no_queue_and_names_it_when_answered():
    assert told(call(**NOT_QUEUED))[1:] == [
        ("call.answered", "01T10:00:47", "PS", "VICKY"),
        ("call.ended", "01T10:03:00", None, "VICKY"),
    ]


def test_who_hangs_up_in_the_queue_abandons_and_who_hangs_up_in_the_menu_does_so_there():
    assert told(call(outcome="HANG", **NOT_SERVED))[-1] == ("call.abandoned", "01T10:00:48", None, None)
    assert told(call(outcome="HANG", **NOT_SERVED, **NOT_QUEUED)) == [
        ("call.entered", "01T10:00:00", "PS", None),
        ("call.abandoned", "01T10:00:06", None, None),
    ]


def test_a_phantom_is_no_call():
    assert told(call(outcome="PHANTOM")) == []


def test_a_menu_of_negative_length_makes_no_other_day():
    times = [
        at
        for _, at, _, _ in told(call(vru_entry="12:04:42", vru_exit="12:03:15", q_start="12:03:15", q_exit="12:04:56"))
    ]
    assert times[:3] == ["01T12:04:42", "01T12:03:15", "01T12:04:56"]


def test_a_call_across_midnight_goes_on_the_next_day():
    late = call(vru_entry="23:59:50", q_start="23:59:56", q_exit="0:00:38", ser_start="0:00:38", ser_exit="0:02:00")
    assert [at for _, at, _, _ in told(late)] == ["01T23:59:50", "01T23:59:56", "02T00:00:38", "02T00:02:00"]


def test_a_missing_agent_or_a_missing_end_is_left_out_and_the_call_stays():
    assert told(call(server="NO_SERVER"))[-2:] == [
        ("call.answered", "01T10:00:48", "PS", None),
        ("call.ended", "01T10:03:00", None, None),
    ]
    assert told(call(**{**NOT_SERVED, "server": "STEREN"}))[-1] == ("call.answered", "01T10:00:48", "PS", "STEREN")


def test_no_call_ends_before_its_answer_where_the_clocks_differ():
    overtaken = call(q_exit="13:04:21", ser_start="13:04:19", ser_exit="13:04:20", q_start="13:02:25")
    assert [at for _, at, _, _ in told(overtaken)][-2:] == ["01T13:04:21", "01T13:04:21"]


def test_the_oracle_counts_each_kind_of_call_once():
    calls = [
        call(),
        call(**NOT_QUEUED),
        call(outcome="HANG", **NOT_SERVED),
        call(outcome="HANG", **NOT_SERVED, **NOT_QUEUED),
        call(outcome="PHANTOM"),
    ]
    assert totals(calls) == {"PS": QueueTotals(2, 1, 1, 1, 84, 42)}


def test_the_oracle_counts_who_waits_from_joining_up_to_leaving():
    [curve] = waiting_curve([call(), call(q_start="10:00:20", q_exit="10:00:48")]).values()
    assert [waiting_at(curve, 36_000 + second) for second in (5, 6, 19, 20, 47, 48)] == [0, 1, 1, 2, 2, 0]
