"""`touchline doctor`: examines broker and store from outside, without the help of any worker, and reports."""

import asyncio
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import orjson

from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.kafka.inspection import BrokerSeen, Edges, Logs, describe, open_logs
from streams.kafka.outgoing import Destination
from streams.kafka.topics import Found, defects
from streams.run import doctor_store as rows
from streams.run.clock import now_ms, steady_seconds
from streams.run.doctor_account import (
    HOUR_MS,
    Appended,
    HourAccount,
    Look,
    Span,
    affordable,
    hour_of,
    joined,
    merged,
    settle,
)
from streams.run.doctor_facts import NO_CONFLICTS, Checked, Facts, Reading, Standing, StoreFacts, TopicFacts
from streams.run.settings import Settings
from streams.store.client import Store
from streams.store.errors import StoreError, StoreUnavailable
from streams.topology import PUBLIC, ROW_TABLES, STAGES, physical, rows_topic, topics, worker_group
from streams.validate.marker import marker

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 3.0
"""Between the two looks at what groups have read; also how long it waits for rows that are on their way."""

LOOK_AGAIN_SECONDS = 0.2
MOST_BACKLOG_RECORDS = 500
STILL_SECONDS = 10.0
SINK = "sink"


@dataclass(frozen=True)
class Order:
    """`hours`: how far back, 1 to 336 (receipts live for 14 days). `records`: so many are read in the log at most."""

    hours: int = 24
    records: int = 2_000_000


async def examine(order: Order, settings: Settings, connection: Connection, store: Store) -> Facts:
    """Look at everything. Raises StoreError, or what the broker's clients raise where it does not answer."""
    examination = _Examination(order, settings, connection, store)
    return await examination.run()


