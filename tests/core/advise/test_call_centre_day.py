"""A bank's recorded day: the replay against what happened, queue by queue; who is right where they differ.

"Anonymous Bank data, Service Engineering, Technion (A. Mandelbaum)".
"""

import pytest
from support.recorded import call_centre
from support.recorded.call_centre import second_of, was_queued
from support.recorded.files import rows

from streams.advise.fidelity import Elsewhere, fidelity_of, reasons
from streams.advise.record import Stay, record_of
from streams.advise.staffing import Change, inferred
from streams.advise.whatif import what_if

DAY = 2 * 86_400_000


def stays_of(queue):
    for call in rows(call_centre.FILE):
        if call["type"] == queue and call["outcome"] != "PHANTOM" and (was_queued(call) or call["outcome"] == "AGENT"):
            yield _stay(call)


def _stay(call):
    def at(column):
        return second_of(call, column) * 1_000

    started = at("q_exit") if was_queued(call) else at("ser_start")
    joined = at("q_start") if was_queued(call) else started
    if call["outcome"] == "HANG":
        return Stay(joined, None, started)
    ended = max(started, at("ser_exit")) if call["ser_exit"] != call_centre.NEVER else None
    return Stay(joined, started, ended, "" if call["server"] == "NO_SERVER" else call["server"])


@pytest.fixture(scope="module", params=["PS", "NW", "NE", "IN", "PE", "TT"])
def queue(request):
    record = record_of(list(stays_of(request.param)))
    staffing = inferred(record)
    return request.param, record, staffing, what_if(record, staffing, Change(2, 0, DAY))


def test_the_replay_is_within_5_percent_of_the_day_or_says_why_not(queue):
    name, record, staffing, answer = queue
    said = reasons(fidelity_of(record, staffing, 0, DAY, Elsewhere()))
    if name == "PS":
        assert answer.difference == pytest.approx(-0.15, abs=0.03)
        assert "264 of 1,120 were served before somebody" in said[0]
    else:
        assert answer.is_near, (answer.difference, said)


def test_what_happened_is_what_the_file_says(queue):
    name, record, _, answer = queue
    waits = [int(call["q_time"]) for call in rows(call_centre.FILE) if call["type"] == name and _counts(call)]
    assert (answer.recorded.people, answer.recorded.total_wait_seconds) == (len(record.stays), sum(waits))
    assert answer.recorded.longest_wait_seconds == max(waits)


def test_two_more_agents_make_nobody_wait_longer_and_fewer_give_up(queue):
    _, _, _, answer = queue
    assert answer.after.total_wait_seconds < answer.replayed.total_wait_seconds
    assert answer.after.abandoned <= answer.replayed.abandoned
    assert answer.after.people == answer.after.served + answer.after.abandoned


def _counts(call):
    return call["outcome"] != "PHANTOM" and (was_queued(call) or call["outcome"] == "AGENT")
