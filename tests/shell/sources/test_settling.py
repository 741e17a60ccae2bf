"""Waiting for rest neither ends early nor waits for ticks that come for ever, on a road that moves meanwhile."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.kafka.outgoing import Destination
from streams.sources import settling
from streams.sources.settling import HOPS, IDENTITY_HOPS, Settling, StalledError
from streams.topology import EVENTS, PLACE_EVENTS, PUBLIC, rows_topic

PARTITIONS = 2
STAGES = [[Destination(topic, number) for number in range(PARTITIONS)] for topic in (PUBLIC, EVENTS, PLACE_EVENTS)]
STAYS, PIPELINE = Destination(rows_topic("stays"), 0), Destination(rows_topic("pipeline"), 0)
GROUPS = {"worker": [log for logs in STAGES for log in logs], "sink": [STAYS, PIPELINE]}
HEARTBEAT = [("touchline", b"heartbeat")]


class Record(NamedTuple):
    """`hops`: so often it sets off one more. `ours`: it was there when the waiting began, or such a one set it off."""

    topic: str
    headers: list[tuple[str, bytes]]
    value: bytes
    hops: int
    ours: bool


def data(topic: str, hops: int, *, ours: bool) -> Record:
    return Record(topic, [], b'{"k": "touch"}', hops, ours)


class Road:
    """Between any two answers stages read, say, and commit later; heartbeats come for ever, and others may send."""

    def __init__(self, dice: random.Random, sending: float = 0.0) -> None:
        self.dice, self.sending = dice, sending
        self.logs: dict[Destination, list[Record]] = {log: [] for logs in GROUPS.values() for log in logs}
        self.read = dict.fromkeys(self.logs, 0)
        self.done = dict.fromkeys(self.logs, 0)
        self.looks = 0

    def send(self, hops: int, *, ours: bool, control: bool = False) -> None:
        log = self.dice.choice(STAGES[0])
        headers = [("touchline", b"control")] if control else []
        self.logs[log].append(Record(PUBLIC, headers, b'{"control": "advance", "by_ms": 1}', hops, ours))

    def move(self) -> None:
        for _ in range(self.dice.randint(0, 12)):
            log = self.dice.choice([*self.logs])
            if self.dice.random() < 0.5:
                self._commit(log)
                continue
            for _ in range(self.dice.randint(0, len(self.logs[log]) - self.read[log])):
                self._read(log)
        if self.dice.random() < 0.05:
            self.logs[self.dice.choice(STAGES[0])].append(Record(PUBLIC, HEARTBEAT, b"", 0, ours=False))
        if self.dice.random() < self.sending:
            self.send(self.dice.randint(0, 3), ours=False)

    def _read(self, log: Destination) -> None:
        """One record: what follows from it is said at once, and that it is read is committed later."""
        record = self.logs[log][self.read[log]]
        self.read[log] += 1
        stage = next((number for number, logs in enumerate(STAGES) if log in logs), None)
        if stage is None:
            return
        if record.hops:
            self._say(self.dice.choice(STAGES[1]), record.hops - 1, ours=record.ours)
        elif not record.headers and b"wm" not in record.value:
            self.logs[STAYS].append(data(STAYS.topic, 0, ours=record.ours))
        self._tell_the_time(stage, ours=record.ours)

    def _say(self, log: Destination, hops: int, *, ours: bool) -> None:
        self.logs[log].append(data(log.topic, hops, ours=ours))

    def _tell_the_time(self, stage: int, *, ours: bool) -> None:
        mark = orjson.dumps({"k": "wm", "f": f"{stage}", "t": 1})
        for log in STAGES[stage + 1] if stage < 2 else []:
            self.logs[log].append(Record(log.topic, [], mark, 0, ours))
        self.logs[PIPELINE].append(Record(PIPELINE.topic, [], b"{}", 0, ours))

    def _commit(self, log: Destination) -> None:
        self.done[log] = self.dice.randint(self.done[log], self.read[log])

    # -- what the waiting sees ---------------------------------------------------------------------

    async def committed(self, group: str) -> dict[Destination, int]:
        found = {}
        for log in GROUPS[group]:
            self.move()
            found[log] = self.done[log]
        return found

    async def ends(self, logs: Sequence[Destination]) -> dict[Destination, int]:
        self.looks += 1
        found = {}
        for log in logs:
            self.move()
            found[log] = len(self.logs[log])
        return found

    async def all_there(self, spans: Mapping[Destination, tuple[int, int]], fits: Callable[[Any], bool]) -> bool:
        self.move()
        return all(fits(record) for log, (begin, end) in spans.items() for record in self.logs[log][begin:end])

    def on_the_way(self) -> list[Record]:
        return [record for log, done in self.done.items() for record in self.logs[log][done:] if record.ours]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "LOOK_AGAIN_SECONDS", 0.0)


def wait(road: Road, patience_seconds: float = 5.0) -> None:
    asyncio.run(Settling(road, GROUPS, patience_seconds).until_at_rest())


@settings(max_examples=150, deadline=None)
@given(
    dice=st.integers(0, 1 << 40).map(random.Random),
    hops=st.lists(st.integers(0, IDENTITY_HOPS), max_size=6),
    sending=st.sampled_from([0.0, 0.0, 0.02]),
)
def test_nothing_that_was_there_has_left_anything_on_its_way(
    dice: random.Random, hops: list[int], sending: float
) -> None:
    road = Road(dice, sending)
    for number in hops:
        road.send(number, ours=True)
    road.send(0, ours=True, control=True)
    wait(road)
    assert not road.on_the_way()


@given(dice=st.integers(0, 1 << 40).map(random.Random))
@settings(max_examples=30, deadline=None)
def test_heartbeats_and_the_time_that_is_told_on_are_not_waited_for(dice: random.Random) -> None:
    road = Road(dice)
    road.send(1, ours=True)
    wait(road)
    assert road.looks <= HOPS // 2


def test_where_nothing_waits_one_look_is_enough() -> None:
    road = Road(random.Random(1))
    road.move = lambda: None  # type: ignore[method-assign]
    wait(road)
    assert road.looks == 1


@pytest.mark.parametrize("topic", [EVENTS, PLACE_EVENTS, rows_topic("stays")])
def test_a_record_that_nobody_commits_is_waited_for_until_patience_ends(topic: str) -> None:
    road = Road(random.Random(1))
    stuck = Destination(topic, 0)
    road.logs[stuck].append(data(topic, 0, ours=True))
    commit = road._commit
    road._commit = lambda log: commit(log) if log != stuck else None  # type: ignore[method-assign,func-returns-value]
    with pytest.raises(StalledError, match="have waited"):
        wait(road, patience_seconds=0.05)
