"""What was recorded of a line, stay by stay, and how long each stay kept a server from the next."""

from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

TURNAROUND_MS = 60_000
"""A server that takes nobody for longer than this while people wait is away; up to it, it gets ready for the next."""


class Stay(NamedTuple):
    """One wait and service as recorded, times in ms since 1970.

    `started_ms` None: not served. `ended_ms`: end of the service, else when the person left; None: not known.
    `server`: who served, '' if not said. `guessed`: the end is a guess.
    """

    joined_ms: int
    started_ms: int | None
    ended_ms: int | None
    server: str = ""
    guessed: bool = False

    @property
    def wait_ms(self) -> int | None:
        """From joining to the start of service, else to leaving; None where neither is known."""
        until = self.ended_ms if self.started_ms is None else self.started_ms
        return None if until is None else until - self.joined_ms


class Service(NamedTuple):
    """What a service took of its server: `answer_ms` before it though the server was free, `ready_ms` after it."""

    service_ms: int
    answer_ms: int = 0
    ready_ms: int = 0

    @property
    def needs_ms(self) -> int:
        """At least 1: a service that is over at once still had a server."""
        return max(1, self.answer_ms + self.service_ms + self.ready_ms)


class Record(NamedTuple):
    """The stays of one line in order of joining, those without an end to their wait left out.

    `services`: of each stay, None where it was not served. `unknown_ends`: stays whose service is as long as the
    median. `unfinished_ms`: when those who are left out joined.
    """

    stays: tuple[Stay, ...]
    services: tuple[Service | None, ...]
    unknown_ends: frozenset[int]
    unfinished_ms: tuple[int, ...]

    def taken_ms(self, number: int) -> int | None:
        """When a server had turned to them; None where nobody did."""
        stay, service = self.stays[number], self.services[number]
        return None if service is None or stay.started_ms is None else stay.started_ms - service.answer_ms


def record_of(stays: Sequence[Stay]) -> Record:
    """Put the stays in order and work out what each service took of its server."""
    known = sorted((stay for stay in stays if stay.wait_ms is not None), key=lambda one: (one.joined_ms, one.wait_ms))
    lengths = [s.ended_ms - s.started_ms for s in known if s.started_ms is not None and s.ended_ms is not None]
    usual_ms = round(median(lengths)) if lengths else 0
    services = [_service(stay, usual_ms) for stay in known]
    for number, answer_ms, previous, ready_ms in _idle_between(known, services):
        services[number] = _with(services[number], answer_ms=answer_ms)
        if previous is not None:
            services[previous] = _with(services[previous], ready_ms=ready_ms)
    unknown = (number for number, stay in enumerate(known) if stay.started_ms is not None and stay.ended_ms is None)
    unfinished = (stay.joined_ms for stay in stays if stay.wait_ms is None)
    return Record(tuple(known), tuple(services), frozenset(unknown), tuple(unfinished))


def _service(stay: Stay, usual_ms: int) -> Service | None:
    if stay.started_ms is None:
        return None
    return Service(usual_ms if stay.ended_ms is None else stay.ended_ms - stay.started_ms)


def _with(service: Service | None, **changes: int) -> Service | None:
    return None if service is None else service._replace(**changes)


def _idle_between(stays: Sequence[Stay], services: Sequence[Service | None]) -> list[tuple[int, int, int | None, int]]:
    """(stay, its answer_ms, the stay served before it by that server, that one's ready_ms).

    A server is known by name, else it is the one that has been free for longest.
    """
    happenings: list[tuple[int, int, int]] = []
    first_in_line: list[bool] = []
    line_until_ms = 0
    for number, (stay, service) in enumerate(zip(stays, services, strict=True)):
        first_in_line.append(line_until_ms <= stay.joined_ms)
        line_until_ms = max(line_until_ms, stay.joined_ms + (stay.wait_ms or 0))
        if stay.started_ms is not None and service is not None:
            happenings.append((stay.started_ms, 1, number))
            happenings.append((stay.started_ms + service.service_ms, 0 if service.service_ms else 2, number))
    free: dict[str, deque[tuple[int, int]]] = {}
    found: list[tuple[int, int, int | None, int]] = []
    for at_ms, kind, number in sorted(happenings):
        servers = free.setdefault(stays[number].server, deque())
        if kind != 1:
            servers.append((at_ms, number))
            continue
        joined_ms = stays[number].joined_ms
        while servers and at_ms - max(servers[0][0], joined_ms) > TURNAROUND_MS:
            servers.popleft()
        if servers:
            freed_ms, previous = servers.popleft()
            if freed_ms >= joined_ms:
                found.append((number, 0, previous, at_ms - freed_ms))
            elif first_in_line[number]:
                found.append((number, at_ms - joined_ms, None, 0))
    return found
