"""The expected wait: numbers worked out by hand, and the reasons why there is none."""

import pytest

from streams.load.estimate import estimate
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


@pytest.mark.parametrize(("waiting", "seconds"), [(0, 10), (5, 60)])
def test_intervals_that_are_all_alike_make_the_wait_certain(waiting: int, seconds: float) -> None:
    assert estimate("open", waiting, ALIKE) == (seconds, seconds, "gamma-starts", "", 3)


def test_an_interval_with_mean_20_and_variance_200_is_gamma_with_shape_2_and_scale_10() -> None:
    made = estimate("open", 0, MIXED)  # quantiles of shape 2: 1.67834699, 3.88972017
    assert made.p50_seconds == pytest.approx(16.7834699, rel=1e-8)
    assert made.p90_seconds == pytest.approx(38.8972017, rel=1e-8)


def test_with_nine_people_before_one_it_is_ten_intervals() -> None:
    made = estimate("open", 9, MIXED)  # shape 20, scale 10: half of chi-square with 40 degrees of freedom
    assert made.p50_seconds == pytest.approx(10 * 39.335 / 2, abs=0.003)
    assert made.p90_seconds == pytest.approx(10 * 51.805 / 2, abs=0.003)


def test_only_simultaneous_starts_are_a_wait_of_zero() -> None:
    assert estimate("open", 3, Pace(5, 4, 0, 0))[:3] == (0, 0, "gamma-starts")


def test_a_train_of_forty_every_five_minutes_has_the_pace_of_its_seats() -> None:
    made = estimate("open", 400, Pace(120, 119, 600_000, 2 * 300_000**2))
    assert made.p50_seconds == pytest.approx(401 * 600 / 119, rel=0.06)
