"""Holds a partition where too many of its records are refused: a whole release is no dead letter, a person decides."""

import asyncio
from collections.abc import Callable, Mapping
from typing import NamedTuple

import orjson
from aiokafka.errors import KafkaError

from streams.clock import steady_seconds
from streams.kafka.connection import Connection
from streams.kafka.control import read_control
from streams.kafka.ending import log
from streams.refusals import Judged, RefusalWindow, leading_causes

LOOK_SECONDS = 2.0
SAY_AGAIN_SECONDS = 60.0


class TooManyRefusedError(Exception):
    """What was folded must not be said yet: `words` says which records are refused and how many of all."""

    def __init__(self, words: str, offset: int) -> None:
        super().__init__(words)
        self.words, self.offset = words, offset


class Resumption(NamedTuple):
    """Somebody accepts the dead letters of one partition: of the records before `through`, and of what goes on."""

    through: int
    by: str
    at_ms: int

    def encode(self) -> bytes:
        return orjson.dumps(self._asdict())


def resume_key(topic: str, partition: int) -> str:
    """Where the control topic holds the last resumption."""
    return f"resume:{topic}/{partition}"


class Gate:
    """One lane's; without a window it is always open. `paused`: the reason while it waits for a person, else ''."""

    def __init__(self, window: RefusalWindow | None, connection: Connection, topic: str, partition: int) -> None:
        self.paused = ""
        self._window = RefusalWindow(limit=0.0) if window is None else window
        self._connection = connection
        self._topic, self._partition = topic, partition
        self._key = resume_key(topic, partition)

    def weigh(self, rows: Mapping[str, list[bytes]], offset: int) -> None:
        """Look at what is about to be said; `offset` is the last one in it. Raises TooManyRefusedError."""
        share = self._window.exceeded_by(_judged(rows))
        if share is not None:
            causes = leading_causes(rows["rejected"])
            words = f"{share:.0%} of the last touchpoints are refused (limit {self._window.limit:.0%}): {causes}"
            raise TooManyRefusedError(words, offset)

    def passed(self, rows: Mapping[str, list[bytes]]) -> None:
        """It was said."""
        self._window.note(_judged(rows))

    async def wait(self, refused: TooManyRefusedError, progress: Callable[[], None]) -> None:
        """Return when somebody lets them through; says once a minute what it waits for. Nothing is lost meanwhile."""
        known = await self._resumption(progress)
        latest = known
        self.paused, said = refused.words, -SAY_AGAIN_SECONDS
        while latest == known and (known is None or known.through <= refused.offset):
            if steady_seconds() - said >= SAY_AGAIN_SECONDS:
                said = steady_seconds()
                log.error(
                    "paused before dead-lettering a release: start a worker that accepts it, or let it through by "
                    f"`touchline rejected resume --partition {self._partition}`",
                    topic=self._topic, partition=self._partition, offset=refused.offset, why=refused.words,
                )  # fmt: skip
            progress()
            await asyncio.sleep(LOOK_SECONDS)
            latest = await self._resumption(progress)
        self._window.open, self.paused = True, ""
        if latest is not None:
            log.warning(
                "resumed: dead letters are accepted", topic=self._topic, partition=self._partition, by=latest.by
            )

    async def _resumption(self, progress: Callable[[], None]) -> Resumption | None:
        """The last one; an outage is waited out."""
        while True:
            try:
                noted = (await read_control(self._connection)).get(self._key)
            except (KafkaError, OSError, asyncio.TimeoutError):
                progress()
                await asyncio.sleep(LOOK_SECONDS)
            else:
                return None if noted is None else Resumption(**orjson.loads(noted))


def _judged(rows: Mapping[str, list[bytes]]) -> Judged:
    refused = len(rows.get("rejected", ()))
    return Judged(refused + len(rows.get("touchpoints", ())), refused)
