"""The whole road in one loop: the real stages in real lanes, on logs of several partitions that are lists.

Time is whatever a test says. Lanes are fed in random order and chunks; on the way, posts and writes are lost before or
after they were done, or half done, and lanes die and are made anew, reading again from somewhere before their last ack.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from aiokafka.errors import KafkaConnectionError

from schemas.place import Places
from streams.kafka.changelog import load_record, records_of
from streams.kafka.chunk import Chunk
from streams.kafka.connection import Connection
from streams.kafka.lane import Lane, Road, StageCode
from streams.kafka.outgoing import Destination, Parcels
from streams.numbers import Sent
from streams.partition import Partition
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of, stage_codes
from streams.topology import PUBLIC, STAGES, Stage, topics

HEARTBEAT = (("touchline", b"heartbeat"),)


class Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any = ()


class Keeper:
    """A changelog partition as a dict."""

    def __init__(self, trouble: "Trouble") -> None:
        self.durable: dict[bytes, bytes] = {}
        self.written, self._trouble = Sent(), trouble

    async def load(self, state: Partition[Any], progress: Callable[[], None]) -> None:
        for key, value in self.durable.items():
            load_record(state, key, value)
        state.recovered()
        progress()

    async def write(self, state: Partition[Any]) -> None:
        records = records_of(state)

        async def keep() -> None:
            for key, value, _ in records:
                if value is None:
                    self.durable.pop(key, None)
                else:
                    self.durable[key] = value

        await self._trouble.around(keep)

    async def drop(self) -> None: ...


class Trouble:
    """How often something is lost: one of `every` calls, half of them only after their work is done; 0 for never."""

    def __init__(self, dice: random.Random, every: int) -> None:
        self.dice, self.every = dice, every

    async def around(self, work: Callable[[], Awaitable[None]]) -> None:
        lost = self.every > 0 and self.dice.randrange(self.every) == 0
        if lost and self.dice.random() < 0.5:
            raise KafkaConnectionError("lost before it was done")
        await work()
        if lost:
            raise KafkaConnectionError("lost after it was done")


class MemoryRoad:
    """`said` holds everything that lanes have posted: (what the inputs had told by then, stage, topic, key, value)."""

    def __init__(self, settings: Settings, places: Places, dice: random.Random, *, trouble: int = 0) -> None:
        self.settings, self.places, self.dice = settings, places, dice
        self.logs: dict[Destination, list[Record]] = defaultdict(list)
        self.said: list[tuple[int, str, str, bytes | None, bytes]] = []
        self.codes = stage_codes(settings, places, pseudonymiser_of(settings))
        self.trouble = Trouble(dice, trouble)
        self.told = [0] * settings.partitions  # by input: what time it is there, by what validate was given
        self._desks = {
            (stage.name, number): Desk(self, stage, number) for stage in STAGES for number in range(settings.partitions)
        }

    # -- what services and time do ---------------------------------------------------------------

    def append(self, number: int, at: int, touchpoint: dict[str, Any] | None, headers: Any = ()) -> None:
        """`touchpoint` None: a heartbeat."""
        log = self.logs[Destination(PUBLIC, number)]
        value = b"" if touchpoint is None else orjson.dumps(touchpoint)
        log.append(Record(len(log), at, None, value, headers or (HEARTBEAT if touchpoint is None else ())))

    def tell(self, number: int, records: list[Record]) -> None:
        """Validate of this input is given these records: what time is it there, in plain words?"""
        if self.settings.clock == "append":
            self.told[number] = max(self.told[number], records[-1].timestamp)
            return
        for record in records:
            said = orjson.loads(record.value or b"{}")
            if "occurred_at" in said:
                occurred = round(datetime.fromisoformat(said["occurred_at"]).timestamp() * 1_000)
                self.told[number] = max(self.told[number], occurred)
            self.told[number] += said.get("by_ms", 0)

    # -- what workers do -------------------------------------------------------------------------

    async def work(self, *, down: Iterable[int] = (), deaths: float = 0.0, through: bool = False) -> None:
        """Some chunks of some lanes; `through`: until everything is read. Nobody owns the inputs in `down`."""
        stays_down = {("validate", number) for number in down}
        while True:
            desks = [desk for name, desk in self._desks.items() if name not in stays_down and desk.behind]
            self.dice.shuffle(desks)
            if not through:
                desks = [desk for desk in desks if self.dice.random() < 0.7]
            for desk in desks:
                if self.dice.random() < deaths:
                    await desk.die()
                await desk.serve()
            if not through or not desks:
                return

    async def close(self) -> None:
        for desk in self._desks.values():
            await desk.close()

    async def post(self, stage: str, parcels: Parcels) -> None:
        """Each partition gets what it gets in order; a loss may leave any part of it, from the front."""
        lost = self.trouble.every > 0 and self.dice.randrange(self.trouble.every) == 0
        for destination, records in parcels.items():
            there = self.dice.randint(0, len(records)) if lost else len(records)
            for key, value, _ in records[:there]:
                log = self.logs[destination]
                log.append(Record(len(log), 0, key, value))
                self.said.append((min(self.told), stage, destination.topic, key, value or b""))
        if lost:
            raise KafkaConnectionError("lost on the way")

    # -- what came of it -------------------------------------------------------------------------

    def rows(self, table: str) -> list[tuple[int, dict[str, Any]]]:
        """(what the inputs had told by then, row) of every row that was ever said."""
        return [
            (told, orjson.loads(line))
            for told, _, topic, _, value in self.said
            if topic == f"rows.{table}"
            for line in value.splitlines()
        ]

    def received(self, thing: str) -> int:
        """How many touchpoints of this wristband the inputs hold, copies included."""
        name = f'"{thing.partition(":")[2]}"'.encode()
        inputs = (log for destination, log in self.logs.items() if destination.topic == PUBLIC)
        return sum(name in (record.value or b"") for log in inputs for record in log)

    def words(self, stage: str) -> set[tuple[str, bytes | None, bytes]]:
        """All that a stage has said, rows line by line."""
        return {
            (topic, key, line)
            for _, of, topic, key, value in self.said
            if of == stage
            for line in (value.splitlines() if topic.startswith("rows.") else [value])
        }

    async def replayed(self, stage: str) -> set[tuple[str, bytes | None, bytes]]:
        """What the stage says if it reads the same logs once more, from the beginning and record by record."""
        again = MemoryRoad(self.settings, self.places, self.dice)
        for number in range(self.settings.partitions):
            desk = again._desks[stage, number]
            again.logs[desk.reads] = [*self.logs[desk.reads]]
            while desk.position < len(self.logs[desk.reads]):  # behind that is what it says to itself now
                await desk.serve(1)
            del again.logs[desk.reads]
        await again.close()
        return again.words(stage)


class Desk:
    """One partition of one stage, whoever serves it now."""

    def __init__(self, town: MemoryRoad, stage: Stage, number: int) -> None:
        self.town, self.stage, self.number = town, stage, number
        self.reads = Destination(stage.reads, number)
        self.keeper = Keeper(town.trouble)
        self._lane: Lane | None = None
        self._read = self._acked = 0

    @property
    def position(self) -> int:
        """So many records of its log it has read."""
        return self._read

    @property
    def behind(self) -> int:
        return len(self.town.logs[self.reads]) - self._read

    async def serve(self, most: int = 40) -> None:
        """One chunk, until it is acked."""
        lane = self._lane = self._lane or self._new_lane()
        records = self.town.logs[self.reads][self._read : self._read + self.town.dice.randint(1, most)]
        if not records:
            return
        if self.stage.reads == PUBLIC:
            self.town.tell(self.number, records)
        done = asyncio.Event()
        lane.put(Chunk(records, done.set))
        self._read += len(records)
        await asyncio.wait_for(done.wait(), 20)
        self._acked = self._read

    async def die(self) -> None:
        """Nothing of it is left but the changelog and a commit that may be old; somebody else begins there."""
        await self.close()
        self._read = max(0, self._acked - self.town.dice.choice([0, 0, 1, 3, 30]))

    async def close(self) -> None:
        if self._lane is not None:
            await self._lane.close()
            self._lane = None

    def _new_lane(self) -> Lane:
        outputs = _Outputs(self.town, self.stage.name)
        by_name = {topic.name: topic for topic in topics()}
        partitions = self.town.settings.partitions
        road = Road(Connection("127.0.0.1:1", "embedded"), outputs, by_name, partitions)  # type: ignore[arg-type]
        lane = Lane(self.stage, self.code, self.number, road, hold=lambda: None, release=lambda: None)
        lane._keeper = self.keeper  # type: ignore[assignment]
        return lane

    @property
    def code(self) -> StageCode:
        return self.town.codes[self.stage.name]


class _Outputs:
    def __init__(self, town: MemoryRoad, stage: str) -> None:
        self._town, self._stage = town, stage

    async def post(self, parcels: Parcels) -> None:
        await self._town.post(self._stage, parcels)
