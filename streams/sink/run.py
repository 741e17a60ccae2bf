"""The sink: every row topic into its table, each at its own pace, until it is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

import structlog

from schemas.rejection import rejected_bytes
from schemas.rows import ROWS, RowTable
from streams.clock import steady_seconds
from streams.kafka.arrival import Outage
from streams.kafka.connection import Connection
from streams.kafka.dead_letters import DeadLetters
from streams.kafka.ending import die, refuse
from streams.kafka.rows_reader import RowsReader
from streams.kafka.topics import RefusedError, settings_of
from streams.numbers import TableNumbers
from streams.sink.batch import Batch, Buffer, Line, RowRecord
from streams.sink.bisect import Refusal, dead_letter, refused_column, store_all_but_refused
from streams.sink.expire import until_dropped
from streams.sink.forget import until_forgotten
from streams.sink.insert import until_stored
from streams.store.client import Store
from streams.store.errors import StoreRefused
from streams.topology import rows_topic, topics

log = structlog.get_logger("touchline.sink")

FLUSH_SECONDS = 0.5
"""A table is written at most this often: the store wants few large inserts."""

GATHER_SECONDS = 0.05
"""After silence the first rows wait this long for others of the same moment."""

ALONGSIDE_MS = 5_000
"""What a worker tells at one moment reaches the topics within so long."""

FULL_BATCHES = 2
"""Reading a topic pauses while so many batches of it wait."""


PostDeadLetters = Callable[[list[bytes]], Awaitable[None]]


async def run_sink(sink: "Sink", stop: asyncio.Event | None = None) -> None:
    """Run until `stop` is set, which lets the inserts in hand end, or until cancelled.

    Outages of broker and store are waited out, refused rows become dead letters; anything else ends the process, and
    what was not committed is read again.
    """
    try:
        await sink.run(stop or asyncio.Event())
    except RefusedError as error:
        refuse(str(error))
    finally:
        await sink.stop()


class Sink:
    """One reader for all tables, one task per table, so that a table in trouble holds up no other."""

    def __init__(self, connection: Connection, store: Store, outage: Outage, *, shared: bool, name: str) -> None:
        self.outage = outage
        self._dead_letters = DeadLetters(connection)
        self._tables = {
            rows_topic(table.name): TableSink(table, store, self._dead_letters.post) for table in ROWS.values()
        }
        for table in self._tables.values():
            table.topic_settings = partial(settings_of, connection, [topic.name for topic in topics()])
            table.others = tuple(other for other in self._tables.values() if other is not table)
        self._reads = False
        self._reader = RowsReader(
            connection, tuple(self._tables), self._lost, outage, shared=shared, name=f"{name}-sink"
        )

    @property
    def tables(self) -> "list[TableSink]":
        return list(self._tables.values())

    @property
    def reads(self) -> bool:
        """True once it has connected and knows its topics."""
        return self._reads

    def end_offset(self, table: "TableSink") -> int | None:
        return self._reader.highwater(table.topic)

    async def run(self, stop: asyncio.Event) -> None:
        """Raises RefusedError where the broker does not let us in."""
        stopping = asyncio.create_task(stop.wait())
        try:
            if await self._started(stopping):
                await self._serve(stopping)
        finally:
            stopping.cancel()

    async def _serve(self, stopping: "asyncio.Task[bool]") -> None:
        log.info("the sink reads", topics=len(self._tables))
        reading = asyncio.create_task(self._read())
        writing = [asyncio.create_task(table.run(self._reader)) for table in self._tables.values()]
        tasks = [reading, *writing]
        try:
            done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
            if stopping not in done:
                die("the sink stopped by itself", next(iter(done)).exception())
            log.info("stopping after the inserts in hand")
            reading.cancel()
            await asyncio.gather(*(table.flushed.wait() for table in self._tables.values()))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _started(self, stopping: "asyncio.Task[bool]") -> bool:
        """False if it was asked to stop before the broker let it begin."""
        starting = asyncio.create_task(self._reader.start())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                self._reads = True
            return self._reads
        finally:
            starting.cancel()

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
        self.topic, self.name = rows_topic(table.name), table.name
        self.numbers = TableNumbers()
        self.done: int | None = None  # the next offset that is not stored and committed yet, as far as we know
        self.trouble = ""  # why the insert in hand is not through
        self.flushed = asyncio.Event()  # no insert is in hand
        self.flushed.set()
        self._oldest: int | None = None
        self._post_dead_letters = post_dead_letters
        self._buffer = Buffer()
        self._arrived = asyncio.Event()
        self.topic_settings: Callable[[], Mapping[str, Mapping[str, str]]] = dict
        """What the broker says of topics, by name."""
        self.others: tuple[TableSink, ...] = ()  # of the same sink
        self._turn = 0  # rises when the topic is taken from us: what was frozen before may no longer be committed

    @property
    def overfull(self) -> bool:
        return self._buffer.full_batches >= FULL_BATCHES

    @property
    def waiting_bytes(self) -> int:
        return self._buffer.size

    @property
    def oldest_ms(self) -> int | None:
        """When the broker got the oldest of the rows that are not stored yet (ms since 1970 UTC); None for none."""
        return self._oldest

    def add(self, records: list[RowRecord]) -> None:
        if self.done is None:
            self.done = records[0].offset
        if self._oldest is None:
            self._oldest = records[0].timestamp
        self._buffer.add(records)
        self._arrived.set()

    def forget(self) -> None:
        self._buffer.clear()
        self._turn += 1
        self.done = self._oldest = None

    async def run(self, reader: RowsReader) -> None:
        while True:
            await self._arrived.wait()
            await self._gather(GATHER_SECONDS)
            began = steady_seconds()
            self.flushed.clear()
            await self._flush(reader)
            self.flushed.set()
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
            reader.resume(self.topic)
        batch = Batch(self._table.stored_in, self.topic, records)
        await self._store_batch(batch)
        if self._table.name == "epochs":
            await until_dropped(self._store)
        elif self._table.name == "erasures":
            told_ms = records[-1].timestamp
            await until_forgotten(
                self._store, all_is_stored=lambda: self._others_stored(told_ms), topic_settings=self.topic_settings
            )
        reader.failpoint.reach("sink", "after_insert")
        if turn == self._turn:
            reader.failpoint.reach("sink", "before_commit")
            await reader.commit(self.topic, batch.next_offset)
            if turn == self._turn:
                self.done, self._oldest = batch.next_offset, self._buffer.oldest_ms

    def _others_stored(self, told_ms: int) -> bool:
        """Whether every other topic's rows of that time are in the store, as far as this process reads them."""
        oldest = [other.oldest_ms for other in self.others]
        return all(at_ms is None or at_ms > told_ms + ALONGSIDE_MS for at_ms in oldest)

    async def _store_batch(self, batch: Batch) -> None:
        if not batch.body.strip():
            return
        self.numbers.batch_bytes.add(len(batch.body))
        try:
            await self._until_stored(batch.table, batch.body)
            self.numbers.rows += batch.body.count(b"\n") + 1
        except StoreRefused:
            await self._letters(await store_all_but_refused(batch.lines(), self._store_lines))

    async def _until_stored(self, table: str, body: bytes) -> None:
        began = steady_seconds()
        await until_stored(self._store, table, body, notice=self._notice)
        self.numbers.insert.add(steady_seconds() - began)

    def _notice(self, trouble: str) -> None:
        self.trouble = trouble

    async def _store_lines(self, lines: Sequence[Line]) -> None:
        await self._until_stored(self._table.stored_in, b"\n".join([line.text for line in lines]))

    async def _letters(self, refusals: list[Refusal]) -> None:
        if not refusals:
            return
        first = refusals[0]
        self.numbers.refused += len(refusals)
        log.warning(  # the store's own words quote the row; they are in the dead letter
            "rows were refused and are dead letters now",
            table=self.name,
            rows=len(refusals),
            first_offset=first.line.record.offset,
            code=first.error.code,
            column=refused_column(first.error),
        )
        await self._post_dead_letters([rejected_bytes(dead_letter(self.topic, refusal)) for refusal in refusals])
