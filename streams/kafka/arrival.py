"""Waiting for a broker that does not answer: one clear line now and then, no traceback, until it does."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError
from kafka.errors import KafkaError as AdminKafkaError

from streams.clock import steady_seconds
from streams.kafka.connection import Connection
from streams.kafka.ending import log
from streams.kafka.topics import RefusedError

Answer = TypeVar("Answer")

TRY_AGAIN_SECONDS, SAY_AGAIN_SECONDS = 1.0, 30.0
REFUSALS = ("AuthenticationFailed", "AuthorizationFailed", "UnsupportedSaslMechanism", "IllegalSaslState")


class Outage:
    """What everybody in this process notices of an outage, said once."""

    def __init__(self, servers: str = "", clock: Callable[[], float] = steady_seconds) -> None:
        self._servers, self._clock = servers, clock
        self._began: float | None = None
        self._said = 0.0
        self.reason = ""
        self.count = 0

    def notice(self, reason: str) -> None:
        """Say that the broker is away, unless that was said in the last SAY_AGAIN_SECONDS."""
        now, self.reason = self._clock(), reason
        if self._began is None:
            self._began = now
            self.count += 1
        elif now - self._said < SAY_AGAIN_SECONDS:
            return
        self._said = now
        log.warning("Kafka does not answer; trying again", servers=self._servers, reason=reason)

    @property
    def lasts(self) -> bool:
        return self._began is not None

    def over(self) -> None:
        """The broker has answered."""
        if self._began is not None:
            log.info("Kafka answers again", servers=self._servers, seconds=round(self._clock() - self._began, 1))
            self._began = None


def passes(error: BaseException) -> bool:
    """True for what trying again may heal."""
    return isinstance(error, (KafkaConnectionError, KafkaTimeoutError)) or (
        isinstance(error, KafkaError) and bool(error.retriable)
    )


async def once_it_answers(
    connection: Connection, ask: Callable[[], Awaitable[Answer]], stop: asyncio.Event, outage: Outage | None = None
) -> Answer | None:
    """What `ask` answers, asked again while the broker is away; None if `stop` is set before.

    Raises RefusedError where the broker answers but does not let us in: trying again would change nothing.
    """
    outage = outage or Outage(connection.servers)
    while not stop.is_set():
        reason = "no server takes a connection"
        try:
            if await asyncio.to_thread(reachable, connection):
                answer = await ask()
                outage.over()
                return answer
        except (KafkaError, AdminKafkaError, asyncio.TimeoutError, TimeoutError, OSError) as error:
            reason = str(error) or type(error).__name__
            # aiokafka says only in its log that it was turned away; the log's filter tells the outage
            if any(sign in text for sign in REFUSALS for text in (type(error).__name__, outage.reason)):
                raise RefusedError([f"Kafka at {connection.servers} refuses us: {outage.reason or error}"]) from error
        outage.notice(reason)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stop.wait(), TRY_AGAIN_SECONDS)
    return None


def reachable(connection: Connection, timeout_seconds: float = 3.0) -> bool:
    """True if any of the servers takes a connection."""
    for address in connection.addresses:
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_seconds).close()
        except OSError:
            continue
        return True
    return False
