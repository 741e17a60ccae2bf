"""Reads the row topics for the sink: one consumer, offsets committed by hand after the store's answer."""

import asyncio
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)

from streams.clock import steady_seconds
from streams.kafka.arrival import Outage, once_it_answers
from streams.kafka.connection import Connection
from streams.kafka.ending import Failpoint, refuse
from streams.kafka.membership import Membership
from streams.sink.batch import RowRecord

log = structlog.get_logger("touchline.sink")

GROUP = "touchline-sink"
FETCH_BYTES = 8 << 20
POLL_MS = 100
TRY_AGAIN_SECONDS, SAY_AGAIN_SECONDS = 0.5, 30.0
NEVER_MS = 2**31 - 1

Lost = Callable[[Iterable[str]], None]
"""Told the topics that are no longer ours: what was read of them and not committed is void."""


class RowsReader:
    """`shared`: several sinks divide the topics among them. Otherwise this one takes all at once, without a group's
    joining time; right where only one process can own the store."""

    def __init__(
        self, connection: Connection, topics: tuple[str, ...], lost: Lost, outage: Outage, *, shared: bool, name: str
    ) -> None:
        self._connection, self._topics, self._lost, self._outage = connection, topics, lost, outage
        self._shared, self._name = shared, name
        self._consumer: Any = None
        self.failpoint = Failpoint(os.environ.get("TOUCHLINE_FAIL_AT", ""))

    async def start(self) -> None:
        """Connect, wait until the topics are there, and take them; says at times what it waits for.

        Raises RefusedError where the broker does not let us in.
        """
        self._consumer = await once_it_answers(self._connection, self._connected, asyncio.Event(), self._outage)
        await self._topics_exist()
        if self._shared:
            self._consumer.subscribe(self._topics, listener=_Listener(self._lost))
        else:
            self._consumer.assign([TopicPartition(topic, 0) for topic in self._topics])

    async def stop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()

    async def fetch(self) -> dict[str, list[RowRecord]]:
        """New records by topic; waits a moment for some. A topic without a commit begins at its first record; one whose
        committed rows are no longer there ends the process."""
        try:
            fetched = await self._consumer.getmany(timeout_ms=POLL_MS)
        except NoOffsetForPartitionError as error:
            await self._consumer.seek_to_beginning(*_partitions(error))
            return {}
        except OffsetOutOfRangeError as error:
            refuse(
                "rows were deleted, or their topics made anew, before the sink had read them: rebuild the store, then "
                f"reset the offsets of group {GROUP}",
                topics=sorted(tp.topic for tp in _partitions(error)),
            )
        except KafkaError as error:
            self._outage.notice(type(error).__name__)
            await asyncio.sleep(TRY_AGAIN_SECONDS)
            return {}
        if fetched:
            self._outage.over()
        return {
            tp.topic: [RowRecord(record.offset, record.timestamp, record.value or b"") for record in records]
            for tp, records in fetched.items()
        }

    def pause(self, topic: str) -> None:
        with suppress(KafkaError):  # no longer ours
            self._consumer.pause(TopicPartition(topic, 0))

    def highwater(self, topic: str) -> int | None:
        """The end of a topic as the last fetch told it; None for one that is not ours, or not asked yet."""
        tp, consumer = TopicPartition(topic, 0), self._consumer
        return consumer.highwater(tp) if consumer is not None and tp in consumer.assignment() else None

    def resume(self, topic: str) -> None:
        with suppress(KafkaError):
            self._consumer.resume(TopicPartition(topic, 0))

    async def commit(self, topic: str, next_offset: int) -> None:
        """Returns when the group has noted it. Another sink may have taken over meanwhile: then it reads the rows
        again, which does no harm."""
        while True:
            try:
                await self._consumer.commit({TopicPartition(topic, 0): next_offset})
                return
            except (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError):
                return
            except KafkaError as error:
                self._outage.notice(type(error).__name__)
                await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _connected(self) -> Any:
        """Raises RefusedError where the broker does not let us in."""
        static = self._connection.abilities.static_membership
        consumer = AIOKafkaConsumer(
            **self._connection.client(),
            group_id=GROUP,
            group_instance_id=self._name if static else None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=POLL_MS,
            max_poll_interval_ms=NEVER_MS,  # an outage of the store is waited out, not answered by a rebalance
            metadata_max_age_ms=60_000,
        )
        try:
            await consumer.start()
        except BaseException:
            with suppress(KafkaError):  # what could not be started may not be stoppable either
                await consumer.stop()
            raise
        if static and self._shared:
            Membership(self._connection, GROUP, self._name, self._name.removesuffix("-sink")).follow(consumer)
        return consumer

    async def _topics_exist(self) -> None:
        said = steady_seconds()
        while True:
            known: set[str] = set()
            with suppress(KafkaError):
                known = await self._consumer.topics()
            missing = sorted(set(self._topics) - known)
            if not missing:
                return
            if steady_seconds() - said >= SAY_AGAIN_SECONDS:
                log.warning("topics are missing; a worker or `touchline topics` makes them", topics=missing)
                said = steady_seconds()
            await asyncio.sleep(TRY_AGAIN_SECONDS)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, lost: Lost) -> None:
        self._lost = lost

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self._lost([tp.topic for tp in revoked])

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        log.info("reads rows", topics=sorted(tp.topic for tp in assigned))


def _partitions(error: Any) -> list[Any]:
    """aiokafka hands over the partitions as keys of a dictionary or as a list, by error."""
    (found,) = error.args[:1]
    return list(found) if not isinstance(found, TopicPartition) else [found]
