"""Asks the broker itself, for whoever examines the pipeline: nodes, topics, edges of logs, single records."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from streams.clock import steady_seconds
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination
from streams.kafka.recovery import reader

POLL_MS = 100
STILL_SECONDS = 10.0
"""A log that gives nothing for so long, although it should, is given up."""


class Stamp(NamedTuple):
    """A record that is there: its offset, and its time in ms."""

    offset: int
    at_ms: int


class Edges(NamedTuple):
    """`end`: the next offset; `stable`: up to here no transaction is open, so far may be read."""

    begin: int
    end: int
    stable: int


class Passage(NamedTuple):
    """What was `kept` of so many `records`; `reached`: the offset up to which the log could be read."""

    kept: list[Stamp]
    records: int
    reached: int


@dataclass(frozen=True)
class TopicSeen:
    """A topic as the broker describes it; `config` without what has no value."""

    partitions: int
    replication: int
    config: dict[str, str]


@dataclass(frozen=True)
class BrokerSeen:
    nodes: int
    topics: dict[str, TopicSeen]


def describe(connection: Connection, names: Iterable[str]) -> BrokerSeen:
    """Nodes, and the topics among `names` that exist; blocks."""
    admin: Any = KafkaAdminClient(**connection.client(), client_id="touchline-doctor")
    try:
        nodes = len(admin.describe_cluster()["brokers"])
        found = {topic["name"]: topic["partitions"] for topic in admin.describe_topics(list(names))}
        known = [name for name, partitions in found.items() if partitions]
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in known]
        configs = admin.describe_configs(resources, config_filter="all")["topic"] if known else {}
        return BrokerSeen(
            nodes,
            {
                name: TopicSeen(
                    len(found[name]),
                    min(len(partition["replica_nodes"]) for partition in found[name]),
                    {key: entry["value"] for key, entry in configs.get(name, {}).items() if entry["value"]},
                )
                for name in known
            },
        )
    finally:
        admin.close()


@asynccontextmanager
async def open_logs(connection: Connection) -> AsyncIterator["Logs"]:
    async with reader(connection) as consumer:
        yield Logs(consumer)


class Logs:
    """Reads here and there, as a member of no group, only what is committed."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    async def edges(self, logs: Iterable[Destination]) -> dict[Destination, Edges]:
        """Of logs that exist."""
        consumer = self._consumer
        wanted = {TopicPartition(*log): log for log in logs}
        if not wanted:
            return {}
        consumer.assign(list(wanted))
        begins = await consumer.beginning_offsets(list(wanted))
        for tp, near_the_end in (await consumer.end_offsets(list(wanted))).items():
            consumer.seek(tp, near_the_end)
        while any(consumer.highwater(tp) is None for tp in wanted):
            await consumer.getmany(timeout_ms=POLL_MS)
        return {
            log: Edges(begins[tp], consumer.highwater(tp), min(consumer.highwater(tp), self._stable(tp)))
            for tp, log in wanted.items()
        }

    def _stable(self, tp: TopicPartition) -> int:
        stable = self._consumer.last_stable_offset(tp)
        end: int = self._consumer.highwater(tp)
        return end if stable is None or stable < 0 else int(stable)

    async def first(self, log: Destination, offset: int, end: int) -> Stamp | None:
        """The first record that can be read from `offset` up to before `end`."""
        async for records in self._read(log, offset, end):
            for record in records:
                return Stamp(record.offset, record.timestamp)
        return None

    async def record(self, log: Destination, offset: int) -> tuple[int, bytes] | None:
        """Time in ms and value of the record at this offset; None where there is none that can be read."""
        async for records in self._read(log, offset, (await self.edges([log]))[log].stable):
            for record in records:
                return (record.timestamp, record.value or b"") if record.offset == offset else None
        return None

    async def since(self, log: Destination, at_ms: int, edges: Edges) -> int:
        """The offset of the first record of this time or later; the end where there is none. For Apache Kafka."""
        tp = TopicPartition(*log)
        found = (await self._consumer.offsets_for_times({tp: at_ms}))[tp]
        return edges.end if found is None or found.offset < 0 else max(edges.begin, found.offset)

    async def following(self, log: Destination, offset: int, seconds: float) -> Stamp | None:
        """The next record to be appended from `offset` on, if there is one in so many seconds."""
        tp, deadline = TopicPartition(*log), steady_seconds() + seconds
        self._consumer.assign([tp])
        self._consumer.seek(tp, offset)
        while steady_seconds() < deadline:
            for records in (await self._consumer.getmany(timeout_ms=POLL_MS)).values():
                if records:
                    return Stamp(records[-1].offset, records[-1].timestamp)
        return None

    async def read(self, log: Destination, start: int, stop: int, keep: Callable[[Any], bool]) -> "Passage":
        """The records between two offsets that `keep` says are of interest."""
        kept: list[Stamp] = []
        count = 0
        async for records in self._read(log, start, stop):
            count += len(records)
            kept += [Stamp(record.offset, record.timestamp) for record in records if keep(record)]
        return Passage(kept, count, await self._consumer.position(TopicPartition(*log)))

    async def values(self, log: Destination, start: int, stop: int) -> AsyncIterator[bytes]:
        async for records in self._read(log, start, stop):
            for record in records:
                if record.value is not None:
                    yield record.value

    async def _read(self, log: Destination, start: int, stop: int) -> AsyncIterator[list[Any]]:
        consumer, tp = self._consumer, TopicPartition(*log)
        consumer.assign([tp])
        consumer.seek(tp, max(start, (await consumer.beginning_offsets([tp]))[tp]))
        moved = steady_seconds()
        while (position := await consumer.position(tp)) < stop and steady_seconds() - moved < STILL_SECONDS:
            for records in (await consumer.getmany(tp, timeout_ms=POLL_MS)).values():
                yield [record for record in records if record.offset < stop]
            if await consumer.position(tp) > position:
                moved = steady_seconds()
            await asyncio.sleep(0)
