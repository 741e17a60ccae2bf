"""The sink: every row topic into its table, each at its own pace, until it is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog

from schemas.rejection import rejected_bytes
from schemas.rows import ROWS, RowTable
from streams.kafka.arrival import Outage
from streams.kafka.connection import Connection
from streams.kafka.dead_letters import DeadLetters
from streams.kafka.ending import die
from streams.kafka.quiet import make_quiet
from streams.kafka.rows_reader import RowsReader
from streams.kafka.topics import RefusedError
from streams.run.app import connection_of
from streams.run.clock import steady_seconds
from streams.run.settings import Settings
from streams.sink.batch import Batch, Buffer, Line, RowRecord, token
from streams.sink.bisect import Refusal, dead_letter, store_all_but_refused
from streams.sink.expire import until_dropped
from streams.sink.insert import until_stored
from streams.store.client import Store
from streams.store.errors import StoreRefused
from streams.topology import rows_topic

log = structlog.get_logger("touchline.sink")

FLUSH_SECONDS = 0.5
"""A table is written at most this often: the store wants few large inserts."""

GATHER_SECONDS = 0.05
"""After silence the first rows wait this long for others of the same moment."""

FULL_BATCHES = 2
"""Reading a topic pauses while so many batches of it wait."""


PostDeadLetters = Callable[[list[bytes]], Awaitable[None]]


async def run_sink(settings: Settings, store: Store) -> None:
    """Run until cancelled. Outages of broker and store are waited out, refused rows become dead letters; anything else
    ends the process, and what was not committed is read again."""
    connection = connection_of(settings)
    outage = Outage(connection.servers)
    make_quiet(connection.servers, outage)
    sink = Sink(connection, store, outage, shared=settings.broker == "kafka", name=settings.worker_id)
    try:
        await sink.run()
    except RefusedError as error:
        die(str(error))
    finally:
        await sink.stop()


class Sink:
    """One reader for all tables, one task per table, so that a table in trouble holds up no other."""

    def __init__(self, connection: Connection, store: Store, outage: Outage, *, shared: bool, name: str) -> None:
        self._dead_letters = DeadLetters(connection)
        self._tables = {
            rows_topic(table.name): TableSink(table, store, self._dead_letters.post) for table in ROWS.values()
        }
        topics, name = tuple(self._tables), f"{name}-sink"
        self._reader = RowsReader(connection, topics, self._lost, outage, shared=shared, name=name)

    async def run(self) -> None:
        await self._reader.start()
        log.info("the sink reads", topics=len(self._tables))
        tasks = [asyncio.create_task(self._read())]
        tasks += [asyncio.create_task(table.run(self._reader)) for table in self._tables.values()]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            die("the sink stopped by itself", next(iter(done)).exception())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self) -> None:
        await self._reader.stop()
        await self._dead_letters.stop()

    async def _read(self) -> None:
        while True:
            for topic, records in (await self._reader.fetch()).items():
                table = self._tables[topic]
                table.add(records)
                if table.overfull:
                    self._reader.pause(topic)

    def _lost(self, lost: Iterable[str]) -> None:
        for topic in lost:
            self._tables[topic].forget()


class TableSink:
    """One table: gathers records, freezes a batch, stores it, commits. Bounded by FULL_BATCHES batches in memory."""

    def __init__(self, table: RowTable, store: Store, post_dead_letters: PostDeadLetters) -> None:
        self._table, self._store = table, store
        self._topic = rows_topic(table.name)
        self._post_dead_letters = post_dead_letters
        self._buffer = Buffer()
        self._arrived = asyncio.Event()
        self._turn = 0  # rises when the topic is taken from us: what was frozen before may no longer be committed

    @property
    def overfull(self) -> bool:
        return self._buffer.full_batches >= FULL_BATCHES

    def add(self, records: list[RowRecord]) -> None:
        self._buffer.add(records)
        self._arrived.set()

    def forget(self) -> None:
        self._buffer.clear()
        self._turn += 1

    async def run(self, reader: RowsReader) -> None:
        while True:
            await self._arrived.wait()
            await self._gather(GATHER_SECONDS)
            began = steady_seconds()
            await self._flush(reader)
            if not self._buffer:
                self._arrived.clear()
            await self._gather(began + FLUSH_SECONDS - steady_seconds())

    async def _gather(self, seconds: float) -> None:
        """Wait for more rows, unless a batch is complete."""
        if seconds > 0 and not self._buffer.full:
            await asyncio.sleep(seconds)

    async def _flush(self, reader: RowsReader) -> None:
        turn, records = self._turn, self._buffer.take()
        if not records:
            return
        if not self.overfull:
            reader.resume(self._topic)
        batch = Batch(self._table.stored_in, self._topic, records)
        await self._store_batch(batch)
        if self._table.name == "epochs":
            await until_dropped(self._store)
        reader.failpoint.reach("sink", "after_insert")
        if turn == self._turn:
            reader.failpoint.reach("sink", "before_commit")
            await reader.commit(self._topic, batch.next_offset)

    async def _store_batch(self, batch: Batch) -> None:
        if not batch.body.strip():
            return
        try:
            await until_stored(self._store, batch.table, batch.body, batch.token)
        except StoreRefused:
            await self._letters(await store_all_but_refused(batch.lines(), self._store_lines))

    async def _store_lines(self, lines: Sequence[Line]) -> None:
        body = b"\n".join([line.text for line in lines])
        first, last = lines[0].record.offset, lines[-1].record.offset
        table = self._table.stored_in
        await until_stored(self._store, table, body, token(table, self._topic, first, last, body))

    async def _letters(self, refusals: list[Refusal]) -> None:
        if not refusals:
            return
        first = refusals[0]
        log.warning(
            "rows were refused and are dead letters now",
            table=self._table.name,
            rows=len(refusals),
            first_offset=first.line.record.offset,
            reason=first.error.message.splitlines()[0][:300],
        )
        await self._post_dead_letters([rejected_bytes(dead_letter(self._topic, refusal)) for refusal in refusals])
