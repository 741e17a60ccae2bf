"""Asking again while broker or store are away: what takes hours must not end with an outage of seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from streams.clock import steady_seconds
from streams.kafka import standing
from streams.store.errors import StoreUnavailable

Answer = TypeVar("Answer")

PATIENCE_SECONDS: Final = 300.0
TRY_AGAIN_SECONDS: Final = 1.0
OUTAGES: Final = (*standing.BROKER_ERRORS, StoreUnavailable, OSError, asyncio.TimeoutError, TimeoutError)


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """What `ask` answers, which may be asked any number of times; raises what it ran into after PATIENCE_SECONDS."""
    began = steady_seconds()
    while True:
        try:
            return await ask()
        except OUTAGES:
            if steady_seconds() - began > PATIENCE_SECONDS:
                raise
            await asyncio.sleep(TRY_AGAIN_SECONDS)
