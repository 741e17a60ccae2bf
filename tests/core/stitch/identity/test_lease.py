"""Who holds a leased identifier: a step function of time, cut by marks and by links to somebody else."""

import pytest

from streams.stitch.identity.lease import FIRST, ISSUED, RETURNED, blocked, extend, knows, label_at, leases, position

LINKED = "page.viewed"


def evidence(at, label="", kind=LINKED, event_id="e"):
    return (position(at, kind), "web", event_id, label, kind)


def line(*told):
    return extend([FIRST], sorted(told))


def whose(runs, *times):
    return [label_at(runs, position(at, LINKED)) for at in times]


def test_the_first_holder_gets_what_came_before():
    assert whose(line(evidence(10, "A")), 1, 10, 99) == ["A", "A", "A"]


def test_a_link_to_somebody_else_cuts_from_there_on():
    assert whose(line(evidence(10, "A"), evidence(20, "B")), 1, 19, 20, 99) == ["A", "A", "B", "B"]


def test_whoever_comes_back_gets_a_run_of_its_own():
    assert whose(line(evidence(10, "A"), evidence(20, "B"), evidence(30, "A")), 15, 25, 35) == ["A", "B", "A"]


def test_after_a_return_it_is_nobodys_until_the_next_holder_who_gets_all_since():
    runs = line(evidence(10, "A"), evidence(20, kind=RETURNED), evidence(40, "B"))
    assert whose(runs, 5, 19, 20, 30, 40) == ["A", "A", "B", "B", "B"]
    assert label_at(runs, position(20, RETURNED)) == "A"


def test_an_issue_begins_with_itself_and_knows_its_wearer():
    runs = line(evidence(10, "A"), evidence(20, "B", ISSUED))
    assert whose(runs, 19, 20) == ["A", "B"]
    assert label_at(runs, position(20, ISSUED)) == "B"


def test_at_one_instant_it_is_returned_then_issued_then_all_else():
    runs = line(evidence(10, "A"), evidence(20, "C"), evidence(20, "B", ISSUED), evidence(20, kind=RETURNED))
    assert whose(runs, 19, 20) == ["A", "C"]
    assert [run.label for run in runs] == ["A", "", "B", "C"]


def test_nothing_of_a_lease_reaches_into_the_next():
    runs = line(evidence(10, kind=ISSUED), evidence(20, kind=RETURNED), evidence(30, "B"))
    assert whose(runs, 5, 15, 25) == ["", "", "B"]
    assert leases(runs) == [(0, 1), (1, 2), (2, 3)]


def holders(many, start=0):
    return [evidence(start + number, f"customer:{number}") for number in range(many)]


def test_sixteen_holders_within_a_lease_are_as_many_as_it_may_have():
    assert blocked(line(*holders(16))) == frozenset()
    assert blocked(line(*holders(17))) == frozenset(range(17))


def test_only_the_lease_with_too_many_holders_is_blocked():
    runs = line(*holders(16), evidence(50, kind=ISSUED), *holders(17, 60))
    assert blocked(runs) == frozenset(range(16, 16 + 17))


def test_holders_whose_runs_are_forgotten_still_count():
    runs = line(*holders(3))
    assert blocked(runs, frozenset(f"card:{number}" for number in range(14))) == frozenset(range(3))


@pytest.mark.parametrize(
    ("at", "label", "kind", "news"),
    [
        (15, "A", LINKED, False),
        (25, "B", LINKED, False),
        (20, "B", LINKED, False),
        (15, "B", LINKED, True),
        (30, "", RETURNED, False),
        (31, "", RETURNED, True),
        (40, "C", ISSUED, False),
        (40, "D", ISSUED, True),
        (41, "C", ISSUED, True),
    ],
)
def test_what_comes_late_is_news_only_where_it_contradicts_what_is_known_of_its_own_time(at, label, kind, news):
    runs = line(
        evidence(10, "A"), evidence(20, "B"), evidence(30, kind=RETURNED), evidence(40, "C", ISSUED), evidence(50, "D")
    )
    assert knows(runs, position(at, kind), label, kind) is not news


def test_in_pieces_it_is_what_it_is_at_once():
    told = sorted([evidence(10, "A"), evidence(20, kind=RETURNED), evidence(40, "B"), evidence(45, "A", ISSUED)])
    for cut in range(len(told)):
        assert extend(extend([FIRST], told[:cut]), told[cut:]) == line(*told)
