"""Were the callers of the recorded day told the truth? `pytest -s` prints the shares, by sample size too.

Stationary servers, plainly: while somebody waited in the 15 min before the call, the median number of agents who were
talking was the same in the first half of the looks as in the second, give or take one; what comes after the call does
not decide. Nobody's agents stayed at exactly one number for 15 min that day: between two calls of an agent one less is
talking. Where not even the median moved, P90 errs to the safe side by a point more than 3, and this is said.
"""

from collections.abc import Iterator
from statistics import median

import pytest
from support.recorded.call_centre import FILE, MIDNIGHT, NEVER, second_of, was_queued
from support.recorded.files import Row, rows
from support.told import Person, Told, below, report, told

MIDNIGHT_MS = int(MIDNIGHT.timestamp()) * 1_000


def people() -> Iterator[Person]:
    """Who reached a queue, answered at once or later, and who hung up there."""
    for call in rows(FILE):
        if call["outcome"] == "PHANTOM" or (call["outcome"] == "HANG" and not was_queued(call)):
            continue
        joined, left = (_ms(call, name) for name in (("q_start", "q_exit") if was_queued(call) else ("ser_start",) * 2))
        if call["outcome"] == "HANG":
            yield Person(call["type"], joined, None, left)
        else:
            known = (call["ser_start"], call["ser_exit"]) != (NEVER, NEVER)
            yield Person(call["type"], joined, left, max(_ms(call, "ser_exit"), left) if known else left)


def _ms(call: Row, column: str) -> int:
    return MIDNIGHT_MS + second_of(call, column) * 1_000


@pytest.fixture(scope="module")
def day() -> list[Told]:
    return told(list(people()))


def moved(one: Told) -> float:
    """By how many agents the median changed between the halves of the window; much where nothing was seen."""
    half = len(one.busy) // 2
    return abs(median(one.busy[:half]) - median(one.busy[half:])) if half else 1_000


def test_nine_of_ten_waits_lie_below_p90_where_servers_are_stationary(day: list[Told]) -> None:
    waits = [one for one in day if moved(one) <= 1]
    print(report("\nstationary servers", waits))
    assert len(waits) > 800
    assert 0.87 <= below(waits)[1] <= 0.93


def test_where_the_number_of_agents_did_not_move_at_all_the_estimate_errs_to_the_safe_side(day: list[Told]) -> None:
    """Agents serve several queues: whoever is talking elsewhere comes back, and the line goes faster than measured."""
    waits = [one for one in day if moved(one) == 0]
    print(report("\nnot one agent more or less", waits))
    assert len(waits) > 300
    assert 0.87 <= below(waits)[1] <= 0.95


def test_nine_of_ten_waits_of_the_whole_day_lie_below_p90(day: list[Told]) -> None:
    print(report("\nall", day))
    print(report("agents came and went", [one for one in day if moved(one) > 1]))
    assert len(day) > 900
    assert 0.87 <= below(day)[1] <= 0.93
