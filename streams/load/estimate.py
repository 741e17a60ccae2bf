"""How long will somebody wait who joins now (EWT): median and P90, or the reason why nobody can say."""

from typing import NamedTuple

from streams.load.gamma import gamma_quantile
from streams.load.starts import Pace

METHOD = "gamma-starts"
FEWEST_STARTS = 3


class Estimate(NamedTuple):
    """Seconds, 0 or more; None with a `reason`: closed, paused, too_few_starts or no_queue. `samples`: intervals."""

    p50_seconds: float | None
    p90_seconds: float | None
    method: str
    reason: str
    samples: int


def estimate(state: str, waiting: int, pace: Pace) -> Estimate:
    """The sum of `waiting` + 1 service-start intervals, each with the mean and variance measured over 15 min.

    This is the queue-length estimator QL of Ibrahim and Whitt (Real-Time Delay Estimation Based on Delay History,
    Manufacturing & Service Operations Management 11(3), 2009, 397-415), made a distribution: a sum of n independent
    intervals with mean m and variance v is taken as Gamma with shape n m²/v and scale v/m. Which intervals are
    measured is said at `informative`; the variance is the unbiased one. The interval that is still running is left
    out, because nobody knows yet how long it will be: a place that stops shows in its longest wait at once, and here
    as soon as its starts are 15 min old.

    Without 3 starts in 15 min there is no estimate (too_few_starts). Without two informative intervals among them
    there is none either (no_queue): nobody queues for long, so there is no pace to measure, and inter-arrival times
    would be sold as waits. An unknown wait is never 0.
    """
    if state != "open":
        return Estimate(None, None, "", state, 0)
    if pace.starts < FEWEST_STARTS:
        return Estimate(None, None, "", "too_few_starts", pace.samples)
    if pace.samples < FEWEST_STARTS - 1:
        return Estimate(None, None, "", "no_queue", pace.samples)
    p50, p90 = _quantiles(waiting + 1, pace)
    return Estimate(p50, p90, METHOD, "", pace.samples)


def _quantiles(intervals: int, pace: Pace) -> tuple[float, float]:
    """P50 and P90 in seconds. Mean and spread stay whole numbers until the last division."""
    mean = pace.total / pace.samples / 1_000
    # samples² times the population variance; 0 where all intervals are alike, and the wait is a certain one.
    spread = pace.samples * pace.squares - pace.total * pace.total
    if spread == 0:
        return intervals * mean, intervals * mean
    shape = intervals * (pace.total * pace.total * (pace.samples - 1)) / (pace.samples * spread)
    scale = intervals * mean / shape
    return scale * gamma_quantile(shape, 0.5), scale * gamma_quantile(shape, 0.9)
