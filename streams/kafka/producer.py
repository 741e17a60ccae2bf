"""Writing ready-made record batches: many records at the price of one, in order per partition, until acknowledged."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, ProducerFenced
from aiokafka.producer import sender

from streams.clock import now_ms
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination, Parcels, Record
from streams.numbers import Sent

BATCH_BYTES = 1 << 20
"""A batch is closed when the next record would take it above this; a larger record is a batch of its own."""

RECORD_OVERHEAD_BYTES = 128
"""More than what a record batch and one record in it add to key and value."""

sender.BACKOFF_OVERRIDE = 0.005
"""INTERNAL: seconds before aiokafka asks again whether the transaction before this one has ended; its own 20 ms make
one write after another take 38 ms instead of 10."""


class OversizeRecordError(ValueError):
    """A record larger than its topic takes; the message names both."""


class FencedError(Exception):
    """Another process has taken over; whatever this one still has in hand is void."""


class BatchProducer:
    """One aiokafka producer. `limits`: max.message.bytes by topic; others are not checked here.

    Batches of one partition reach the broker in the order in which one caller sent them; partitions go side by side.
    """

    def __init__(
        self,
        connection: Connection,
        limits: Mapping[str, int],
        *,
        transactional_id: str | None = None,
        batch_bytes: int = BATCH_BYTES,
        sent: Sent | None = None,
    ) -> None:
        """`sent`: where to count what is sent; it may outlive this producer."""
        self._connection = connection
        self._limits = limits
        self._transactional_id = transactional_id
        self._batch_bytes = batch_bytes
        self._producer: AIOKafkaProducer | None = None
        self._sent = Sent() if sent is None else sent

    async def start(self) -> None:
        """Connect. With a transactional id, whoever had it before is shut out once this returns."""
        arguments: dict[str, Any] = self._connection.client() | {"acks": "all", "max_batch_size": self._batch_bytes}
        if self._transactional_id is not None:
            arguments["transactional_id"] = self._transactional_id
        elif self._connection.abilities.idempotence:
            arguments["enable_idempotence"] = True
        producer = AIOKafkaProducer(max_request_size=64 << 20, **arguments)
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what is left and disconnect; calling this twice does no harm."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def post(self, parcels: Parcels) -> None:
        """Returns when the broker has acknowledged every record.

        Raises OversizeRecordError before anything is sent, FencedError, or what aiokafka raises; some records may have
        been written then.
        """
        batches = {destination: list(self._batches(destination, records)) for destination, records in parcels.items()}
        await _acknowledged([self._send_in_turn(destination, of_one) for destination, of_one in batches.items()])

    async def _send_in_turn(self, destination: Destination, batches: Iterable[Any]) -> None:
        """Nothing is sent behind a batch that has failed.

        A reader may take what follows for a sign that it has missed nothing, and pass over the failed one when it comes
        again. It costs no time: one batch of a partition is on its way at once anyhow.
        """
        for batch in batches:
            await (await self._send(destination, batch))

    async def post_together(self, destination: Destination, records: Sequence[Record]) -> None:
        """All or nothing: one transaction where the broker has them, else one record batch appended whole.

        Raises OversizeRecordError where it would not fit into one batch and cannot be one transaction.
        """
        if self._transactional_id is None:
            await self._post_as_one_batch(destination, records)
            return
        producer = self._started
        try:
            await producer.begin_transaction()
            await self.post({destination: list(records)})
            await producer.commit_transaction()
        except ProducerFenced as error:
            raise FencedError(str(error)) from error

    async def _post_as_one_batch(self, destination: Destination, records: Sequence[Record]) -> None:
        batches = list(self._batches(destination, records))
        if len(batches) > 1:
            raise OversizeRecordError(
                f"{len(records)} records for {destination.topic}/{destination.partition} must be written together, "
                f"but do not fit into one batch of {self._batch_bytes} bytes"
            )
        await _acknowledged([self._send_in_turn(destination, batches)])

    @property
    def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise RuntimeError("the producer is not started")
        return self._producer

    def _batches(self, destination: Destination, records: Iterable[Record]) -> Iterator[Any]:
        limit = self._limits.get(destination.topic)
        create, now = self._started.create_batch, now_ms()
        batch: Any = None
        append: Any = None
        for key, value, headers in records:
            if limit is not None and len(key or b"") + len(value or b"") + RECORD_OVERHEAD_BYTES > limit:
                raise OversizeRecordError(
                    f"the record with the key of hash {key_hash(key)} for {destination.topic} has "
                    f"{len(key or b'') + len(value or b'')} bytes; the topic takes {limit - RECORD_OVERHEAD_BYTES}"
                )
            if batch is None or append(timestamp=now, key=key, value=value, headers=headers) is None:
                if batch is not None:
                    yield batch
                batch = create()
                append = batch.append
                append(timestamp=now, key=key, value=value, headers=headers)  # the first one always fits
        if batch is not None:
            batch.close()
            yield batch

    async def _send(self, destination: Destination, batch: Any) -> "asyncio.Future[Any]":
        batch.close()
        self._sent.records += batch.record_count()
        self._sent.bytes += batch.size()
        while True:
            try:
                future: asyncio.Future[Any] = await self._started.send_batch(
                    batch, destination.topic, partition=destination.partition
                )
            except KafkaTimeoutError:  # the partition's queue is full while the broker is away: nothing was queued
                continue
            except ProducerFenced as error:
                raise FencedError(str(error)) from error
            return future


def key_hash(key: bytes | None) -> str:
    """Names a key in messages without telling it: keys are identifiers of people."""
    return blake2b(key or b"", digest_size=6).hexdigest()


async def _acknowledged(work: Iterable[Awaitable[None]]) -> None:
    """Wait for all of it, then raise the first error."""
    answers = await asyncio.gather(*work, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, ProducerFenced):
            raise FencedError(str(answer)) from answer
        if isinstance(answer, MessageSizeTooLargeError):
            raise OversizeRecordError(f"the broker refused a batch as too large: {answer}") from answer
        if isinstance(answer, BaseException):
            raise answer
