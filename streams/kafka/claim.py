"""Who rebuilds: one holder at a time, named to whoever comes second, and gone soon after a crash."""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import orjson

from streams.clock import steady_seconds
from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.kafka.control import EPOCH, read_control
from streams.kafka.outgoing import NO_HEADERS, Destination, Record
from streams.kafka.producer import BatchProducer, FencedError
from streams.kafka.topics import RefusedError
from streams.topology import CONTROL

REBUILD: Final = "rebuild"
"""Key of the claim on the control topic: {host, pid, epoch, beat}. It stays after a crash, and says of which epoch."""

BEAT_SECONDS, SILENT_SECONDS = 1.5, 9.0
SETTLE_SECONDS = 0.5
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 300.0
TAKEN_OVER = "another rebuild has taken over"


class Claim:
    """Beats on the control topic while it is held. A second one with the same transactional id would shut it out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._producer = self._new_producer()
        self._one_at_a_time = asyncio.Lock()
        self._epoch, self._beat = 0, 0
        self._taken = self._released = self._broken = False
        self._host, self._pid = socket.gethostname(), os.getpid()

    async def take(self) -> int | None:
        """The epoch of a rebuild that was interrupted, None if there was none. Raises RefusedError, naming the holder.

        Whether a former holder lives is told by its beats, not by its clock; on this machine also by its process.
        """
        noted = (await read_control(self._connection)).get(REBUILD)
        if noted is not None and await self._lives(noted):
            raise RefusedError([f"a rebuild is running already: {_holder(noted)}; wait for its end, or end it"])
        self._epoch = 0 if noted is None else int(orjson.loads(noted)["epoch"])
        await self._producer.start()
        await self._write({})
        await asyncio.sleep(SETTLE_SECONDS)
        winner = (await read_control(self._connection)).get(REBUILD, "")
        if not winner or not self._is_ours(winner):
            raise RefusedError([f"another rebuild has begun at the same moment: {_holder(winner)}"])
        self._taken = True
        return self._epoch or None

    async def keep(self) -> None:
        """Beat until cancelled. Raises RefusedError where somebody else has taken over."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._write({})

    async def begin(self, epoch: int) -> None:
        """This rebuild makes that epoch."""
        self._epoch = epoch
        await self._write({})

    async def switch(self, epoch: int, facts: Mapping[str, str]) -> None:
        """From here on, that epoch is served; one stroke, together with what must not change while it is."""
        await self._write({**facts, EPOCH: str(epoch)})

    async def release(self, forgotten: Mapping[str, None]) -> None:
        """Nothing is left to do; `forgotten`: facts of topics that are gone."""
        await self._write({**forgotten, REBUILD: None})
        self._released = True

    async def stop(self) -> None:
        await self._producer.stop()

    async def _write(self, facts: Mapping[str, str | None]) -> None:
        """Waits out an outage, then looks whether somebody has taken over meanwhile."""
        async with self._one_at_a_time:
            began = steady_seconds()
            while not self._released:  # a beat that has waited for the last word must not come after it
                try:
                    await self._try_to_write(facts)
                    return
                except FencedError as error:
                    raise RefusedError([TAKEN_OVER]) from error
                except (*standing.BROKER_ERRORS, OSError, asyncio.TimeoutError, TimeoutError):
                    self._broken = True
                    if steady_seconds() - began > PATIENCE_SECONDS:
                        raise
                    await asyncio.sleep(LOOK_SECONDS)

    async def _try_to_write(self, facts: Mapping[str, str | None]) -> None:
        if self._taken and (self._broken or not self._connection.abilities.transactions):
            await self._check_that_it_is_ours()  # nobody shuts a former holder out here
        if self._broken:
            await self._start_again()
        self._beat += 1
        claim = {"host": self._host, "pid": self._pid, "epoch": self._epoch, "beat": self._beat}
        noted: dict[str, str | None] = {REBUILD: orjson.dumps(claim).decode(), **facts}
        records: list[Record] = [
            (name.encode(), None if fact is None else fact.encode(), NO_HEADERS) for name, fact in noted.items()
        ]
        await self._producer.post_together(Destination(CONTROL, 0), records)

    async def _check_that_it_is_ours(self) -> None:
        noted = (await read_control(self._connection)).get(REBUILD)
        if noted is None or not self._is_ours(noted):
            raise RefusedError([TAKEN_OVER])

    async def _start_again(self) -> None:
        """What a producer had begun when it failed is not to be finished."""
        with suppress(*standing.BROKER_ERRORS, asyncio.TimeoutError):
            await asyncio.wait_for(self._producer.stop(), SILENT_SECONDS)
        self._producer = self._new_producer()
        await self._producer.start()
        self._broken = False

    def _new_producer(self) -> BatchProducer:
        name = "touchline-rebuild" if self._connection.abilities.transactions else None
        return BatchProducer(self._connection, {}, transactional_id=name)

    async def _lives(self, noted: str) -> bool:
        known = orjson.loads(noted)
        if known["host"] == self._host and not _runs(int(known["pid"])):
            return False
        watched = steady_seconds()
        while steady_seconds() - watched < SILENT_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            now = (await read_control(self._connection)).get(REBUILD)
            if now is None:
                return False
            if now != noted:
                return True
        return False

    def _is_ours(self, noted: str) -> bool:
        known = orjson.loads(noted)
        return bool((known["host"], known["pid"]) == (self._host, self._pid))


def _holder(noted: str) -> str:
    known = orjson.loads(noted or '{"pid": "?", "host": "?"}')
    return f"process {known['pid']} on {known['host']}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
