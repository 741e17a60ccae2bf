"""Clients that stay connected while somebody waits: what groups have committed, where logs end, what waits there."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination
from streams.kafka.recovery import reader
from streams.kafka.topics import offsets_of

POLL_MS: Final = 100
MOST_POLLS: Final = 20
"""So often a log is asked for what waits there; an open transaction in it may hold that back for a long time."""


class Sight:
    """A context. Raises what the broker's clients raise."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stack = AsyncExitStack()
        self._admin: Any = None
        self._consumer: Any = None

    async def __aenter__(self) -> "Sight":
        self._consumer = await self._stack.enter_async_context(reader(self._connection))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        if self._admin is not None:
            await asyncio.to_thread(self._admin.close)

    async def committed(self, group: str) -> dict[Destination, int]:
        """How far a group has read; logs that it has never committed are missing."""
        offsets = await asyncio.to_thread(self._ask, group)
        return {Destination(*log): offset for log, offset in offsets.items()}

    def _ask(self, group: str) -> dict[tuple[str, int], int]:
        if self._admin is None:
            self._admin = KafkaAdminClient(**self._connection.client(), client_id="touchline-sight")
        return offsets_of(self._admin, group)

    async def ends(self, logs: Iterable[Destination]) -> dict[Destination, int]:
        """The offset that each log's next record will get."""
        return await ends_by(self._consumer, logs)

    async def all_there(self, spans: Mapping[Destination, tuple[int, int]], fits: Callable[[Any], bool]) -> bool:
        """Whether every record in these spans [begin, end) fits; no, where it is not sure."""
        wanted = {TopicPartition(*log): span for log, span in spans.items()}
        self._consumer.assign(list(wanted))
        for tp, (begin, _) in wanted.items():
            self._consumer.seek(tp, begin)
        for _ in range(MOST_POLLS):
            for records in (await self._consumer.getmany(timeout_ms=POLL_MS)).values():
                if not all(fits(record) for record in records):
                    return False
            positions = [(await self._consumer.position(tp), end) for tp, (_, end) in wanted.items()]
            if all(position >= end for position, end in positions):
                return True
        return False


async def ends_by(consumer: AIOKafkaConsumer, logs: Iterable[Destination]) -> dict[Destination, int]:
    """Where logs end, as a fetch tells it: right on every broker. The consumer is assigned anew, and so forgets where
    they ended when it was asked before."""
    wanted = {TopicPartition(*log): log for log in logs}
    consumer.assign(list(wanted))
    for tp, near_the_end in (await consumer.end_offsets(list(wanted))).items():
        consumer.seek(tp, near_the_end)
    while any(consumer.highwater(tp) is None for tp in wanted):
        await consumer.getmany(timeout_ms=POLL_MS)
    return {log: consumer.highwater(tp) for tp, log in wanted.items()}
