"""How long will somebody wait who joins now (EWT): median and P90, or the reason why nobody can say."""

from typing import NamedTuple

from streams.load.f_ratio import f_quantile
from streams.load.starts import Pace

METHOD = "gamma-starts"
FEWEST_STARTS = 3

PRIOR_INTERVALS = 3
"""How far a variance is trusted: so many intervals as irregular as chance makes them are counted with those measured.

Two or three intervals that happen to be alike would else promise a certain wait."""


class Estimate(NamedTuple):
    """Seconds, 0 or more; None with a `reason`: closed, paused, too_few_starts or no_queue. `samples`: intervals."""

    p50_seconds: float | None
    p90_seconds: float | None
    method: str
    reason: str
    samples: int


def estimate(state: str, waiting: int, pace: Pace, running_ms: int = 0) -> Estimate:
    """The sum of `waiting` + 1 service-start intervals, with the mean and variance measured over 15 min.

    This is the queue-length estimator QL of Ibrahim and Whitt (Real-Time Delay Estimation Based on Delay History,
    Manufacturing & Service Operations Management 11(3), 2009, 397-415), made a predictive distribution: k intervals
    to come against n that were measured. Intervals are taken as Gamma with shape a, so that the mean of the k over the
    mean of the n is F distributed with 2ka and 2na degrees of freedom (Johnson, Kotz and Balakrishnan, Continuous
    Univariate Distributions 2, 1995, chapter 27): with few samples the wait is as uncertain as its mean is. For a = 1,
    servers that are all busy at random, it is exact and is also Bayes' answer with the prior 1 / rate. 1 / a is the
    squared coefficient of variation, drawn towards 1 by PRIOR_INTERVALS.

    `running_ms`: how long people have waited for the interval that has not ended yet (see `Starts.running`). It adds
    to the time and not to the number of intervals, as for a life that is not over (Lawless, Statistical Models and
    Methods for Lifetime Data, 2003, chapter 4): a place that slows down shows at once. Which intervals are measured is
    said at `informative`; how well it fits is tested in `test_calibration.py`.

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
    p50, p90 = _quantiles(waiting + 1, pace, running_ms)
    return Estimate(p50, p90, METHOD, "", pace.samples)


def _quantiles(intervals: int, pace: Pace, running_ms: int) -> tuple[float, float]:
    """P50 and P90 in seconds; 0 where all starts were simultaneous and nobody waits for the next."""
    expected = intervals * (pace.total + running_ms) / pace.samples / 1_000
    if expected == 0:
        return 0.0, 0.0
    shape = _shape(pace)
    to_come, measured = intervals * shape, pace.samples * shape
    return expected * f_quantile(to_come, measured, 0.5), expected * f_quantile(to_come, measured, 0.9)


def _shape(pace: Pace) -> float:
    """Of one interval: 1 / CV². Mean and spread stay whole numbers until the last division."""
    if pace.total == 0:
        return 1.0
    # samples² times the population variance
    spread = pace.samples * pace.squares - pace.total * pace.total
    squared_variation = pace.samples * spread / (pace.total * pace.total)  # times samples - 1, and never rounded to 0
    return (pace.samples - 1 + PRIOR_INTERVALS) / (squared_variation + PRIOR_INTERVALS)
