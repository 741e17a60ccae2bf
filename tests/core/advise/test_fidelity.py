"""What a record has in it that no replay gives again, and how it is said."""

from streams.advise.fidelity import Elsewhere, fidelity_of, reasons
from streams.advise.record import Stay, record_of
from streams.advise.replay import Step
from streams.advise.staffing import inferred

HOUR = 3_600_000


def found(stays, staffing=None, elsewhere=Elsewhere()):  # noqa: B008 — a value, never changed
    record = record_of(stays)
    return fidelity_of(record, staffing or inferred(record), 0, 10 * HOUR, elsewhere)


def test_one_line_of_one_server_has_nothing_to_say():
    fine = found([Stay(0, 0, 100), Stay(50, 100, 200), Stay(60, 200, 300)])
    assert fine[:4] == (3, 0, 0, 0)
    assert reasons(fine)[0].startswith("no single cause")


def test_who_is_served_before_somebody_who_came_earlier_overtakes():
    stays = [Stay(0, 0, 100), Stay(10, 300, 400), Stay(20, 100, 200), Stay(30, 200, 300), Stay(40, 400, 500)]
    overtaken = found(stays)
    assert overtaken.overtook == 2
    assert "2 of 5 were served before somebody" in reasons(overtaken)[0]


def test_two_who_join_at_one_instant_do_not_overtake_each_other():
    assert found([Stay(0, 0, 100), Stay(10, 200, 300), Stay(10, 100, 200)]).overtook == 0


def test_who_left_after_a_later_one_was_served_was_overtaken():
    assert found([Stay(0, None, 100), Stay(10, 50, 80)]).overtook == 1


def test_servers_that_are_said_to_be_there_and_serve_nobody_are_named():
    idle = found([Stay(0, 0, HOUR), Stay(0, HOUR, 2 * HOUR)], [Step(0, 3)])
    assert (idle.idle_hours, idle.busy_hours) == (2, 2)
    assert "idle for 2.0 server hours while people waited" in reasons(idle)[0]


def test_more_work_than_servers_is_named():
    assert (
        "more were busy than the staffing says, for 1.0 server hours"
        in reasons(found([Stay(0, 0, HOUR), Stay(0, 0, HOUR)], [Step(0, 1)]))[0]
    )


def test_shared_servers_and_what_nobody_saw_are_named():
    stays = [Stay(0, 0, 100), Stay(5, 5, None), Stay(6, None, None), Stay(7, 7, 20, "", True)]
    words = reasons(found(stays, elsewhere=Elsewhere(3, 1_200)))
    assert any("3 of the servers also served elsewhere, 1,200 times" in line for line in words)
    assert any("1 services have no known end" in line for line in words)
    assert any("1 people are left out" in line for line in words)
    assert any("1 stays have an end that is a guess" in line for line in words)
