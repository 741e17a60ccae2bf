"""How far a record is from what a replay takes for granted, and in words why the replay gives something else."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streams.advise.record import Record
from streams.advise.replay import Step
from streams.advise.staffing import mismatch

WORTH_SAYING = 0.02
"""A share below it explains nothing."""


class Elsewhere(NamedTuple):
    """Of the servers of this line: how many also served elsewhere in that time, and how often."""

    servers: int = 0
    services: int = 0


class Fidelity(NamedTuple):
    """What of the record between two instants no replay can give again.

    `served`: services that began; `overtook`: of them before somebody who had joined earlier and still waited;
    `idle_hours`, `above_hours`, `busy_hours`: server hours at work and not busy though somebody waited, busy beyond the
    staffing, and busy; `unknown_ends`: services whose length is the median; `unfinished`: waits without an end, left
    out; `guessed`: stays whose end is a guess.
    """

    served: int
    overtook: int
    idle_hours: float
    above_hours: float
    busy_hours: float
    unknown_ends: int
    unfinished: int
    guessed: int
    elsewhere: Elsewhere


def fidelity_of(
    record: Record, staffing: Sequence[Step], from_ms: int, until_ms: int, elsewhere: Elsewhere
) -> Fidelity:
    """Hold the record against what the replay takes for granted."""
    there = {number for number, stay in enumerate(record.stays) if from_ms <= stay.joined_ms < until_ms}
    services = [service for number in there if (service := record.services[number]) is not None]
    off = mismatch(record, staffing, from_ms, until_ms)
    return Fidelity(
        len(services),
        len(there.intersection(_overtaking(record))),
        off.idle_ms / 3_600_000,
        off.above_ms / 3_600_000,
        sum(service.needs_ms for service in services) / 3_600_000,
        len(there & record.unknown_ends),
        sum(from_ms <= joined_ms < until_ms for joined_ms in record.unfinished_ms),
        sum(record.stays[number].guessed for number in there),
        elsewhere,
    )


def reasons(found: Fidelity) -> list[str]:
    """Why a replay of this may differ from what happened, the weightiest first; never empty."""
    return list(_reasons(found)) or [
        "no single cause was found: many small differences between the record and servers that take the next at once"
    ]


def _reasons(found: Fidelity) -> Iterator[str]:
    if found.served and found.overtook / found.served > WORTH_SAYING:
        yield (
            f"{found.overtook:,} of {found.served:,} were served before somebody who had joined earlier and still "
            "waited (priorities, or several lines in one); the replay is first come, first served"
        )
    if found.idle_hours > WORTH_SAYING * found.busy_hours:
        yield (
            f"by the staffing, servers stood idle for {found.idle_hours:.1f} server hours while people waited: they "
            "were away, served another queue, or there were fewer"
        )
    if found.above_hours > WORTH_SAYING * found.busy_hours:
        yield (
            f"more were busy than the staffing says, for {found.above_hours:.1f} server hours: it is too low, or one "
            "server serves several at once"
        )
    if found.elsewhere.services:
        yield (
            f"{found.elsewhere.servers} of the servers also served elsewhere, {found.elsewhere.services:,} times: "
            "several queues share servers, and what they owe the others is not in this one"
        )
    if found.served and found.unknown_ends / found.served > WORTH_SAYING:
        yield f"{found.unknown_ends:,} services have no known end and are as long as the median"
    if found.unfinished:
        yield f"{found.unfinished:,} people are left out, since nobody saw the end of their wait; they took servers"
    if found.served and found.guessed / found.served > WORTH_SAYING:
        yield f"{found.guessed:,} stays have an end that is a guess (time-out, closing, seen elsewhere)"


def _overtaking(record: Record) -> Iterator[int]:
    """Those who were served while somebody who had joined before them still waited; at one instant, shorter waits
    come first in a record, so nobody overtakes there."""
    line_until_ms = 0
    for number, stay in enumerate(record.stays):
        if stay.started_ms is not None and stay.started_ms < line_until_ms:
            yield number
        line_until_ms = max(line_until_ms, stay.joined_ms + (stay.wait_ms or 0))
