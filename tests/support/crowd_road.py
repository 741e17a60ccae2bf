"""The real stages from touchpoints to snapshots, on several partitions that are lists, read in any interleaving."""

import random
from functools import lru_cache
from typing import Any, NamedTuple
from zlib import crc32

import orjson
from support.crowd_world import PLACES, World

from schemas.internal import Message
from streams.kafka.lane import StageCode
from streams.load.state import LoadState
from streams.outbox import Outbox
from streams.partition import Partition
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of, stage_codes
from streams.topology import EVENTS, PLACE_EVENTS

Row = dict[str, Any]


class Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any = ()


@lru_cache
def codes(partitions: int) -> dict[str, StageCode]:
    settings = Settings(
        partitions=partitions,
        pseudonym_key="a key that only the tests know",  # type: ignore[arg-type]
        allowed_lateness_seconds=3_600,
    )
    return stage_codes(settings, PLACES, pseudonymiser_of(settings))


class Lane:
    """One partition of one keyed stage: reads its log, and says what time it is to whoever hears it."""

    def __init__(self, road: "CrowdRoad", stage: str, number: int, hears: str | None) -> None:
        self.road, self.name, self.hears = road, f"{stage}/{number}", hears
        self.code = codes(road.world.partitions)[stage]
        self.state: Partition[Any] = self.code.new_state(number)
        self.log: list[Record] = []
        self._said: int | None = None

    @property
    def behind(self) -> bool:
        return self.state.offset < len(self.log) - 1

    def work(self, most: int) -> None:
        """One chunk."""
        first, out = self.state.offset + 1, Outbox()
        for record in self.log[first : first + most]:
            self.state.begin(record.offset)
            self.code.step(self.state, record, out)
            while self.code.fire is not None and self.code.fire(self.state, out, 7):
                out = self._write(out)
        self._write(out)
        if self.hears is not None and self.state.watermark != self._said:
            self._said = self.state.watermark
            self.road.say_time(self.hears, self.name, self._said)

    def _write(self, out: Outbox) -> Outbox:
        if self.code.flush is not None:
            self.code.flush(self.state, out)
        self.road.deliver(out)
        self.state.settle()
        return Outbox()


class CrowdRoad:
    """`stays`: of each the row of the highest version; `looks`: all rows of `queue_load` in the order said."""

    def __init__(self, world: World) -> None:
        self.world, self.dice = world, random.Random(world.schedule)
        numbers = range(world.partitions)
        self.lanes = {
            EVENTS: [Lane(self, "stitch", number, PLACE_EVENTS) for number in numbers],
            PLACE_EVENTS: [Lane(self, "load", number, None) for number in numbers],
        }
        self.stays: dict[tuple[Any, ...], Row] = {}
        self.looks: list[Row] = []

    def run(self) -> "CrowdRoad":
        inputs = [self._validated(number) for number in range(self.world.partitions)]
        while True:
            lanes = [lane for lanes in self.lanes.values() for lane in lanes if lane.behind]
            waiting = [(number, left) for number, left in enumerate(inputs) if left]
            if not lanes and not waiting:
                return self
            if waiting and (not lanes or self.dice.random() < 0.3):
                number, left = self.dice.choice(waiting)
                self._read(number, left)
            else:
                self.dice.choice(lanes).work(self.dice.choice([1, 4, 30]))

    def _validated(self, number: int) -> list[tuple[int, list[Message]]]:
        code = codes(self.world.partitions)["validate"]
        state, said = code.new_state(number), []
        mine = [arrival for arrival in self.world.arrivals if arrival.input == number]
        for offset, arrival in enumerate(mine):
            out = Outbox()
            state.begin(offset)
            code.step(state, Record(offset, arrival.at, None, orjson.dumps(arrival.touchpoint)), out)
            assert "rejected" not in out.rows, out.rows["rejected"]
            said.append((arrival.at, out.messages))
        return [*said, (self.world.end, [])]

    def _read(self, number: int, left: list[tuple[int, list[Message]]]) -> None:
        """Some touchpoints, then what time it is."""
        time = 0
        for _ in range(min(len(left), self.dice.choice([1, 1, 3, 20]))):
            time, messages = left.pop(0)
            self._append(messages)
        self.say_time(EVENTS, f"validate/{number}", time)

    def say_time(self, topic: str, sender: str, time: int | None) -> None:
        self._append([Message(topic, None, orjson.dumps({"k": "wm", "f": sender, "t": time}))])

    def deliver(self, out: Outbox) -> None:
        self._append(out.messages)
        for row in map(orjson.loads, out.rows.get("stays", ())):
            name = (row["place"], row["identifier"], row["joined_at"], row["nth"])
            if name not in self.stays or self.stays[name]["version"] < row["version"]:
                self.stays[name] = row
        self.looks += map(orjson.loads, out.rows.get("queue_load", ()))

    def _append(self, messages: list[Message]) -> None:
        for topic, key, value in messages:
            lanes = self.lanes.get(topic, [])
            for lane in lanes if key is None else lanes[crc32(key) % self.world.partitions :][:1]:
                lane.log.append(Record(len(lane.log), 0, key, value))

    def loads(self) -> list[LoadState]:
        return [lane.state for lane in self.lanes[PLACE_EVENTS]]  # type: ignore[misc]

    def rows(self) -> list[Row]:
        """The stays that there are, as readers see them."""
        return [row for row in self.stays.values() if not row["is_deleted"]]
