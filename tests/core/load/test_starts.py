"""Which intervals between service starts are measured, and when they leave the window."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.load.starts import WINDOW_MS, Pace, Start, Starts, informative

NOW = 10_000_000


def paced(*starts: tuple[int, int], at: int = NOW) -> Pace:
    """(joined, started) in seconds before `at`."""
    window = Starts(at)
    for number, (joined, started) in enumerate(starts):
        window.exchange(None, (at - started * 1_000, at - joined * 1_000, f"stay {number}"))
    return window.pace()


def test_an_interval_in_which_the_next_one_waited_counts() -> None:
    assert paced((50, 40), (45, 30), (44, 10)) == Pace(3, 2, 30_000, 10_000**2 + 20_000**2)


def test_an_idle_gap_is_no_interval_of_service() -> None:
    assert paced((50, 40), (20, 20), (5, 3)) == Pace(3, 0, 0, 0)


@pytest.mark.parametrize(("joined", "samples"), [(41, 1), (40, 1), (39, 0)])
def test_who_joined_at_the_start_before_or_earlier_had_waited_all_the_interval(joined: int, samples: int) -> None:
    assert paced((60, 40), (joined, 30)).samples == samples


def test_starts_at_one_instant_are_intervals_of_zero_if_people_waited() -> None:
    assert paced((60, 40), (59, 40), (58, 40)) == Pace(3, 2, 0, 0)


def test_people_who_are_served_at_once_say_nothing_about_the_pace() -> None:
    assert paced((40, 40), (40, 40), (40, 40)) == Pace(3, 0, 0, 0)


@pytest.mark.parametrize(("age_ms", "starts"), [(WINDOW_MS - 1, 2), (WINDOW_MS, 1), (WINDOW_MS + 1, 1)])
def test_a_start_of_exactly_fifteen_minutes_ago_has_left_the_window(age_ms: int, starts: int) -> None:
    window = Starts(NOW - age_ms)
    window.exchange(None, (NOW - age_ms, 0, "old"))
    window.exchange(None, (NOW, 0, "new"))
    window.advance(NOW)
    assert window.pace().starts == starts
    assert window.pace().samples == starts - 1


def test_a_start_that_is_known_ahead_of_its_time_does_not_count_yet() -> None:
    window = Starts(NOW)
    window.exchange(None, (NOW + 1, 0, "later"))
    assert window.pace().starts == 0
    window.advance(NOW + 1)
    assert window.pace().starts == 1


instants = st.integers(NOW - WINDOW_MS - 100, NOW + 200)


@given(st.lists(st.tuples(instants, st.integers(0, 3)), max_size=30), st.integers(0, 10_000), st.integers(0, 400))
def test_in_any_order_with_removals_the_pace_is_that_of_a_recount(
    times: list[tuple[int, int]], seed: int, forward: int
) -> None:
    chance, window = random.Random(seed), Starts(NOW)
    there: list[Start] = []
    for number, (started, wait) in enumerate(times):
        if there and chance.random() < 0.3:
            window.exchange(there.pop(chance.randrange(len(there))), None)
        there.append((started, started - wait * 50, str(number)))
        window.exchange(None, there[-1])
    window.advance(NOW + forward)
    inside = sorted(start for start in there if NOW + forward - WINDOW_MS < start[0] <= NOW + forward)
    lengths = [after[0] - before[0] for before, after in pairwise(inside) if informative(before, after)]
    assert window.pace() == Pace(len(inside), len(lengths), sum(lengths), sum(n * n for n in lengths))


def test_what_has_left_the_window_is_let_go() -> None:
    window = Starts(0)
    for second in range(5_000):
        window.exchange(None, (second * 1_000, 0, "stay"))
        window.advance(second * 1_000)
    assert len(window._order) < 2_000
    assert window.pace() == Pace(900, 899, 899_000, 899_000_000)


@pytest.mark.parametrize(("since", "running"), [(None, 0), (10_000, 50_000), (30_000, 30_000), (60_000, 0)])
def test_the_interval_that_runs_began_with_the_last_start_or_when_who_waits_came(
    since: int | None, running: int
) -> None:
    starts = Starts(0)
    starts.exchange(None, (10_000, 0, "a"))
    starts.advance(60_000)
    assert starts.running(since) == running


def test_without_any_start_nothing_runs() -> None:
    assert Starts(0).running(-60_000) == 0
