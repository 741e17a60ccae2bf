"""How many servers a queue needs: the goal, the demand that is measured, the least number, the wait with others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.place import Place, ServiceLevel
from streams.load.staffing import Demand, Goal, demand_of, expected, goal_of, need, queue_of
from streams.load.work import NOTHING, Measured

CALLS = Goal(0.8, 20, 5)
BUSY = Measured(arrivals=90, services=60, service_ms=10_800_000, waits=80, waited_ms=1_200_000, abandoned=4)

demands = st.builds(
    Demand, st.floats(0.001, 0.5), st.floats(1, 400), st.none() | st.floats(5, 2_000)
)  # up to 200 erlangs
goals = st.builds(Goal, st.floats(0.5, 0.99), st.floats(1, 600), st.floats(0, 10))

GOLDEN = [(1, 180, 3), (10, 180, 14), (24, 240, 29), (40, 300, 46)]
"""Erlangs, service seconds, servers for 80 % within 20 s."""


@pytest.mark.parametrize(("erlangs", "service", "servers"), GOLDEN)
def test_eighty_per_cent_in_twenty_seconds_take_what_the_vectors_say(
    erlangs: float, service: float, servers: int
) -> None:
    assert need(Demand(erlangs / service, service, None), CALLS).required == servers


@settings(deadline=None)
@given(demand=demands, goal=goals)
def test_the_least_number_meets_the_goal_and_one_less_does_not(demand: Demand, goal: Goal) -> None:
    required = need(demand, goal).required

    assert required is not None
    assert queue_of(demand, required).service_level(goal.seconds, goal.short_seconds) >= goal.share
    assert required == 1 or queue_of(demand, required - 1).service_level(goal.seconds, goal.short_seconds) < goal.share


def test_giving_up_lowers_the_need() -> None:
    patient, impatient = Demand(10 / 180, 180, None), Demand(10 / 180, 180, 300)

    assert (need(patient, CALLS).required, need(impatient, CALLS).required) == (14, 13)


def test_nobody_goes_below_the_least_staff_that_is_declared() -> None:
    assert need(Demand(1 / 180, 180, None), CALLS, min_servers=7).required == 7


def test_calls_have_their_service_level_and_other_queues_their_target() -> None:
    level = ServiceLevel(goal=0.9, within_seconds=30, short_abandon_seconds=3)

    assert goal_of(Place(id="a", kind="call_queue", target_wait_seconds=7, service_level=level)) == Goal(0.9, 30, 3)
    assert goal_of(Place(id="a", kind="queue", target_wait_seconds=7, service_level=level)) == Goal(0.9, 7, 3)
    assert goal_of(Place(id="a", kind="queue", service_level=level)) is None


def test_the_demand_is_what_was_measured_in_fifteen_minutes() -> None:
    assert demand_of(BUSY) == Demand(0.1, 180, 300)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"arrivals": 4}, "too_few_arrivals"),
        ({"services": 4}, "too_few_services"),
        ({"service_ms": 0}, "no_service_time"),
    ],
)
def test_too_little_to_measure_has_a_reason(change: dict[str, int], reason: str) -> None:
    assert demand_of(BUSY._replace(**change)) == reason


def test_patience_takes_three_who_gave_up() -> None:
    two = demand_of(BUSY._replace(abandoned=2))

    assert isinstance(two, Demand)
    assert (two.patience_seconds, two.method) == (None, "erlang-c")


def test_nothing_measured_is_too_few_arrivals() -> None:
    assert demand_of(NOTHING) == "too_few_arrivals"


@pytest.mark.parametrize(
    ("servers", "patience", "reason"),
    [
        (None, None, "servers_unknown"),
        (0, 300, "no_servers"),
        (10, None, "overloaded"),
        (10_001, None, "too_much"),
        (11, None, ""),
        (5, 300, ""),
    ],
)
def test_a_wait_that_nobody_can_tell_has_a_reason(servers: int | None, patience: float | None, reason: str) -> None:
    wait = expected(Demand(10 / 180, 180, patience), servers)

    assert wait.reason == reason
    assert (wait.wait_seconds is None) == bool(reason)


def test_absurd_demand_is_not_reckoned() -> None:
    assert need(Demand(1_000, 3_600, None), CALLS).reason == "too_much"
    assert need(Demand(1, 4_990, None), Goal(1, 0.001, 0)).reason in ("", "out_of_reach")


def test_the_wait_with_the_servers_required_stands_beside_them() -> None:
    assert need(Demand(10 / 180, 180, None), CALLS).wait_seconds == pytest.approx(7.835937, abs=1e-6)
