"""What would have happened with other servers: the recorded time once more, event by event.

Everybody comes when they came and needs the service that they got. Who left has the patience that they showed; who was
served has one drawn from the product-limit estimate beyond the wait that they stood; who left and would now be served
gets a service time drawn from the recorded ones. The draws follow from the seed.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from streams.advise.measures import Fate, Limits, Measures, mean_of, measures
from streams.advise.patience import Patience
from streams.advise.record import Record, Service
from streams.advise.replay import FOREVER, Coming, Step, replay
from streams.advise.staffing import Change, changed, staffed_ms

NEAR = 0.05
"""The replay with the actual staffing stands for what happened if its total wait is within this share of it."""


class Draws(NamedTuple):
    """So many replays, each with a random stream of its own that follows from the seed."""

    seed: int = 1
    number: int = 20


USUAL, TWENTY = Limits(), Draws()


class Answer(NamedTuple):
    """Of those who joined between the two instants of the change.

    `recorded`: what happened. `replayed`: the same staffing through the replay. `after`: the changed staffing.
    `after_means`: lowest and highest mean wait of the draws, seconds. `patience`: left and all waits it rests on.
    """

    recorded: Measures
    replayed: Measures
    after: Measures
    after_means: tuple[float, float] | None
    patience: tuple[int, int]
    patience_unseen: float

    @property
    def difference(self) -> float | None:
        """Total wait of the replay against what happened, as a share of it; None where nobody waited."""
        happened = self.recorded.total_wait_seconds
        return (self.replayed.total_wait_seconds - happened) / happened if happened else None

    @property
    def is_near(self) -> bool:
        """True where the replay gives what happened; where nobody waited, only if nobody waits in it either."""
        return abs(self.difference) <= NEAR if self.difference is not None else not self.replayed.total_wait_seconds


def what_if(
    record: Record,
    staffing: Sequence[Step],
    change: Change,
    *,
    limits: Limits = USUAL,
    draws: Draws = TWENTY,
    closed_stays_closed: bool = False,
) -> Answer:
    """Replay the record with its staffing and with the change. Raises ValueError where nobody joined in that time."""
    window = _Window.of(record, change, limits)
    if not any(window.counted):
        raise ValueError("nobody joined the line in that time")
    patience = patience_of(record)
    other = changed(staffing, change, closed_stays_closed=closed_stays_closed)
    worlds = [window.world(patience, Random(f"{draws.seed}/{number}")) for number in range(draws.number)]
    replayed = [window.replayed(world, staffing) for world in worlds]
    after = [window.replayed(world, other) for world in worlds]
    means = [found.mean_wait_seconds for found in after if found.mean_wait_seconds is not None]
    return Answer(
        window.recorded(staffing),
        mean_of(replayed),
        mean_of(after),
        (min(means), max(means)) if means else None,
        (patience.left, patience.people),
        patience.share_beyond(FOREVER),
    )


def patience_of(record: Record) -> Patience:
    """Of everybody in the record. A leaving that is a guess (closing, seen elsewhere) shows no patience that ended."""
    left: list[int] = []
    stood: list[int] = []
    for stay in record.stays:
        wait_ms = stay.wait_ms
        assert wait_ms is not None  # a record has finished waits only
        (left if stay.started_ms is None and not stay.guessed else stood).append(wait_ms)
    return Patience(left, stood)


class _World(NamedTuple):
    """Those who are in line at the beginning or come later, with what they need and will stand, in one draw."""

    people: list[Coming]
    services: list[Service]


class _Window(NamedTuple):
    """The time asked for. Who was taken before it keeps a server busy (`busy_until`); `numbers`: the others there are.

    `counted`: of the numbers those who join within it.
    """

    record: Record
    change: Change
    limits: Limits
    numbers: list[int]
    counted: list[bool]
    busy_until: list[int]

    @classmethod
    def of(cls, record: Record, change: Change, limits: Limits) -> "_Window":
        from_ms, until_ms = change.from_ms, change.until_ms
        numbers, busy_until = [], []
        for number, (stay, service) in enumerate(zip(record.stays, record.services, strict=True)):
            taken_ms = record.taken_ms(number)
            gone_ms = stay.ended_ms if taken_ms is None else taken_ms
            if gone_ms is not None and (gone_ms >= from_ms or stay.joined_ms >= from_ms):
                numbers.append(number)
            elif taken_ms is not None and service is not None and taken_ms + service.needs_ms > from_ms:
                busy_until.append(taken_ms + service.needs_ms)
        counted = [from_ms <= record.stays[number].joined_ms < until_ms for number in numbers]
        return cls(record, change, limits, numbers, counted, busy_until)

    def world(self, patience: Patience, chance: Random) -> _World:
        known = [service for service in self.record.services if service is not None]
        services, people = [], []
        for number in self.numbers:
            stay, service = self.record.stays[number], self.record.services[number]
            stands_ms = stay.wait_ms
            assert stands_ms is not None  # a record has finished waits only
            leaves_ms = stay.joined_ms + stands_ms
            if service is None:
                service = chance.choice(known)._replace(answer_ms=0) if known else Service(0)
            else:
                drawn_ms = patience.draw(chance, stands_ms)
                leaves_ms = FOREVER if drawn_ms is None else stay.joined_ms + drawn_ms
            services.append(service)
            people.append(Coming(stay.joined_ms, service.needs_ms, leaves_ms))
        return _World(people, services)

    def recorded(self, staffing: Sequence[Step]) -> Measures:
        """What happened; `staffing` for the utilisation."""
        stays = [self.record.stays[number] for number in self.numbers]
        fates = [Fate(stay.wait_ms, stay.started_ms is not None) for stay in stays]
        served = [
            (stay.started_ms, service.service_ms)
            for stay, service in zip(self.record.stays, self.record.services, strict=True)
            if stay.started_ms is not None and service is not None
        ]
        return self._measures(fates, served, staffing)

    def replayed(self, world: _World, staffing: Sequence[Step]) -> Measures:
        """Nobody is taken before the beginning: who was, is not in this world any more."""
        from_ms = self.change.from_ms
        began = [0, *(step.servers for step in staffing if step.at_ms <= from_ms)][-1]
        steps = [Step(from_ms, began), *(step for step in staffing if step.at_ms > from_ms)]
        taken = replay(world.people, steps, self.busy_until)
        fates = [_fate(*one) for one in zip(world.people, world.services, taken, strict=True)]
        served = [
            (at_ms + service.answer_ms, service.service_ms)
            for at_ms, service in zip(taken, world.services, strict=True)
            if at_ms is not None
        ]
        served += [(from_ms, until_ms - from_ms) for until_ms in self.busy_until]
        return self._measures(fates, served, staffing)

    def _measures(self, fates: Sequence[Fate], served: Sequence[tuple[int, int]], staffing: Sequence[Step]) -> Measures:
        from_ms, until_ms = self.change.from_ms, self.change.until_ms
        fates = [fate for fate, counts in zip(fates, self.counted, strict=True) if counts]
        busy_ms = sum(_overlaps(served, from_ms, until_ms))
        return measures(fates, self.limits, busy_ms, staffed_ms(staffing, from_ms, until_ms))


def _fate(person: Coming, service: Service, taken_ms: int | None) -> Fate:
    if taken_ms is not None:
        return Fate(taken_ms + service.answer_ms - person.joined_ms, served=True)
    return Fate(None if person.leaves_ms == FOREVER else person.leaves_ms - person.joined_ms, served=False)


def _overlaps(services: Sequence[tuple[int, int]], from_ms: int, until_ms: int) -> Iterator[int]:
    for start_ms, length_ms in services:
        yield max(0, min(start_ms + length_ms, until_ms) - max(start_ms, from_ms))
