"""How many were at work, as far as it can be seen, and how many there would be."""

from streams.advise.record import Stay, record_of
from streams.advise.replay import Step
from streams.advise.staffing import BEGINNING_MS, Change, changed, inferred, mismatch, staffed_ms


def servers_at(steps, *instants):
    return [[step.servers for step in steps if step.at_ms <= at][-1] for at in instants]


def test_while_somebody_waits_those_who_are_busy_are_all():
    steps = inferred(record_of([Stay(0, 0, 100), Stay(0, 0, 90), Stay(50, 90, 120)]))
    assert servers_at(steps, 50, 89) == [2, 2]


def test_while_nobody_waits_the_most_that_were_busy_were_there():
    steps = inferred(record_of([Stay(0, 0, 50), Stay(10, 10, 40), Stay(100, 100, 110)]))
    assert steps == [Step(BEGINNING_MS, 2)]


def test_between_two_waits_nobody_is_thought_to_have_gone_and_come_back():
    first = [Stay(0, 0, 100), Stay(0, 0, 100), Stay(1, 100, 110)]
    then = [Stay(900, 900, 990), Stay(900, 900, 990), Stay(900, 990, 999)]
    assert servers_at(inferred(record_of([*first, *then])), 500) == [2]


def test_a_server_that_takes_nobody_for_long_while_people_wait_is_away():
    steps = inferred(record_of([Stay(0, 0, 100, "ann"), Stay(50, 90_000, 99_000, "ann")]))
    assert servers_at(steps, 60, 100, 89_999, 90_000) == [1, 0, 0, 1]


def test_a_short_pause_between_two_is_part_of_the_service_before():
    record = record_of([Stay(0, 0, 100, "ann"), Stay(50, 5_100, 6_000, "ann")])
    assert record.services[0].ready_ms == 5_000
    assert servers_at(inferred(record), 60, 3_000, 5_100) == [1, 1, 1]


def test_time_to_answer_is_no_lack_of_servers():
    record = record_of([Stay(0, 0, 100, "ann"), Stay(900, 4_900, 6_000, "ann")])
    assert record.services[1].answer_ms == 4_000
    assert inferred(record) == [Step(BEGINNING_MS, 1)]


def test_who_waits_behind_others_did_not_wait_for_an_answer():
    before = Stay(500, 30_000, 31_000, "bob")
    record = record_of([Stay(0, 0, 100, "ann"), before, Stay(900, 4_900, 6_000, "ann")])
    assert record.services[2].answer_ms == 0


def test_a_change_holds_from_to_and_never_goes_below_nobody():
    steps = [Step(0, 1), Step(100, 3), Step(200, 0)]
    more = changed(steps, Change(2, 50, 250), closed_stays_closed=False)
    assert servers_at(more, 0, 49, 50, 100, 200, 250) == [1, 1, 3, 5, 2, 0]
    fewer = changed(steps, Change(-2, 50, 250), closed_stays_closed=False)
    assert servers_at(fewer, 0, 50, 100, 200, 300) == [1, 0, 1, 0, 0]


def test_a_place_that_is_closed_stays_closed_and_a_number_stands_for_itself():
    steps = changed([Step(0, 1), Step(100, 0)], Change(4, 50, 250, absolute=True), closed_stays_closed=True)
    assert servers_at(steps, 49, 50, 100, 250) == [1, 4, 0, 0]


def test_server_time_adds_up():
    assert staffed_ms([Step(0, 1), Step(100, 3)], 50, 150) == 50 + 150
    assert staffed_ms([Step(100, 2)], 0, 50) == 0


def test_servers_that_stand_idle_while_people_wait_are_seen():
    record = record_of([Stay(0, 0, 100), Stay(50, 100, 110)])
    assert mismatch(record, [Step(0, 3)], 0, 1_000) == (2 * 50, 0)
    assert mismatch(record, [Step(0, 0)], 0, 1_000) == (0, 110)
