"""Feeding an epoch with what is stored: validate here, stitch and load in a process of their own."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import orjson

from schemas.internal import Farewell, Watermark
from streams.clock import steady_seconds
from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.kafka.cut import Past
from streams.kafka.ending import Failpoint
from streams.kafka.epoch import EpochProducer
from streams.kafka.outgoing import NO_HEADERS, Parcels, Record, add_to_all, address
from streams.outbox import Outbox
from streams.run.patience import OUTAGES, PATIENCE_SECONDS, patiently
from streams.run.rebuild.guarded import guarded
from streams.run.settings import Settings, child_environment
from streams.run.supervisor import Child, Supervisor
from streams.run.worker import pseudonymiser_of
from streams.sources.importing import Watcher
from streams.sources.settling import StalledError, until_at_rest
from streams.sources.stored import StoredRecord, commands, records, spans
from streams.store.client import Store
from streams.topology import EVENTS, SAID_BEFORE, physical, refill_group, topics
from streams.validate.state import ValidateState
from streams.validate.step import step

BATCH: Final = 4_000
MOST_AHEAD: Final = 60_000
"""Messages that may wait for stitch: what lies in the log costs room, and the progress shown would be a lie."""

LOOK_SECONDS: Final = 0.5
HANG_UP_SECONDS: Final = 5.0
FEEDER: Final = -1
"""Our number among validate's partitions: no partition of a log has it."""
SENDER: Final = f"validate/{FEEDER}"


class RefillError(Exception):
    """The process that keeps the state cannot go on; the message has its last words."""


@dataclass(frozen=True)
class Fed:
    """`count`: touchpoints; `refused`: those that the contract no longer takes. `watermark`: ms, what time it is."""

    count: int
    refused: int
    watermark: int | None


