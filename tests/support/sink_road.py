"""A sink between a real broker and a store: rows in at one end, what the group has committed at the other."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.kafka import Broker

from streams.kafka.outgoing import NO_HEADERS, Destination
from streams.kafka.producer import BatchProducer
from streams.kafka.rows_reader import GROUP
from streams.run.settings import Settings
from streams.run.storing import new_sink
from streams.sink.run import run_sink
from streams.store.client import Result, Store
from streams.store.errors import StoreError
from streams.topology import rows_topic


class RowRoad:
    """Rows in at one end; a sink on demand; what the group has committed."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.settings = Settings(kafka=broker.connection.servers, broker=broker.connection.broker)

    async def write(self, table: str, *records: bytes) -> None:
        producer = BatchProducer(self.broker.connection, {})
        await producer.start()
        try:
            await producer.post({Destination(rows_topic(table), 0): [(None, value, NO_HEADERS) for value in records]})
        finally:
            await producer.stop()

    async def write_slowly(self, table: str, records: list[bytes]) -> None:
        """A few records at a time, so that a sink beside makes many inserts of them."""
        for start in range(0, len(records), 5):
            await self.write(table, *records[start : start + 5])
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def sink(self, store: Store, name: str = "worker-1") -> AsyncIterator[None]:
        sink = new_sink(self.settings.model_copy(update={"worker_id": name}), store)
        task = asyncio.create_task(run_sink(sink))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def committed(self, table: str) -> int | None:
        consumer = AIOKafkaConsumer(**self.broker.connection.client(), group_id=GROUP, enable_auto_commit=False)
        await consumer.start()
        await asyncio.sleep(0)
        try:
            offset: int | None = await consumer.committed(TopicPartition(rows_topic(table), 0))
            return offset
        finally:
            await consumer.stop()

    async def until_committed(self, table: str, offset: int) -> None:
        await eventually(lambda: self.committed(table), lambda found: (found or 0) >= offset)


async def eventually(
    look: Callable[[], Awaitable[Any]], right: Callable[[Any], bool], patience_seconds: float = 40.0
) -> Any:
    """What was seen when it was right; fails after the patience, showing what was seen last."""
    deadline = time.monotonic() + patience_seconds
    while True:
        seen = await look()
        if right(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen!r} after {patience_seconds:.0f} s"
        await asyncio.sleep(0.05)


def touchpoint(number: int) -> bytes:
    now = round(time.time(), 3)
    row = {"source": "app", "event_id": f"e{number}", "occurred_at": now, "received_at": now, "topic": "touchpoints"}
    return orjson.dumps({**row, "offset": number, "version": 2**63 - number})


class Moody:
    """A store in front of a store: `trouble` by table is raised instead of storing; every attempt is noted."""

    def __init__(self, store: Store) -> None:
        self.store, self.database = store, store.database
        self.trouble: dict[str, StoreError] = {}
        self.attempts: list[tuple[str, bytes]] = []

    def insert_rows(self, table: str, ndjson: bytes) -> None:
        self.attempts.append((table, ndjson))
        if table in self.trouble:
            raise self.trouble[table]
        self.store.insert_rows(table, ndjson)

    def query(self, *arguments: Any) -> Result:
        return self.store.query(*arguments)

    def command(self, sql: str) -> None:
        self.store.command(sql)

    def close(self) -> None:
        self.store.close()
