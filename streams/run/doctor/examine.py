"""`touchline doctor`: examines broker and store from outside, without the help of any worker."""

import asyncio
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from streams.clock import now_ms, steady_seconds
from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.kafka.inspection import BrokerSeen, Logs, describe, open_logs
from streams.kafka.outgoing import Destination
from streams.kafka.topics import Found, defects
from streams.run.doctor import store as rows
from streams.run.doctor.account import HOUR_MS, hour_of
from streams.run.doctor.facts import NO_CONFLICTS, Facts, Reading, Standing, StoreFacts, TopicFacts
from streams.run.doctor.log import Accounting
from streams.run.doctor.positions import Positions
from streams.run.settings import Settings
from streams.store.client import Store
from streams.store.errors import StoreError, StoreUnavailable
from streams.topology import PUBLIC, topics

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 3.0
"""Between the two looks at what groups have read, and how long it waits for a heartbeat."""


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
        self._epoch = 1

    async def run(self) -> Facts:
        began = steady_seconds()
        await asyncio.to_thread(self._store.query, rows.CLOCK)  # a store that does not answer is said first
        self._epoch = await standing.current_epoch(self._connection)
        names = [topic.name for topic in topics(self._epoch)]
        broker = await asyncio.to_thread(describe, self._connection, names)
        positions = await self._positions()
        by_time = self._connection.abilities.exact_end_offsets
        accounting = Accounting(self._store, self._since_ms, self._order.records, by_time=by_time)
        async with open_logs(self._connection) as logs:
            readings, tables = await positions.readings(logs, broker.topics)
            settled = await positions.settled(logs, readings, tables)
            accounts, checked = await accounting.accounts(logs, readings, settled)
            skew = await self._broker_skew(logs, readings)
        await asyncio.sleep(max(0.0, began + PATIENCE_SECONDS - steady_seconds()))
        facts = Facts(
            self._at_ms,
            self._order.hours,
            embedded=self._settings.broker == "embedded",
            event_clock=self._settings.clock == "event",
            accounts=accounts,
            checked=checked,
            readings=await positions.later(readings),
            tables=await positions.later(tables),
            broker_skew_seconds=skew,
        )
        return await self._with_store(self._with_broker(facts, broker))

    async def _positions(self) -> Positions:
        partitions = await standing.partitions_of(self._connection, PUBLIC)
        nothing: dict[tuple[str, int], Standing] = {}
        told = await self._asked(lambda: rows.standings(self._store), nothing, "where the stages stand")
        return Positions(self._connection, self._store, self._epoch, partitions, told)

    def _with_broker(self, facts: Facts, broker: BrokerSeen) -> Facts:
        wanted = topics(self._epoch)
        key = self._settings.data_dir / "pseudonym.key"
        return replace(
            facts,
            nodes=broker.nodes,
            topics=[
                TopicFacts(t.name, seen.replication, t.compacted, t.retention_hours, seen.config)
                for t in wanted
                if (seen := broker.topics.get(t.name)) is not None
            ],
            refusals=self._refusals(broker),
            missing_topics=[topic.name for topic in wanted if topic.name not in broker.topics],
            key_file=str(key) if key.exists() else "",
            key_file_open=key.exists() and bool(key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)),
        )

    async def _with_store(self, facts: Facts) -> Facts:
        since_ms = self._since_ms
        noted = await self._asked(lambda: rows.conflicts(self._store, since_ms), NO_CONFLICTS, "conflicting duplicates")
        escaped = await self._asked(lambda: rows.escaped(self._store, since_ms), NO_CONFLICTS, "conflicting copies")
        return replace(
            facts,
            store=await self._asked(self._store_facts, StoreFacts(), "the store's own state"),
            restarts=await self._asked(self._restarts, {}, "restarts of workers"),
            conflicts=noted,
            escaped=escaped,
            not_looked_at=tuple(self._skipped),
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

    # -- clocks and settings ---------------------------------------------------------------------

    async def _broker_skew(self, logs: Logs, readings: Iterable[Reading]) -> float | None:
        """Heartbeats come once a second; the broker's stamp on the next one is what its clock shows now."""
        end = next((reading.end for reading in readings if reading.topic == PUBLIC), None)
        if end is None or not self._connection.abilities.append_time:
            return None
        log = Destination(PUBLIC, 0)
        edges = (await logs.edges([log]))[log]
        stamp = await logs.following(log, edges.stable, PATIENCE_SECONDS)
        return None if stamp is None else (stamp.at_ms - now_ms()) / 1_000

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
