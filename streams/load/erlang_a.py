"""Erlang A: a queue in front of so many servers in its steady state, where people give up waiting."""

from collections.abc import Callable
from itertools import pairwise
from math import cos, exp, expm1, inf, log, pi
from typing import NamedTuple

from streams.load.erlang import erlang_b

NEGLIGIBLE = 40.0
"""What is smaller than the greatest part of an integral by this exponent is left out: e^-40 is 4e-18."""

NODES = 16
"""An integral is a sum over pieces, each by Gauss-Legendre's rule with so many nodes."""


class ImpatientQueue(NamedTuple):
    """Erlang A (M/M/N+M): as Erlang C, but who has waited for longer than their patience (exponential) leaves.

    It has a steady state under any load. Formulas: Mandelbaum and Zeltyn, Service engineering in action: the
    Palm/Erlang-A queue, with applications to call centers (2007). They rest on the wait that somebody with endless
    patience would have: its density is proportional to exp(g(t)), g(t) = L (1 - exp(-t / P)) P - N t / S, where L is
    arrivals per second, P the mean patience and S the mean service. g is concave and its peak is known, so that every
    number is a ratio of integrals over the same stretch around it, and nothing overflows or cancels.
    """

    servers: int
    arrivals_per_second: float
    service_seconds: float
    patience_seconds: float
    wait_probability: float
    total: float  # the integral of exp(g(t) - g(peak)) over all t
    cuts: tuple[float, ...]  # the pieces of that integral; below the first and above the last it is negligible

    @property
    def abandoned(self) -> float:
        """The share of arrivals that give up, 0 to 1."""
        return self._share(inf, lambda t: -expm1(-t / self.patience_seconds))

    @property
    def mean_wait_seconds(self) -> float:
        """Of everybody, served or not, also of who does not wait: patience times the share that gives up."""
        return self.patience_seconds * self.abandoned

    @property
    def occupancy(self) -> float:
        """The share of their time that servers are busy, 0 to 1."""
        return self.arrivals_per_second * self.service_seconds * (1 - self.abandoned) / self.servers

    def answered_within(self, seconds: float) -> float:
        """The share of arrivals whose service starts within so many seconds."""
        return 1 - self.wait_probability + self._share(seconds, lambda t: exp(-t / self.patience_seconds))

    def abandoned_within(self, seconds: float) -> float:
        """The share of arrivals that give up within so many seconds."""
        sooner = self._share(seconds, lambda t: -expm1(-t / self.patience_seconds))
        longer = self.wait_probability - self._share(seconds, lambda _: 1.0)
        return sooner - expm1(-seconds / self.patience_seconds) * max(0.0, longer)

    def service_level(self, within_seconds: float, short_seconds: float = 0.0) -> float:
        """Strict: answered within T / (answered + abandoned later than the short limit)."""
        answered = self.answered_within(within_seconds)
        counted = max(answered, 1 - self.abandoned_within(short_seconds))
        return answered / counted if counted > 0 else 0.0

    def _share(self, until: float, part: Callable[[float], float]) -> float:
        """The integral from 0 to `until` of `part` over the density of the wait of the endlessly patient."""
        served = self.servers / self.service_seconds
        log_density = _log_density(served, self.arrivals_per_second, self.patience_seconds)
        weighed = _integral(lambda t: part(t) * exp(log_density(t)), self.cuts, until)
        return self.wait_probability * weighed / self.total


def impatient_queue(
    servers: int, arrivals_per_second: float, service_seconds: float, patience_seconds: float
) -> ImpatientQueue:
    """`servers` 1 or more; the rest above 0, means in seconds. ValueError otherwise."""
    if servers < 1 or not (arrivals_per_second > 0 and service_seconds > 0 and patience_seconds > 0):
        raise ValueError("it takes 1 server, and arrivals, a mean service and a mean patience above 0")
    served = servers / service_seconds
    log_density = _log_density(served, arrivals_per_second, patience_seconds)
    cuts = _cuts(log_density, _peak(served, arrivals_per_second, patience_seconds), 1 / served, patience_seconds)
    total = _integral(lambda t: exp(log_density(t)), cuts, inf)
    # P(wait) = L J / (1 / B + L J), where J is the integral of exp(g) and B that of one server less.
    free = erlang_b(servers - 1, arrivals_per_second * service_seconds)
    rest = exp(log_density(0.0)) / (arrivals_per_second * total)
    waits = free / (free + rest)
    return ImpatientQueue(servers, arrivals_per_second, service_seconds, patience_seconds, waits, total, cuts)


def _peak(served: float, arrivals: float, patience: float) -> float:
    """Where g is greatest: 0, or the wait at which as many have given up as the servers cannot take."""
    return patience * log(arrivals / served) if arrivals > served else 0.0


def _log_density(served: float, arrivals: float, patience: float) -> Callable[[float], float]:
    """g(t) - g(peak)."""

    def g(t: float) -> float:
        return -arrivals * patience * expm1(-t / patience) - served * t

    greatest = g(_peak(served, arrivals, patience))
    return lambda t: g(t) - greatest


def _cuts(log_density: Callable[[float], float], peak: float, width: float, patience: float) -> tuple[float, ...]:
    """Where to cut the integral: finely around the peak, twice as coarse with each piece away from it.

    No shape that exp(g(t)) can have bends faster than over the patience or the stretch where it matters.
    """
    right = _stretch(lambda t: log_density(peak + t), width, inf)
    left = _stretch(lambda t: log_density(peak - t), width, peak) if peak > 0 else 0.0
    before = [peak - distance for distance in _doubling(left, patience)]
    after = [peak + distance for distance in _doubling(right, patience)]
    return (*reversed(before), peak, *after)


def _stretch(log_density: Callable[[float], float], width: float, most: float) -> float:
    """How far from the peak the density becomes negligible, at most twice too far; `most` if there is no more."""
    width = min(width, most)
    while width < most and log_density(width) > -NEGLIGIBLE:
        width = min(most, width * 2)
    while log_density(width / 2) < -NEGLIGIBLE:
        width /= 2
    return width


def _doubling(stretch: float, patience: float) -> list[float]:
    """Distances up to `stretch`, each piece twice as long as the one before."""
    cuts, piece = [], min(stretch, patience) / 8
    distance = piece
    while 0 < distance < stretch:
        cuts.append(distance)
        piece *= 2
        distance += piece
    return [*cuts, stretch] if stretch > 0 else []


def _integral(function: Callable[[float], float], cuts: tuple[float, ...], until: float) -> float:
    total = 0.0
    for start, end in pairwise(cuts):
        if start >= until:
            break
        half = (min(end, until) - start) / 2
        middle = start + half
        piece = 0.0
        for node, weight in _GAUSS:
            piece += weight * (function(middle - node * half) + function(middle + node * half))
        total += piece * half
    return total


def _gauss_legendre(nodes: int) -> tuple[tuple[float, float], ...]:
    """The positive nodes on -1..1 and their weights, for an even number: Newton's method on Legendre's polynomial."""
    found = []
    for nth in range(1, nodes // 2 + 1):
        node, step, slope = cos(pi * (nth - 0.25) / (nodes + 0.5)), inf, 0.0
        while abs(step) > 1e-15:
            before, value = 1.0, node
            for degree in range(2, nodes + 1):
                before, value = value, ((2 * degree - 1) * node * value - (degree - 1) * before) / degree
            slope = nodes * (node * value - before) / (node * node - 1)
            step = value / slope
            node -= step
        found.append((node, 2 / ((1 - node * node) * slope * slope)))
    return tuple(found)


_GAUSS = _gauss_legendre(NODES)