class _Examination:
    def __init__(self, order: Order, settings: Settings, connection: Connection, store: Store) -> None:
        self._order, self._settings, self._connection, self._store = order, settings, connection, store
        self._at_ms = now_ms()
        self._since_ms = hour_of(self._at_ms) - (order.hours - 1) * HOUR_MS
        self._skipped: list[str] = []
        self._partitions = 0
        self._epoch = 1

    async def run(self) -> Facts:
        began = steady_seconds()
        await asyncio.to_thread(self._store.query, rows.CLOCK)  # a store that does not answer is said first
        self._epoch = await standing.current_epoch(self._connection)
        self._partitions = await standing.partitions_of(self._connection, PUBLIC)
        wanted = topics(self._epoch)
        broker = await asyncio.to_thread(describe, self._connection, [topic.name for topic in wanted])
        async with open_logs(self._connection) as logs:
            readings, tables = await self._readings(logs, broker)
            settled = await self._settled(logs, readings, tables)
            accounts, checked = await self._accounts(logs, readings, settled)
            skew = await self._broker_skew(logs, readings)
        await asyncio.sleep(max(0.0, began + PATIENCE_SECONDS - steady_seconds()))
        readings, tables = await self._later(readings), await self._later(tables)
        embedded = self._settings.broker == "embedded"
        path = self._settings.data_dir / "pseudonym.key"
        return Facts(
            self._at_ms,
            self._order.hours,
            embedded,
            self._settings.clock == "event",
            accounts,
            checked,
            readings,
            tables,
            broker.nodes,
            [
                TopicFacts(t.name, seen.replication, t.compacted, t.retention_hours, seen.config)
                for t in wanted
                if (seen := broker.topics.get(t.name)) is not None
            ],
            self._refusals(broker),
            [topic.name for topic in wanted if topic.name not in broker.topics],
            skew,
            await self._asked(self._store_facts, StoreFacts(), "the store's own state"),
            await self._asked(self._restarts, {}, "restarts of workers"),
            await self._asked(
                lambda: rows.conflicts(self._store, self._since_ms), NO_CONFLICTS, "conflicting duplicates"
            ),
            await self._asked(lambda: rows.escaped(self._store, self._since_ms), NO_CONFLICTS, "conflicting copies"),
            str(path) if path.exists() else "",
            path.exists() and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)),
            tuple(self._skipped),
        )

    async def _asked(self, ask: Callable[[], Answer], otherwise: Answer, what: str) -> Answer:
        """In a thread; what the store will not tell us, it does not have to."""
        try:
            return await asyncio.to_thread(ask)
        except StoreUnavailable:
            raise
        except StoreError as error:
            self._skipped.append(f"{what}: {str(error).splitlines()[0][:200]}")
            return otherwise

    # -- how far everybody is --------------------------------------------------------------------

    async def _readings(self, logs: Logs, broker: BrokerSeen) -> tuple[list[Reading], list[Reading]]:
        worker = await standing.committed(self._connection, worker_group(self._epoch))
        sink = await standing.committed(self._connection, standing.SINK_GROUP)
        inputs = [
            (stage.name, Destination(physical(stage.reads, self._epoch), number))
            for stage in STAGES
            for number in range(self._partitions)
        ]
        outputs = [(f"{SINK} {table}", Destination(rows_topic(table), 0)) for table in ROW_TABLES]
        known = [(reader, log) for reader, log in (*inputs, *outputs) if log.topic in broker.topics]
        edges = await logs.edges([log for _, log in known])
        nothing: dict[tuple[str, int], Standing] = {}
        told = await self._asked(lambda: rows.standings(self._store), nothing, "where the stages stand")
        readings: list[Reading] = []
        tables: list[Reading] = []
        for reader, log in known:
            seen, edge = told.get((reader, log.partition)), edges[log]
            committed = (sink if log.topic.startswith("rows.") else worker).get(log)
            unread = await self._oldest_unread(logs, log, edge, committed)
            since = None
            if seen is not None and seen.watermark_ms is not None and (seen.delay_seconds or 0) > STILL_SECONDS:
                since = await asyncio.to_thread(
                    rows.watermark_since, self._store, reader, log.partition, seen.watermark_ms
                )
            reading = Reading(
                reader, log.partition, log.topic, edge.begin, edge.end, committed, committed, unread, seen, since
            )
            (tables if log.topic.startswith("rows.") else readings).append(reading)
        return readings, tables

    async def _oldest_unread(self, logs: Logs, log: Destination, edges: Edges, committed: int | None) -> int | None:
        start = max(edges.begin, committed or 0)
        stamp = await logs.first(log, start, edges.stable) if start < edges.stable else None
        return None if stamp is None else stamp.at_ms

    async def _later(self, readings: Sequence[Reading]) -> list[Reading]:
        group = standing.SINK_GROUP if readings and readings[0].reader.startswith(SINK) else worker_group(self._epoch)
        now = await standing.committed(self._connection, group)
        return [
            replace(reading, committed_later=now.get(Destination(reading.topic, reading.partition)))
            for reading in readings
        ]

    async def _settled(self, logs: Logs, readings: Iterable[Reading], tables: Iterable[Reading]) -> dict[int, int]:
        """By input partition: what lies below must be stored, whatever was on its way a moment ago.

        Validate commits what it has said; so its rows lie below the ends of the row topics as they are now. A dead
        letter of the sink is written before the sink commits; so the end of those is looked at last.
        """
        settled = {r.partition: max(r.begin, r.committed or 0) for r in readings if r.topic == PUBLIC}
        names = {table.topic for table in tables}
        for table in ("touchpoints", "rejected"):
            log = Destination(rows_topic(table), 0)
            if log.topic not in names:
                continue
            end = (await logs.edges([log]))[log].stable
            done = await self._sink_at(log, end)
            if done < end:
                settled = await self._below_backlog(logs, log, done, end, settled)
        return settled

    async def _sink_at(self, log: Destination, end: int) -> int:
        """What the sink has committed, after a moment's patience."""
        deadline = steady_seconds() + PATIENCE_SECONDS
        while True:
            done = (await standing.committed(self._connection, standing.SINK_GROUP)).get(log, 0)
            if done >= end or steady_seconds() > deadline:
                return done
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _below_backlog(
        self, logs: Logs, log: Destination, start: int, end: int, settled: dict[int, int]
    ) -> dict[int, int]:
        """Rows of one partition come in its order: everything before the first that waits is stored."""
        stop = min(end, start + MOST_BACKLOG_RECORDS)
        lowest: dict[int, int] = {}
        async for value in logs.values(log, start, stop):
            for line in value.splitlines():
                row = orjson.loads(line)
                if row.get("topic") == PUBLIC:
                    lowest[row["partition"]] = min(row["offset"], lowest.get(row["partition"], row["offset"]))
        unknown = 0 if stop < end else None  # more waits than was looked at: of whom else is open
        return {
            partition: below if (first := lowest.get(partition, unknown)) is None else min(below, first)
            for partition, below in settled.items()
        }

    # -- what was appended, and what became of it ------------------------------------------------

    async def _accounts(
        self, logs: Logs, readings: Sequence[Reading], settled: dict[int, int]
    ) -> tuple[list[HourAccount], list[Checked]]:
        public = [reading for reading in readings if reading.topic == PUBLIC]
        accounts: list[HourAccount] = []
        checked: list[Checked] = []
        for reading in public:
            hours, check = await self._account(logs, reading, settled[reading.partition], len(public))
            accounts += hours
            checked.append(check)
        return accounts, checked

    async def _account(
        self, logs: Logs, reading: Reading, settled: int, partitions: int
    ) -> tuple[list[HourAccount], Checked]:
        log = Destination(PUBLIC, reading.partition)
        edges = (await logs.edges([log]))[log]
        first = await logs.first(log, edges.begin, edges.stable)
        if first is None:
            return [], Checked(log.partition, edges.begin, edges.end, settled)
        start = edges.begin
        if self._connection.abilities.exact_end_offsets and first.at_ms < self._since_ms:
            start = await logs.since(log, self._since_ms, edges)
        since_ms = max(self._since_ms - HOUR_MS, first.at_ms - 1_000)  # a log that was made anew has known offsets
        stretches = rows.ledgers(self._store, log, start, edges.stable, since_ms)
        ledger = joined(await asyncio.to_thread(list, stretches))
        chosen, left = affordable(merged(ledger.gaps), settled, self._order.records // partitions)
        look = await self._look(logs, log, chosen, left)
        begins_ms, before = None, (0, 0)
        if first.at_ms > self._since_ms:
            asked = (self._store, log, self._since_ms, since_ms)
            before = await asyncio.to_thread(rows.before_the_log, *asked)
            begins_ms = first.at_ms if edges.begin or any(before) else None
        hours = settle(log.partition, ledger, look, settled, begins_ms)
        hours = [hour for hour in hours if hour.hour_ms >= self._since_ms or hour.missing]
        unread = sum(span.length for span in look.unread)
        return hours, Checked(log.partition, start, edges.stable, settled, look.records, unread, begins_ms, before)

    async def _look(self, logs: Logs, log: Destination, chosen: Iterable[Span], left: Iterable[Span]) -> Look:
        found: list[Appended] = []
        unread, records = list(left), 0
        for span in chosen:
            passage = await logs.read(log, span.start, span.stop, _is_touchpoint)
            found += [Appended(*stamp) for stamp in passage.kept]
            records += passage.records
            if passage.reached < span.stop:
                unread.append(Span(max(span.start, passage.reached), span.stop))
        return Look(found, merged(unread, 0), records)

    async def _broker_skew(self, logs: Logs, readings: Iterable[Reading]) -> float | None:
        """Heartbeats come once a second; the broker's stamp on the next one is what its clock shows now."""
        end = next((reading.end for reading in readings if reading.topic == PUBLIC), None)
        if end is None or not self._connection.abilities.append_time:
            return None
        log = Destination(PUBLIC, 0)
        edges = (await logs.edges([log]))[log]
        stamp = await logs.following(log, edges.stable, PATIENCE_SECONDS)
        return None if stamp is None else (stamp.at_ms - now_ms()) / 1_000

    # -- settings --------------------------------------------------------------------------------

    def _refusals(self, broker: BrokerSeen) -> list[str]:
        """What a worker would refuse to start on."""
        return [
            problem
            for topic in topics(self._epoch)
            if (seen := broker.topics.get(topic.name)) is not None
            for problem in defects(
                topic, Found(seen.partitions, "", seen.config), self._settings.partitions, self._connection.abilities
            )
        ]

    def _store_facts(self) -> StoreFacts:
        query = self._store.query
        before = now_ms()
        theirs = int(query(rows.CLOCK).rows[0][0])
        skew = (theirs - (before + now_ms()) / 2) / 1_000
        engines = {str(name): str(engine) for name, engine in query(rows.TABLES).rows}
        count, oldest = query(rows.OPEN_LETTERS).rows[0]
        return StoreFacts(
            engines,
            self._disks(),
            skew,
            self._readers_final(),
            int(count),
            None if oldest is None else int(oldest),
        )

    def _disks(self) -> list[tuple[str, int, int]]:
        try:
            return [(str(name), int(free), int(total)) for name, free, total in self._store.query(rows.DISKS).rows]
        except StoreUnavailable:
            raise
        except StoreError as error:
            self._skipped.append(f"disks of the store: {str(error).splitlines()[0][:200]}")
            return []

    def _readers_final(self) -> bool | None:
        """Where nobody may switch it off, nobody has; else a profile must say so."""
        try:
            if self._store.query(rows.FINAL_IS_FIXED).rows[0][0]:
                return True
            return bool(self._store.query(rows.PROFILES).rows[0][0])
        except StoreUnavailable:
            raise
        except StoreError as error:
            self._skipped.append(f"profiles of readers: {str(error).splitlines()[0][:200]}")
            return None

    def _restarts(self) -> dict[tuple[str, int], int]:
        return {(str(stage), int(number)): int(times) for stage, number, times in self._store.query(rows.RESTARTS).rows}


def _is_touchpoint(record: object) -> bool:
    """False for heartbeats and control records."""
    headers = getattr(record, "headers", ())
    return not headers or marker(headers, getattr(record, "value", None)) is None
