"""How far everybody is, for the doctor: what groups have read of their logs, and what must be stored by now."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import orjson

from streams.clock import steady_seconds
from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.kafka.inspection import Edges, Logs
from streams.kafka.outgoing import Destination
from streams.run.doctor import store as rows
from streams.run.doctor.facts import Reading, Standing
from streams.store.client import Store
from streams.topology import PUBLIC, ROW_TABLES, STAGES, physical, rows_topic, worker_group

PATIENCE_SECONDS = 3.0
"""How long it waits for rows that are on their way."""

LOOK_AGAIN_SECONDS = 0.2
MOST_BACKLOG_RECORDS = 500
STILL_SECONDS = 10.0
SINK = "sink"


class Positions:
    """`told`: what each lane last said of itself."""

    def __init__(
        self,
        connection: Connection,
        store: Store,
        epoch: int,
        partitions: int,
        told: Mapping[tuple[str, int], Standing],
    ) -> None:
        self._connection, self._store = connection, store
        self._epoch, self._partitions, self._told = epoch, partitions, told

    async def readings(self, logs: Logs, topics: Collection[str]) -> tuple[list[Reading], list[Reading]]:
        """Of the stages and of the sink, those of `topics` that exist."""
        worker = await standing.committed(self._connection, worker_group(self._epoch))
        sink = await standing.committed(self._connection, standing.SINK_GROUP)
        inputs = [
            (stage.name, Destination(physical(stage.reads, self._epoch), number))
            for stage in STAGES
            for number in range(self._partitions)
        ]
        outputs = [(f"{SINK} {table}", Destination(rows_topic(table), 0)) for table in ROW_TABLES]
        known = [(reader, log) for reader, log in (*inputs, *outputs) if log.topic in topics]
        edges = await logs.edges([log for _, log in known])
        readings: list[Reading] = []
        tables: list[Reading] = []
        for reader, log in known:
            seen, edge = self._told.get((reader, log.partition)), edges[log]
            committed = (sink if log.topic.startswith("rows.") else worker).get(log)
            unread = await self._oldest_unread(logs, log, edge, committed)
            since = None
            if seen is not None and seen.watermark_ms is not None and (seen.delay_seconds or 0) > STILL_SECONDS:
                since = await asyncio.to_thread(
                    rows.watermark_since, self._store, reader, log.partition, seen.watermark_ms
                )
            reading = Reading(
                reader,
                log.partition,
                log.topic,
                edge.begin,
                edge.end,
                committed,
                committed,
                unread,
                seen,
                since,
                edge.stable if edge.stable < edge.end else None,
            )
            (tables if log.topic.startswith("rows.") else readings).append(reading)
        return readings, tables

    async def _oldest_unread(self, logs: Logs, log: Destination, edges: Edges, committed: int | None) -> int | None:
        start = max(edges.begin, committed or 0)
        stamp = await logs.first(log, start, edges.stable) if start < edges.stable else None
        return None if stamp is None else stamp.at_ms

    async def later(self, readings: Sequence[Reading]) -> list[Reading]:
        """The same with what has been read meanwhile."""
        group = standing.SINK_GROUP if readings and readings[0].reader.startswith(SINK) else worker_group(self._epoch)
        now = await standing.committed(self._connection, group)
        return [
            replace(reading, committed_later=now.get(Destination(reading.topic, reading.partition)))
            for reading in readings
        ]

    async def settled(self, logs: Logs, readings: Iterable[Reading], tables: Iterable[Reading]) -> dict[int, int]:
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