class Refill:
    """Everything that is stored below the cuts, through the stages of an epoch that nobody serves yet."""

    def __init__(self, settings: Settings, connection: Connection, store: Store, epoch: int, watch: Watcher) -> None:
        self._settings, self._connection, self._store, self._epoch = settings, connection, store, epoch
        self._watch = watch
        self._supervisor = Supervisor(watch.say)
        self._counts = {topic.name: settings.partitions if topic.partitioned else 1 for topic in topics()}
        self._sent = self._asked = 0
        self._producer: EpochProducer | None = None

    async def run(self, past: Past, failpoint: Failpoint) -> Fed:
        """Returns when the state of the epoch is made and nobody writes it any more.

        Raises RefillError, StalledError, StoreError, or what the broker's client raises.
        """
        log = _log_folder(self._settings) / "refill.log"
        command = [sys.executable, "-m", "streams.run.cli", "refill", str(self._epoch)]
        self._supervisor.add(Child("refill", command, log, child_environment()))
        try:
            return await guarded(self._fed_and_settled(past, failpoint), self._tend())
        finally:
            await asyncio.to_thread(self._supervisor.stop)

    async def _tend(self) -> None:
        while self._supervisor.watch():
            await asyncio.sleep(LOOK_SECONDS)
        raise RefillError(self._supervisor.ended)

    async def _fed_and_settled(self, past: Past, failpoint: Failpoint) -> Fed:
        try:
            fed = await self._feed(past, failpoint)
        finally:
            await self._hang_up()
        failpoint.reach("rebuild", "after_feeding")
        inputs = {refill_group(self._epoch): standing.own_logs(self._settings.partitions, self._epoch)}
        watch = partial(self._watch.at, "settling")
        await patiently(partial(until_at_rest, self._connection, inputs, PATIENCE_SECONDS, watch))
        return fed

    # -- what is stored ------------------------------------------------------------------

    async def _feed(self, past: Past, failpoint: Failpoint) -> Fed:
        settings = self._settings
        state = ValidateState(
            FEEDER,
            pseudonymiser=pseudonymiser_of(settings),
            clock="event",
            currency=settings.currency,
            epoch=self._epoch,
        )
        done = refused = ordered = 0
        watermark: int | None = None
        async for batch, total in self._batches(past):
            out = Outbox()
            for record in batch:
                state.begin(record.offset)
                step(state, record, out)
            state.settle()
            refused += len(out.rows.get("rejected", ()))
            ordered += len(out.rows.get("identity_commands", ()))
            watermark = _not_after(state.watermark, past.waits_ms)
            await self._say(out, watermark)
            done += len(batch)
            self._watch.at("feeding", done, total)
            failpoint.reach("rebuild", "while_feeding")
        farewell: Farewell = {"k": "bye", "f": SENDER}
        await self._tell_all((SENDER.encode(), orjson.dumps(farewell), NO_HEADERS))
        return Fed(done - ordered, refused, watermark)

    async def _batches(self, past: Past) -> AsyncIterator[tuple[Sequence[StoredRecord], int]]:
        """Commands, then touchpoints in order of time, each batch with the number of all."""
        ordered = await patiently(partial(asyncio.to_thread, commands, self._store, past.cuts))
        wanted = await patiently(partial(asyncio.to_thread, spans, self._store, past.cuts))
        first = len(ordered)
        total = first + sum(span.rows for span in wanted)
        for start in range(0, first, BATCH):
            yield ordered[start : start + BATCH], total
        for span in wanted:
            found = await patiently(partial(asyncio.to_thread, records, self._store, span, past.cuts, first))
            first += len(found)
            for start in range(0, len(found), BATCH):
                yield found[start : start + BATCH], total

    async def _say(self, out: Outbox, watermark: int | None) -> None:
        parcels = address(out.messages, self._counts)
        if watermark is not None:
            heard: Watermark = {"k": "wm", "f": SENDER, "t": watermark}
            record = (SENDER.encode(), orjson.dumps(heard), NO_HEADERS)
            add_to_all(parcels, EVENTS, self._settings.partitions, record)
        await patiently(partial(self._post, parcels))
        self._sent += sum(len(said) for (topic, _), said in parcels.items() if topic == EVENTS)
        await self._until_near()

    async def _tell_all(self, record: Record) -> None:
        parcels = address([], self._counts)
        add_to_all(parcels, EVENTS, self._settings.partitions, record)
        await patiently(partial(self._post, parcels))

    async def _post(self, parcels: Parcels) -> None:
        """What it has to say twice after an outage, stitch knows by its number."""
        if self._producer is None:
            limits = {topic.name: topic.max_message_bytes for topic in topics(self._epoch)}
            producer = EpochProducer(self._connection, limits, self._epoch, SAID_BEFORE)
            await producer.start()
            self._producer = producer
        try:
            await self._producer.post(parcels)
        except BaseException:
            await self._hang_up()
            raise

    async def _hang_up(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(*OUTAGES):
                await asyncio.wait_for(producer.stop(), HANG_UP_SECONDS)

    async def _until_near(self) -> None:
        """Wait while too much waits for stitch. Raises StalledError where it stands still."""
        if self._sent - self._asked < MOST_AHEAD:
            return
        least, moved = self._sent, steady_seconds()
        while (ahead := self._sent - await self._read_by_stitch()) >= MOST_AHEAD:
            if ahead < least:
                least, moved = ahead, steady_seconds()
            if steady_seconds() - moved > PATIENCE_SECONDS:
                raise StalledError(f"{ahead:,} records have waited for stitch for {PATIENCE_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)
        self._asked = self._sent - ahead

    async def _read_by_stitch(self) -> int:
        committed = await patiently(partial(standing.committed, self._connection, refill_group(self._epoch)))
        return sum(offset for log, offset in committed.items() if log.topic == physical(EVENTS, self._epoch))


def _not_after(watermark: int | None, latest: int | None) -> int | None:
    return watermark if watermark is None or latest is None else min(watermark, latest)


def _log_folder(settings: Settings) -> Path:
    """Beside the logs of the other parts, where there is such a folder."""
    kept = settings.data_dir / "logs"
    return kept if kept.exists() else Path(tempfile.gettempdir()) / "touchline-logs"
