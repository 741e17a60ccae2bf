"""A lane on a broker made of lists: what it says, keeps and acks, with failures wherever a test wants them."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import orjson
from aiokafka.errors import KafkaConnectionError

from streams.kafka.changelog import POSITION_KEY, load_record, records_of
from streams.kafka.chunk import Chunk
from streams.kafka.connection import Connection
from streams.kafka.lane import Lane, Road, StageCode
from streams.kafka.outgoing import Parcels
from streams.partition import Partition
from streams.topology import STAGES, Stage, topics


class Ledger:
    """Outputs' producer and keeper in one: a list of everything that happened, in order.

    `fails`: numbers of the calls that raise a lost connection; half of them only after having done their work, which
    is what a lost answer looks like.
    """

    def __init__(self, fails: set[int] = frozenset()) -> None:  # type: ignore[assignment]
        self.events: list[tuple[str, Any]] = []
        self.durable: dict[bytes, bytes] = {}
        self.loads = 0
        self._fails, self._calls = fails, 0

    async def post(self, parcels: Parcels) -> None:
        await self._do(lambda: self.events.append(("said", parcels)))

    async def write(self, state: Partition[Any]) -> None:
        records = records_of(state)
        await self._do(lambda: self._keep(records))

    async def load(self, state: Partition[Any], progress: Callable[[], None]) -> None:
        self.loads += 1
        await self._do(lambda: None)
        for key, value in self.durable.items():
            load_record(state, key, value)
        state.recovered()
        progress()

    async def drop(self) -> None: ...

    def _keep(self, records: list[Any]) -> None:
        for key, value, _ in records:
            if value is None:
                self.durable.pop(key, None)
            else:
                self.durable[key] = value
        self.events.append(("wrote", orjson.loads(self.durable[POSITION_KEY][1:])["offset"]))

    async def _do(self, work: Callable[[], object]) -> None:
        self._calls += 1
        await asyncio.sleep(0)
        if self._calls in self._fails and self._calls % 2:
            raise KafkaConnectionError("lost before it was done")
        work()
        if self._calls in self._fails:
            raise KafkaConnectionError("lost after it was done")

    def values(self, topic: str) -> list[bytes]:
        """Everything said on a topic, in order."""
        return [
            value
            for kind, parcels in self.events
            if kind == "said"
            for destination, records in parcels.items()
            if destination.topic == topic
            for _, value, _ in records
        ]


def stage(name: str) -> Stage:
    return next(stage for stage in STAGES if stage.name == name)


def lane(ledger: Ledger, code: StageCode, name: str = "stitch", **options: Any) -> Lane:
    """Must be called inside a running loop."""
    by_name = {topic.name: topic for topic in topics()}
    road = Road(Connection("127.0.0.1:1", "embedded"), ledger, by_name, 2)  # type: ignore[arg-type]
    options = {"hold": lambda: None, "release": lambda: None} | options
    made = Lane(stage(name), code, 0, road, **options)
    made._keeper = ledger  # type: ignore[assignment]
    return made


def record(offset: int, value: bytes = b"") -> Any:
    return SimpleNamespace(offset=offset, timestamp=offset * 1_000, key=None, value=value, headers=())


def chunk(ledger: Ledger, *records: Any, start: int | None = None) -> Chunk:
    return Chunk(list(records), lambda: ledger.events.append(("acked", records[-1].offset)), start)


async def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    async def poll() -> None:
        while not true():
            await asyncio.sleep(0)

    await asyncio.wait_for(poll(), seconds)
