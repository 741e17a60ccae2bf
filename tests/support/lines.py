"""Lines with known answers: Poisson arrivals, exponential service and patience, and what Erlang says of them."""

from collections.abc import Iterator, Sequence
from heapq import heapreplace
from math import sqrt
from random import Random
from statistics import fmean, stdev
from typing import NamedTuple

from streams.advise.record import Stay


def stationary(
    seed: int, people: int, servers: int, apart_ms: float, service_ms: float, patience_ms: float | None = None
) -> list[Stay]:
    """First come, first served; times in ms, means as given."""
    chance, free, at = Random(seed), [0.0] * servers, 0.0
    found = []
    for _ in range(people):
        at += chance.expovariate(1 / apart_ms)
        started = max(at, free[0])
        if patience_ms is not None and started > (gone := at + chance.expovariate(1 / patience_ms)):
            found.append(Stay(round(at), None, round(gone)))
            continue
        heapreplace(free, ended := started + chance.expovariate(1 / service_ms))
        found.append(Stay(round(at), round(started), round(ended)))
    return found


class ErlangC(NamedTuple):
    """Textbook sums: chance to wait, mean wait in mean service times, share of servers busy."""

    waits: float
    mean_wait: float
    busy: float


def erlang_c(load: float, servers: int) -> ErlangC:
    term, total = 1.0, 1.0
    for k in range(1, servers):
        term *= load / k
        total += term
    queue = term * load / servers * servers / (servers - load)
    waits = queue / (total + queue)
    return ErlangC(waits, waits / (servers - load), load / servers)


def mean_and_error(values: Sequence[float], batches: int = 25) -> tuple[float, float]:
    """The mean and its standard error by means of batches, since waits of neighbours are alike."""
    means = list(_batch_means(values, batches))
    return fmean(means), stdev(means) / sqrt(batches)


def _batch_means(values: Sequence[float], batches: int) -> Iterator[float]:
    size = len(values) // batches
    for number in range(batches):
        yield fmean(values[number * size : (number + 1) * size])
