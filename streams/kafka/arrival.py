"""Waiting for a broker that does not answer yet: one clear line now and then, no traceback, until it does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from aiokafka.errors import KafkaError
from kafka.errors import KafkaError as AdminKafkaError

from streams.kafka.connection import Connection
from streams.kafka.ending import log
from streams.kafka.topics import RefusedError
from streams.kafka.watchdog import reachable
from streams.run.clock import steady_seconds

Answer = TypeVar("Answer")

TRY_AGAIN_SECONDS, SAY_AGAIN_SECONDS = 1.0, 30.0
REFUSALS = ("Authentication", "Authorization", "UnsupportedSaslMechanism", "IllegalSaslState")


async def once_it_answers(
    connection: Connection, ask: Callable[[], Awaitable[Answer]], stop: asyncio.Event
) -> Answer | None:
    """What `ask` answers, asked again while the broker is away; None if `stop` is set before.

    Raises RefusedError where the broker answers but does not let us in: trying again would change nothing.
    """
    said = -SAY_AGAIN_SECONDS
    while not stop.is_set():
        reason = "no server takes a connection"
        try:
            if await asyncio.to_thread(reachable, connection):
                return await ask()
        except (KafkaError, AdminKafkaError, TimeoutError, OSError) as error:
            reason = type(error).__name__
            if reason.startswith(REFUSALS):
                raise RefusedError([f"Kafka at {connection.servers} refuses us: {error}"]) from error
        if steady_seconds() - said >= SAY_AGAIN_SECONDS:
            log.warning("Kafka does not answer; trying again", servers=connection.servers, reason=reason)
            said = steady_seconds()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stop.wait(), TRY_AGAIN_SECONDS)
    return None
