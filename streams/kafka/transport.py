"""Faust with one event per fetched chunk instead of one per record: its cost is per event, whatever the event is.

A chunk holds aiokafka ConsumerRecords, all of one partition, in order. Groups, assignment, agents, acks and
commits stay Faust's own: a chunk is acked once, and only acked chunks, in order and without holes, move the committed
offset. Everything Faust does not promise is marked INTERNAL; it was read in faust-streaming 0.15.3.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import aiokafka
import faust
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage, ack_lock

from streams.kafka.membership import Membership
from streams.kafka.topics import RefusedError

Records = list[aiokafka.ConsumerRecord]
OnGap = Callable[[TP, int, int], Awaitable[None]]
"""Called with (partition, next offset wanted, first offset found) before a chunk that leaves offsets out."""

LOGGER = logging.getLogger("faust.touchline")  # what Faust says through our classes belongs to Faust

LONGEST_FETCH_MS, FEWEST_FETCH_BYTES = 25, 16 << 10
"""A fetch is answered after so long or with so much: every chunk costs the broker some requests, whatever its size."""

WHILE_HELD_SECONDS = 0.05
"""How long one fetch may wait while a partition is held: it asks for the others only, so it must not wait long."""


class Fetched(NamedTuple):
    """One chunk. `start`: the offset that was to be read next, which the first record may be later than where the log
    leaves offsets out; None where nothing was committed yet."""

    start: int | None
    records: Records


def require_cython() -> None:
    """Raise RefusedError unless Faust's compiled stream is in use: the interpreted one acks events that it skips."""
    if getattr(faust.streams, "_CStreamIterator", None) is None:  # INTERNAL
        install = "pip install --only-binary faust-streaming faust-streaming"
        raise RefusedError(
            [f"Faust's compiled stream is missing, and the other one loses events: unset NO_CYTHON, and {install}"]
        )


class ChunkSchema(faust.Schema[Any, Any]):
    """Hand the chunk through untouched."""

    def compile(self, app: Any, **_: Any) -> Any:
        """INTERNAL: the coroutine that the conductor calls for each message as chan.decode(message)."""
        create_event = app.create_event  # INTERNAL

        async def decode(message: ConsumerMessage, *, propagate: bool = False) -> Any:  # noqa: ARG001 - the conductor passes it
            event = create_event(None, message.value, message.headers, message)
            message.value = None  # the event owns the records; the message lives on until its offset is committed
            return event

        return decode


class ChunkConsumerThread(driver.AIOKafkaConsumerThread):
    logger = LOGGER
    membership: Membership | None = None

    async def on_start(self) -> None:
        await super().on_start()
        if self.membership is not None:
            self.membership.follow(self._consumer)  # INTERNAL: the aiokafka consumer

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        """INTERNAL: settings that Faust fixes; aiokafka reads them when the consumer starts."""
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # what an emitting service has aborted must not count
        # One fetch at a time asks a broker for everything: a partition that was not in it waits until it is over.
        consumer._fetch_max_wait_ms = LONGEST_FETCH_MS
        consumer._fetch_min_bytes = FEWEST_FETCH_BYTES
        return consumer


