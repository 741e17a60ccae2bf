"""A bank's call centre: SQL on the road's own tables says what the file says."""

import pytest
from support.recorded import call_centre, figures
from support.recorded.call_centre_oracle import QueueTotals, quarters, totals, waiting_at, waiting_curve
from support.recorded.files import rows

pytestmark = pytest.mark.slow
MIDNIGHT = int(call_centre.MIDNIGHT.timestamp())


@pytest.fixture(scope="module")
def curves():
    """Per queue: second since 1970 → how many wait from then on."""
    return {
        queue: {MIDNIGHT + second: waiting for second, waiting in curve.items()}
        for queue, curve in waiting_curve(rows(call_centre.FILE)).items()
    }


def test_each_queue_has_the_calls_and_waits_of_the_file(recorded):
    in_menu = dict(recorded.road.query(figures.CALLS_IN_MENU))
    found = {
        queue: QueueTotals(answered, at_once, abandoned, in_menu.get(queue, 0), waited, longest)
        for queue, answered, at_once, abandoned, waited, longest in recorded.road.query(figures.CALLS)
    }
    assert found == totals(rows(call_centre.FILE))


def test_each_quarter_of_an_hour_has_the_calls_of_the_file(recorded):
    names = (
        *("offered", "answered", "abandoned", "abandoned_short", "abandoned_before_queue", "answered_within"),
        *("abandoned_within", "handled", "answer_wait_seconds", "handle_seconds"),
    )
    found = recorded.road.query(figures.CALL_QUARTERS)
    counted = {(place, at - MIDNIGHT): dict(zip(names, numbers, strict=True)) for place, at, *numbers, _ in found}
    truth = quarters(rows(call_centre.FILE))
    assert counted == {key: dict.fromkeys(names, 0) | quarter for key, quarter in truth.items()}
    for _, _, _, answered, abandoned, short, _, within, *_, level in found:
        assert level == (within / (answered + abandoned - short) if answered + abandoned - short else None)


def test_the_most_that_waited_at_once_is_that_of_a_sweep_over_the_file(recorded, curves):
    found = dict(recorded.road.query(figures.CALLS_WAITING, queues=list(curves)))
    assert {queue: most for queue, most in found.items() if most} == {
        queue: max(curve.values()) for queue, curve in curves.items()
    }


def test_the_snapshots_are_that_sweep_on_the_grid(recorded, curves):
    snapshots: dict[str, dict[int, int]] = {queue: {} for queue in curves}
    for queue, at, waiting in recorded.road.query(figures.SNAPSHOTS, queues=list(curves)):
        snapshots[queue][at] = waiting
    for queue, curve in curves.items():
        assert snapshots[queue] == {at: waiting_at(curve, at) for at in snapshots[queue]}
        changed = {-(-second // 5) * 5 for second in curve}
        assert changed <= snapshots[queue].keys()


def test_calls_with_odd_times_and_missing_agents_are_all_there(recorded):
    """Negative menu times, service before the menu ends, no agent, no end: 2,357 calls entered, none is open."""
    [(entered, without_agent, unanswered_ends)] = recorded.road.query(
        "SELECT uniqExactIf(JSONExtractString(data, 'call'), type = 'call.entered'),"
        " countIf(type = 'call.answered' AND NOT JSONHas(data, 'agent')),"
        " countIf(type = 'call.answered') - countIf(type = 'call.ended')"
        " FROM touchpoints WHERE source = 'call-centre'"
    )
    assert (entered, without_agent, unanswered_ends) == (2_357, 6, 1)
    stays = recorded.road.query(
        "SELECT countIf(outcome = ''), countIf(outcome = 'timed_out'), count() FROM stays"
        " WHERE startsWith(identifier, 'call:')"
    )
    assert stays == [(0, 1, 2_357)]
