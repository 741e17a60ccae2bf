"""The derived rows and the live state made anew from the stored touchpoints, while boards go on.

A new epoch is fed with what is stored, in a pipeline of its own. Then one record on the control topic lets the workers
serve it; they catch up with what came meanwhile, and only then do the views show it. Killed before the switch, all of
it is given up and begun again under a higher number; killed after it, the next rebuild finishes what is left.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from streams.clock import now_ms
from streams.kafka import cut, standing
from streams.kafka.claim import Claim
from streams.kafka.connection import Connection
from streams.kafka.ending import Failpoint
from streams.kafka.epoch_topics import epochs_on, facts_of_others, remove_epochs
from streams.kafka.outgoing import NO_HEADERS, Destination
from streams.kafka.topics import RefusedError, prepare_epoch, prepare_shared
from streams.run.patience import PATIENCE_SECONDS, patiently
from streams.run.rebuild.guarded import guarded
from streams.run.rebuild.refill import Fed, Refill
from streams.run.rebuild.starting_clock import starting_clock
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of
from streams.sources.bulk import open_lane
from streams.sources.importing import Watcher
from streams.sources.settling import StalledError, until_at_rest, until_read
from streams.store import epochs
from streams.store.client import Store
from streams.store.epochs import Epoch
from streams.store.errors import StoreRefused
from streams.topology import PUBLIC, ROW_TABLES, own_topics, rows_topic, worker_group

ROWS: Final = [Destination(rows_topic(table), 0) for table in ROW_TABLES]
EPOCHS: Final = Destination(rows_topic("epochs"), 0)
LAST_LOOKS_SECONDS: Final = 3.0
"""A query that has just asked which epoch is shown must find its rows still there."""


class Rebuilt(NamedTuple):
    """The epoch that is shown now, and what went into it; None where an earlier run had fed it."""

    epoch: int
    fed: Fed | None


@dataclass(frozen=True)
class Rebuild:
    """`forget`: also where stored touchpoints expire, so that what is derived from the expired ones goes."""

    settings: Settings
    connection: Connection
    store: Store
    watch: Watcher
    forget: bool
    failpoint: Failpoint

    async def run(self) -> Rebuilt:
        """Raises RefusedError, StalledError, RefillError, StoreError, or what the broker's client raises."""
        settings = self.settings
        await asyncio.to_thread(self.check)
        await prepare_shared(self.connection, partitions=settings.partitions, replication=settings.replication)
        claim = Claim(self.connection)
        try:
            interrupted = await claim.take()
            return await guarded(self._rebuild(claim, interrupted), claim.keep())
        finally:
            await claim.stop()

    def check(self) -> None:
        """Raise RefusedError for what a person must decide first; nothing is touched."""
        if self.settings.clock == "event" and self.settings.partitions != 1:
            raise RefusedError(["TOUCHLINE_CLOCK=event needs TOUCHLINE_PARTITIONS=1: one log, one order of time"])
        try:
            forgets = epochs.forgets(self.store)
        except StoreRefused as error:
            raise RefusedError([f"the store has no touchpoints: {error}; run `touchline migrate`"]) from error
        if forgets and not self.forget:
            raise RefusedError(
                [
                    "stored touchpoints expire here (a TTL on the table touchpoints): what is derived from those that "
                    "are gone would go, too. To accept that, give --forget"
                ]
            )

    async def _rebuild(self, claim: Claim, interrupted: int | None) -> Rebuilt:
        self.failpoint.reach("rebuild", "after_claim")
        served = await standing.current_epoch(self.connection)
        if interrupted == served and await self._is_there(served):
            self.watch.say(
                f"epoch {served} is served already, a rebuild was interrupted after the switch: finishing it"
            )
            fed, number = None, served
        else:
            number = await self._next_number(served)
            fed = await self._build(claim, served, number)
        await self._finish(claim, number)
        return Rebuilt(number, fed)

    async def _is_there(self, epoch: int) -> bool:
        counts = [await standing.partitions_of(self.connection, topic.name) for topic in own_topics(epoch)]
        return all(counts)

    async def _next_number(self, served: int) -> int:
        known = [epoch.number for epoch in await self._known()]
        return max(served, *known, *await epochs_on(self.connection)) + 1

    # -- a new epoch, which nobody serves yet ----------------------------------------------------

    async def _build(self, claim: Claim, served: int, number: int) -> Fed:
        settings, reach = self.settings, self.failpoint.reach
        await claim.begin(number)
        await self._give_up_others(served)
        reach("rebuild", "after_discard")
        await self._store_epochs([Epoch(number, now_ms())])
        reach("rebuild", "after_begin")
        facts = await patiently(partial(self._prepare, number))
        past = await patiently(
            partial(cut.note_past, self.connection, settings.partitions, served, event_clock=settings.clock == "event")
        )
        await self._until_stored(ROWS)
        reach("rebuild", "after_cut")
        fed = await Refill(settings, self.connection, self.store, number, self.watch).run(past, self.failpoint)
        await patiently(partial(self._hand_over, number, past, fed))
        reach("rebuild", "before_switch")
        await claim.switch(number, facts)
        reach("rebuild", "after_switch")
        return fed

    async def _give_up_others(self, served: int) -> None:
        """What is left of epochs that were never served: it was interrupted, and may be incomplete anywhere."""
        known = await self._known()
        kept = (served, epochs.shown(known))
        await self._drop([epoch for epoch in known if epoch.number not in kept])
        await patiently(partial(remove_epochs, self.connection, served))

    async def _prepare(self, number: int) -> dict[str, str]:
        settings = self.settings
        return await prepare_epoch(
            self.connection,
            number,
            partitions=settings.partitions,
            replication=settings.replication,
            fingerprint=pseudonymiser_of(settings).fingerprint,
        )

    async def _hand_over(self, number: int, past: cut.Past, fed: Fed) -> None:
        """Workers begin at the cut with the log of touchpoints, and behind what is folded with the others."""
        logs = standing.own_logs(self.settings.partitions, number)
        offsets = await standing.ends(self.connection, logs)
        offsets |= {Destination(PUBLIC, at.partition): at.offset for at in past.cuts}
        await cut.begin_at(self.connection, worker_group(number), offsets)
        if self.settings.clock == "event":
            clock = await asyncio.to_thread(starting_clock, self.settings, self.store, past, fed.watermark, number)
            await cut.write_clock(self.connection, number, clock)

    # -- an epoch that is served -----------------------------------------------------------------

    async def _finish(self, claim: Claim, number: int) -> None:
        """Show it once its workers have caught up, and only then let go of what was shown before."""
        reach = self.failpoint.reach
        self.watch.say(f"epoch {number} is served from now on; its workers catch up with what came meanwhile")
        await self._until_caught_up(number)
        reach("rebuild", "before_finish")
        (begun,) = [epoch for epoch in await self._known() if epoch.number == number]
        if begun.finished_ms is None:
            await self._store_epochs([begun._replace(finished_ms=now_ms())])
        reach("rebuild", "after_finish")
        await asyncio.sleep(LAST_LOOKS_SECONDS)
        await self._drop([epoch for epoch in await self._known() if epoch.number != number])
        reach("rebuild", "after_drop")
        await patiently(partial(remove_epochs, self.connection, number))
        reach("rebuild", "after_removal")
        await claim.release(await patiently(partial(facts_of_others, self.connection, number)))

    async def _known(self) -> list[Epoch]:
        return await patiently(partial(asyncio.to_thread, epochs.known, self.store))

    # -- waiting ---------------------------------------------------------------------------------

    async def _drop(self, over: Sequence[Epoch]) -> None:
        """Again also where it was said before: rows that were on their way then may have come since."""
        await self._store_epochs([epoch._replace(dropped_ms=epoch.dropped_ms or now_ms()) for epoch in over])

    async def _store_epochs(self, changed: Sequence[Epoch]) -> None:
        async def send() -> None:
            async with open_lane(self.connection, *EPOCHS) as lane:
                await lane.send([(None, epoch.row(), NO_HEADERS) for epoch in changed])

        if changed:
            await patiently(send)
            await self._until_stored([EPOCHS])

    async def _until_caught_up(self, number: int) -> None:
        inputs = standing.inputs(self.settings.partitions, number)
        try:
            watch = partial(self.watch.at, "following")
            await patiently(partial(until_at_rest, self.connection, inputs, PATIENCE_SECONDS, watch))
        except StalledError:
            raise StalledError(
                f"epoch {number} is served, but its workers or the sink do not move on: start `touchline worker` and "
                "`touchline sink`, then this again, which finishes the rebuild"
            ) from None

    async def _until_stored(self, rows: Sequence[Destination]) -> None:
        try:
            inputs = {standing.SINK_GROUP: rows}
            await patiently(partial(until_read, self.connection, inputs, PATIENCE_SECONDS))
        except StalledError:
            raise StalledError(
                "rows wait to be stored, and nobody stores them: start `touchline sink`, then this again"
            ) from None
