"""The durable side of one partition's state: its changelog's only writer, and the way back from it after a start."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from streams.clock import steady_seconds
from streams.kafka.changelog import records_of
from streams.kafka.connection import Connection
from streams.kafka.ending import log
from streams.kafka.outgoing import Destination
from streams.kafka.producer import BatchProducer
from streams.kafka.recovery import recover
from streams.numbers import Sent
from streams.partition import Partition
from streams.topology import Stage, changelog, transactional_id

ONE_BATCH_BYTES = 256 << 20
"""Where a broker has no transactions, a write of any size must be one batch."""

FAREWELL_SECONDS = 5.0
RENEWED_AT_ONCE = 10_000


class Keeper:
    """Loading shuts out whoever wrote before; after `drop`, it may be loaded anew."""

    def __init__(
        self,
        stage: Stage,
        number: int,
        connection: Connection,
        limits: Mapping[str, int],
        written: Sent,
        epoch: int = 1,
    ) -> None:
        """`written`: where to count what goes to the changelog."""
        self._stage, self._number, self._epoch = stage, number, epoch
        self._connection, self._limits = connection, limits
        self._destination = Destination(changelog(stage.name, epoch), number)
        self._writer: BatchProducer | None = None
        self._written = written

    async def load(self, state: Partition[Any], progress: Callable[[], None]) -> None:
        """Fill an empty state with what was last written."""
        began = steady_seconds()
        self._writer = self._new_writer()
        await self._writer.start()
        records, outdated = await recover(self._connection, *self._destination, state, progress)
        seconds = round(steady_seconds() - began, 2)
        where = {"stage": self._stage.name, "partition": self._number, "offset": state.offset}
        log.info("state loaded", **where, records=records, entries=len(state.entries), seconds=seconds)
        gc.freeze()  # what was loaded stays: no need to search it for garbage again
        await self._renew(state, outdated, progress)

    async def _renew(self, state: Partition[Any], outdated: list[str], progress: Callable[[], None]) -> None:
        """Write what still has a predecessor's format in ours, bit by bit: the next release may not read it."""
        for start in range(0, len(outdated), RENEWED_AT_ONCE):
            state.changes = {key: state.entries[key] for key in outdated[start : start + RENEWED_AT_ONCE]}
            await self.write(state)
            state.settle()
            progress()
        if outdated:
            where = {"stage": self._stage.name, "partition": self._number}
            log.info("state written in a newer format", **where, format=state.FORMAT.hex(), entries=len(outdated))

    async def write(self, state: Partition[Any]) -> None:
        """Make changes and position durable in one stroke; `state` must not change before this returns."""
        if self._writer is None:
            raise RuntimeError("the state was not loaded")
        await self._writer.post_together(self._destination, records_of(state))

    async def drop(self) -> None:
        """Disconnect. Whatever was begun and not finished is undone by whoever loads next."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(asyncio.TimeoutError):  # the broker may be away, and there is nothing to wait for
                await asyncio.wait_for(writer.stop(), FAREWELL_SECONDS)

    def _new_writer(self) -> BatchProducer:
        if self._connection.abilities.transactions:
            name = transactional_id(self._stage.name, self._number, self._epoch)
            return BatchProducer(self._connection, self._limits, transactional_id=name, sent=self._written)
        return BatchProducer(self._connection, self._limits, batch_bytes=ONE_BATCH_BYTES, sent=self._written)
