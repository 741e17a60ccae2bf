"""How many servers a queue needs, and how long people would wait with those it has."""

from collections.abc import Callable
from math import ceil, isfinite
from typing import NamedTuple

from schemas.place import Place
from streams.load.erlang import PatientQueue, patient_queue
from streams.load.erlang_a import ImpatientQueue, impatient_queue
from streams.load.work import MINUTE_MS, MINUTES, Measured

FEWEST_ARRIVALS = FEWEST_SERVICES = 5
"""Below, a rate or a mean says next to nothing about the next quarter of an hour."""

FEWEST_ABANDONED = 3
"""From so many on the patience is measured; below, people are taken to wait until served."""

MOST_SERVERS = 10_000
"""Beyond, nobody is asked: it would be an error of declaration or of the clock, not a queue."""

Queue = PatientQueue | ImpatientQueue


class Demand(NamedTuple):
    """What a queue is asked for, measured or foreseen. `patience_seconds`: mean; None where nobody gives up."""

    arrivals_per_second: float
    service_seconds: float
    patience_seconds: float | None

    @property
    def erlangs(self) -> float:
        return self.arrivals_per_second * self.service_seconds

    @property
    def method(self) -> str:
        return "erlang-c" if self.patience_seconds is None else "erlang-a"


class Goal(NamedTuple):
    """`share` (0 to 1) of the people served within `seconds`; who gives up within `short_seconds` does not count."""

    share: float
    seconds: float
    short_seconds: float


class Need(NamedTuple):
    """`required` servers (None with a `reason`), and the mean wait of everybody with them, in seconds."""

    required: int | None
    reason: str
    wait_seconds: float | None


class Expected(NamedTuple):
    """The mean wait of everybody with the servers at work, in seconds; None with a `reason`."""

    wait_seconds: float | None
    reason: str


def goal_of(place: Place) -> Goal | None:
    """The service level of the place: calls within its threshold, other queues within the target, None without one.

    A mean wait would be no goal: where people give up soon, it is short however few serve.
    """
    level = place.service_level
    seconds = level.within_seconds if place.kind == "call_queue" else place.target_wait_seconds
    return None if seconds is None else Goal(level.goal, seconds, level.short_abandon_seconds)


def demand_of(measured: Measured) -> Demand | str:
    """The demand of the last 15 whole minutes, or the reason why it is not known.

    Patience: the time that people spent waiting altogether / how many gave up, which is the maximum of the likelihood
    for exponential patience where those who were served would have waited on for who knows how long.
    """
    if measured.arrivals < FEWEST_ARRIVALS:
        return "too_few_arrivals"
    if measured.services < FEWEST_SERVICES:
        return "too_few_services"
    if measured.service_ms == 0:
        return "no_service_time"
    patience = None
    if measured.abandoned >= FEWEST_ABANDONED and measured.waited_ms > 0:
        patience = measured.waited_ms / measured.abandoned / 1_000
    seconds = MINUTES * MINUTE_MS / 1_000
    return Demand(measured.arrivals / seconds, measured.service_ms / measured.services / 1_000, patience)


def queue_of(demand: Demand, servers: int) -> Queue:
    """The steady state with so many servers (1 or more)."""
    if demand.patience_seconds is None:
        return patient_queue(servers, demand.arrivals_per_second, demand.service_seconds)
    return impatient_queue(servers, demand.arrivals_per_second, demand.service_seconds, demand.patience_seconds)


def need(demand: Demand, goal: Goal, min_servers: int = 0) -> Need:
    """The least number of servers, `min_servers` or more, with which the goal is met in the steady state.

    Who waits already is not in it: a queue that has grown takes more until it is gone.
    """
    if demand.erlangs > MOST_SERVERS / 2:
        return Need(None, "too_much", None)

    def enough(servers: int) -> bool:
        return queue_of(demand, servers).service_level(goal.seconds, goal.short_seconds) >= goal.share

    least = _least(enough, ceil(demand.erlangs))
    if least is None:
        return Need(None, "out_of_reach", None)
    required = max(least, min_servers)
    return Need(required, "", queue_of(demand, required).mean_wait_seconds)


def expected(demand: Demand, servers: int | None) -> Expected:
    """How long people wait with these servers once the queue has settled."""
    if servers is None:
        return Expected(None, "servers_unknown")
    if servers == 0:
        return Expected(None, "no_servers")
    if servers > MOST_SERVERS:
        return Expected(None, "too_much")
    wait = queue_of(demand, servers).mean_wait_seconds
    return Expected(wait, "") if isfinite(wait) else Expected(None, "overloaded")


def _least(enough: Callable[[int], bool], guess: int) -> int | None:
    """The least number from 1 on that is enough, where all greater ones are too; None if MOST_SERVERS are not."""
    step = 1
    if enough(guess):
        high, low = guess, guess - 1
        while low > 0 and enough(low):
            high, step = low, step * 2
            low = max(0, low - step)
    else:
        low, high = guess, guess + 1
        while not enough(high):
            if high >= MOST_SERVERS:
                return None
            low, step = high, step * 2
            high = min(MOST_SERVERS, high + step)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
