"""The expected wait: numbers worked out by hand, and the reasons why there is none."""

import pytest

from streams.load.estimate import estimate
from streams.load.f_ratio import f_quantile
from streams.load.starts import Pace

ALIKE = Pace(4, 3, 30_000, 300_000_000)  # three intervals of 10 s
MIXED = Pace(3, 2, 40_000, 1_000_000_000)  # 10 s and 30 s: mean 20, variance 200


@pytest.mark.parametrize("state", ["closed", "paused"])
def test_where_nobody_is_served_there_is_no_estimate(state: str) -> None:
    assert estimate(state, 5, ALIKE)[:4] == (None, None, "", state)


@pytest.mark.parametrize("starts", [0, 1, 2])
def test_fewer_than_three_starts_are_too_few(starts: int) -> None:
    assert estimate("open", 5, Pace(starts, 0, 0, 0)).reason == "too_few_starts"


@pytest.mark.parametrize("samples", [0, 1])
def test_starts_without_a_queue_show_no_pace(samples: int) -> None:
    made = estimate("open", 0, Pace(50, samples, 0, 0))
    assert (made.p50_seconds, made.reason, made.samples) == (None, "no_queue", samples)


def test_the_quantiles_are_those_of_an_f_distribution_drawn_towards_chance() -> None:
    """CV² = 200 / 20² = 0.5 from two intervals and 1 from three: 3.5 / 4."""
    made = estimate("open", 0, MIXED)
    shape = 4 / 3.5
    assert made.p90_seconds == pytest.approx(20 * f_quantile(shape, 2 * shape, 0.9))
    irregular = estimate("open", 0, Pace(3, 2, 40_000, 1_600_000_000))  # 0 s and 40 s: CV² 2, drawn to 5 / 4
    assert irregular.p90_seconds == pytest.approx(20 * f_quantile(0.8, 1.6, 0.9))


def test_intervals_as_irregular_as_chance_give_the_exact_answer_of_theory() -> None:
    """One to come against n measured: P(wait > x) = (1 + x / total)^-n, so P90 = total (10^(1/n) - 1)."""
    squares = 4 * 100_000**2 // 16 + 3 * 100_000**2 // 16  # four intervals, 100 s together, CV² = 1
    made = estimate("open", 0, Pace(5, 4, 100_000, squares))
    assert made.p90_seconds == pytest.approx(100 * (10 ** (1 / 4) - 1), rel=1e-4)


def test_few_samples_make_the_wait_less_certain_and_never_certain() -> None:
    spans = [estimate("open", 5, Pace(n + 1, n, n * 10_000, n * 10**8)) for n in (2, 10, 80)]
    assert [made.samples for made in spans] == [2, 10, 80]
    few, some, many = (made.p90_seconds / made.p50_seconds for made in spans)  # type: ignore[operator]
    assert few > some > many > 1


def test_people_who_wait_for_a_start_that_does_not_come_wait_longer() -> None:
    still = estimate("open", 2, ALIKE, running_ms=0)
    stalled = estimate("open", 2, ALIKE, running_ms=30_000)
    assert stalled.p50_seconds == pytest.approx(2 * still.p50_seconds)


def test_simultaneous_starts_alone_are_a_wait_of_zero_until_somebody_waits_for_the_next() -> None:
    assert estimate("open", 3, Pace(5, 4, 0, 0))[:3] == (0, 0, "gamma-starts")
    assert estimate("open", 3, Pace(5, 4, 0, 0), running_ms=8_000).p50_seconds > 2  # type: ignore[operator]


def test_a_train_of_forty_every_five_minutes_has_the_pace_of_its_seats() -> None:
    made = estimate("open", 400, Pace(120, 119, 600_000, 2 * 300_000**2))
    assert made.p50_seconds == pytest.approx(401 * 600 / 119, rel=0.15)
