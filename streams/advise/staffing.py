"""How many servers were at work: as recorded, else inferred from what was served; and how many there would be."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from streams.advise.record import Record
from streams.advise.replay import Step

BEGINNING_MS = -(1 << 62)


class Change(NamedTuple):
    """So many servers more (or fewer) from `from_ms` until `until_ms`; with `absolute`, so many altogether."""

    servers: int
    from_ms: int
    until_ms: int
    absolute: bool = False

    def applied(self, servers: int) -> int:
        return self.servers if self.absolute else max(0, servers + self.servers)


def changed(staffing: Sequence[Step], change: Change, *, closed_stays_closed: bool) -> list[Step]:
    """The staffing with the change in it. `closed_stays_closed`: where nobody works, nobody is added."""
    steps = [Step(BEGINNING_MS, 0), *staffing]
    cuts = sorted({change.from_ms, change.until_ms, *(step.at_ms for step in steps)})
    found, number = [], 0
    for at_ms in cuts:
        while number + 1 < len(steps) and steps[number + 1].at_ms <= at_ms:
            number += 1
        servers = steps[number].servers
        if change.from_ms <= at_ms < change.until_ms and (servers or not closed_stays_closed):
            servers = change.applied(servers)
        found.append(Step(at_ms, servers))
    return found


def inferred(record: Record) -> list[Step]:
    """The servers that were seen at work.

    While somebody waits, every server there is busy, so those that are busy are all. While nobody waits there may be
    more than are busy: then the most that were busy in that time, and no fewer than at its beginning and end alike.
    """
    steps: list[Step] = []
    since, most, before = BEGINNING_MS, 0, 0
    nobody_waits = True
    for at_ms, waiting, busy in _curve(record):
        if waiting:
            if nobody_waits:
                steps.append(Step(since, max(most, min(before, busy))))
            steps.append(Step(at_ms, busy))
            before, nobody_waits = busy, False
        elif nobody_waits:
            most = max(most, busy)
        else:
            since, most, nobody_waits = at_ms, busy, True
    if nobody_waits:
        steps.append(Step(since, most))
    return steps


def staffed_ms(staffing: Iterable[Step], from_ms: int, until_ms: int) -> int:
    """Server time at work between the two: servers times milliseconds."""
    total, since, servers = 0, from_ms, 0
    for step in [*staffing, Step(until_ms, 0)]:
        at_ms = min(max(step.at_ms, from_ms), until_ms)
        total, since, servers = total + servers * (at_ms - since), at_ms, step.servers
    return total


class Mismatch(NamedTuple):
    """Where record and staffing contradict each other, in ms of server time.

    `idle_ms`: at work by the staffing and not busy though somebody waited; `above_ms`: busy beyond the staffing.
    """

    idle_ms: int
    above_ms: int


def mismatch(record: Record, staffing: Sequence[Step], from_ms: int, until_ms: int) -> Mismatch:
    """Hold the staffing against what was seen between the two instants."""
    curve = [(at_ms, 0, waiting, busy) for at_ms, waiting, busy in _curve(record)]
    steps = [(step.at_ms, 1, step.servers, 0) for step in staffing]
    idle = above = waiting = busy = servers = 0
    since = from_ms
    for at_ms, is_step, first, second in [*sorted([*curve, *steps]), (until_ms, 1, 0, 0)]:
        at_ms = min(max(at_ms, from_ms), until_ms)
        idle += (at_ms - since) * max(0, servers - busy) * (waiting > 0)
        above += (at_ms - since) * max(0, busy - servers)
        since = at_ms
        if is_step:
            servers = first
        else:
            waiting, busy = first, second
    return Mismatch(idle, above)


def _curve(record: Record) -> Iterator[tuple[int, int, int]]:
    """(instant, waiting, busy) after each instant at which one of them changed. Time to answer is no wait here."""
    changes: dict[int, list[int]] = {}

    def note(at_ms: int, waiting: int, busy: int) -> None:
        change = changes.setdefault(at_ms, [0, 0])
        change[0] += waiting
        change[1] += busy

    for number, (stay, service) in enumerate(zip(record.stays, record.services, strict=True)):
        taken_ms = record.taken_ms(number)
        until_ms = stay.ended_ms if taken_ms is None else taken_ms
        assert until_ms is not None  # a record has finished waits only
        note(stay.joined_ms, 1, 0)
        note(until_ms, -1, 0)
        if taken_ms is not None and service is not None:
            note(taken_ms, 0, 1)
            note(taken_ms + service.needs_ms, 0, -1)
    waiting = busy = 0
    for at_ms in sorted(changes):
        more_waiting, more_busy = changes[at_ms]
        waiting, busy = waiting + more_waiting, busy + more_busy
        yield at_ms, waiting, busy
