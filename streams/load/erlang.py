"""Erlang B and C: a queue in front of so many servers in its steady state, where nobody gives up."""

from math import exp, inf
from typing import NamedTuple


def erlang_b(servers: int, erlangs: float) -> float:
    """The share of arrivals that find all `servers` (0 or more) busy where nobody can wait.

    `erlangs`: arrivals per second times mean service seconds, 0 or more. The usual recursion over the servers, in the
    form that neither overflows nor cancels: B(0) = 1, B(k) = A B(k-1) / (k + A B(k-1)). Where B is smaller than any
    number it is 0.
    """
    blocked = 1.0
    for busy in range(1, servers + 1):
        tried = erlangs * blocked
        blocked = tried / (busy + tried)
    return blocked


def erlang_c(servers: int, erlangs: float) -> float:
    """The share of arrivals that wait where everybody does so until served; 1 where the servers cannot keep up.

    C = N B / (N - A (1 - B)), for N > A.
    """
    if servers <= erlangs:
        return 1.0
    blocked = erlang_b(servers, erlangs)
    return servers * blocked / (servers - erlangs * (1 - blocked))


class PatientQueue(NamedTuple):
    """Erlang C (M/M/N): Poisson arrivals, exponential service, first come first served, nobody gives up.

    It has no steady state where `erlangs` reach `servers`: then everybody waits, for longer and longer.
    """

    servers: int
    erlangs: float
    service_seconds: float
    wait_probability: float

    @property
    def mean_wait_seconds(self) -> float:
        """Of everybody, also of who does not wait (ASA): C S / (N - A); infinite where the servers cannot keep up."""
        if self.servers <= self.erlangs:
            return inf
        return self.wait_probability * self.service_seconds / (self.servers - self.erlangs)

    @property
    def occupancy(self) -> float:
        """The share of their time that servers are busy, 0 to 1."""
        return min(1.0, self.erlangs / self.servers) if self.servers else 1.0

    @property
    def abandoned(self) -> float:
        """The share of arrivals that give up: none."""
        return 0.0

    def service_level(self, within_seconds: float, _short_seconds: float = 0.0) -> float:
        """The share of arrivals whose service starts within so many seconds: 1 - C exp(-(N - A) T / S)."""
        if self.servers <= self.erlangs:
            return 0.0
        slack = (self.servers - self.erlangs) * within_seconds / self.service_seconds
        return 1 - self.wait_probability * exp(-slack)


def patient_queue(servers: int, arrivals_per_second: float, service_seconds: float) -> PatientQueue:
    """`servers` 0 or more, `arrivals_per_second` 0 or more, mean `service_seconds` above 0; ValueError otherwise."""
    if servers < 0 or arrivals_per_second < 0 or not service_seconds > 0:
        raise ValueError("servers and arrivals must not be below 0, and a service must last longer than 0 s")
    erlangs = arrivals_per_second * service_seconds
    return PatientQueue(servers, erlangs, service_seconds, erlang_c(servers, erlangs))