class ChunkConsumer(driver.Consumer):
    """Memory is bounded by two fetches per partition and by what was handed over and not acked (see `hold`)."""

    logger = LOGGER
    longest_chunk: int
    on_gap: OnGap
    membership: Membership | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The message of every chunk handed to the stream and not yet committed, in offset order. Messages, not
        # offsets: after a rebalance the same offset may come again while its first life is still being acked.
        self._chunks: dict[TP, deque[ConsumerMessage]] = defaultdict(deque)
        self._expected: dict[TP, int] = {}
        self._held: set[TP] = set()
        self._standing: set[TP] = set()
        self._released = asyncio.Event()

    def _new_consumer_thread(self) -> ChunkConsumerThread:  # INTERNAL
        thread = ChunkConsumerThread(self, loop=self.loop, beacon=self.beacon)
        thread.membership = self.membership
        return thread

    # -- back-pressure ---------------------------------------------------------------------------

    def hold(self, tp: TP) -> None:
        """Fetch nothing more from this partition until `release`; what was fetched already still comes."""
        self._held.add(tp)

    def release(self, tp: TP) -> None:
        if tp in self._held:
            self._held.discard(tp)
            self._released.set()

    def stand(self, tp: TP, *, stands: bool) -> None:
        """The chunks of a partition that stands, because its lane waits for a person, hold up no rebalance and no end:
        whoever has the partition next reads them again."""
        (self._standing.add if stands else self._standing.discard)(tp)

    def _clean_unacked_messages(self) -> None:
        """INTERNAL: forgets what wait_empty() need not wait for."""
        super()._clean_unacked_messages()
        self._unacked_messages -= {message for message in self._unacked_messages if message.tp in self._standing}

    # -- reading ---------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Any) -> None:
        """INTERNAL: the body of the Fetcher service's only task; returns when consumer or fetcher is stopping."""

        def stopping() -> bool:
            return bool(self._stopped.is_set() or fetcher._stopped.is_set())  # INTERNAL: mode.Service._stopped

        try:
            while not stopping():
                records = await self._fetch()
                await asyncio.sleep(0)
                if not records or stopping():
                    continue
                if self.flow_active:  # INTERNAL
                    await self._deliver(records)
                else:  # a rebalance began while we fetched: forget this fetch and go back
                    await self._safe_seek()
        except self.consumer_stopped_errors:  # INTERNAL
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise

    async def _fetch(self) -> Mapping[TP, Records]:
        if not self.flow_active:
            await self.wait(self.can_resume_flow.wait())  # INTERNAL
        active = self._get_active_partitions()  # INTERNAL: assigned and not paused by a rebalance
        wanted = active - self._held
        if wanted:
            timeout = 1.0 if len(wanted) == len(active) else WHILE_HELD_SECONDS
            return await self._getmany(active_partitions=wanted, timeout=timeout)
        self._released.clear()
        await self.wait_first(self._released.wait(), timeout=0.2)  # no partition may be the one that is assigned next
        return {}

    async def _safe_seek(self) -> None:
        try:
            await self.perform_seek()
        except Exception as error:  # Faust does the same: it is tried again after the rebalance
            self.log.warning("seek while the flow is stopped: %r", error)

    async def _deliver(self, fetched: Mapping[TP, Records]) -> None:
        generation = self.app.consumer_generation_id  # INTERNAL: a stale generation must not be delivered
        for tp, records in fetched.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if tp not in self._get_active_partitions():
                continue
            expected = self._expected.get(tp)
            if expected is not None and records[0].offset < expected:  # fetched before a seek
                records = [record for record in records if record.offset >= expected]
                if not records:
                    continue
            if expected is not None and records[0].offset > expected:
                await self.on_gap(tp, expected, records[0].offset)
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            for start in range(0, len(records), self.longest_chunk):
                if not await self._hand_over(tp, records[start : start + self.longest_chunk]):
                    return

    async def _hand_over(self, tp: TP, chunk: Records) -> bool:
        if not self.flow_active:
            return False
        last = chunk[-1]
        message = self._to_message(tp, last)  # INTERNAL: a ConsumerMessage of the last record, carrying all of them
        message.key = None
        message.value = Fetched(self._expected.get(tp), chunk)  # type: ignore[assignment]  # bytes to Faust, whose own code never looks at them
        self._chunks[tp].append(message)
        # INTERNAL: callback puts the event into the agent's queue and waits while that is full; suspend_flow is set
        # when a rebalance starts, and then the callback is given up half way.
        await self.wait_first(self.callback(message), self.suspend_flow.wait())
        self._read_offset[tp] = last.offset  # INTERNAL
        self._expected[tp] = last.offset + 1
        return True

    # -- committing ------------------------------------------------------------------------------

    def _new_offset(self, tp: TP) -> int | None:
        """INTERNAL: called by commit() for each partition with acks; answers the next offset to read, or None.

        Acks arrive in _acked and _acked_index, from Consumer.ack and from the compiled stream, which does the same
        inline; they are not used here, but a key in _acked is what makes commit() ask.
        """
        chunks = self._chunks[tp]
        following = None
        with ack_lock:  # INTERNAL
            while chunks and chunks[0].acked:  # INTERNAL: set by the final ack
                following = chunks.popleft().offset + 1
            self._acked[tp].clear()
            self._acked_index[tp].clear()
        return following

    # -- rebalances ------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await super().on_partitions_revoked(revoked)
        for tp in revoked:
            self._chunks.pop(tp, None)
            self._expected.pop(tp, None)
            self.release(tp)

    async def perform_seek(self) -> None:
        """INTERNAL: sets _read_offset and _committed_offset to the committed position of every partition."""
        self._chunks.clear()  # whatever was in flight will be read again
        await super().perform_seek()
        self._expected = {tp: offset for tp, offset in self._committed_offset.items() if offset}


class NoTables(TableManager):
    """Faust gives tables a second to be declared at every start; there are none, and a restart shall be short."""

    logger = LOGGER

    async def on_start(self) -> None:
        await self._update_channels()  # INTERNAL: the rest of what it does then
        await self.recovery.start()


class ChunkApp(faust.App):
    """A Faust app whose every topic is read in chunks of at most `longest_chunk` records."""

    logger = LOGGER

    def __init__(
        self, *args: Any, longest_chunk: int, on_gap: OnGap, membership: Membership | None = None, **kwargs: Any
    ) -> None:
        chosen = {"longest_chunk": longest_chunk, "on_gap": staticmethod(on_gap), "membership": membership}
        self._chunk_consumer = type("ChunkConsumer", (ChunkConsumer,), chosen)
        super().__init__(*args, TableManager=NoTables, **kwargs)

    def _new_transport(self) -> Any:
        """INTERNAL: App.transport calls this once; Transport.Consumer is what create_consumer() builds."""
        transport = type("ChunkTransport", (driver.Transport,), {"Consumer": self._chunk_consumer})
        return transport(self.conf.broker_consumer, self)
