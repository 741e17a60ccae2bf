"""Dropping the rows of epochs that were given up; only who owns or may change the store can do it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from streams.store.client import Store
from streams.store.epochs import drop_given_up
from streams.store.errors import StoreError, StoreUnavailable

log = structlog.get_logger("touchline.sink")

TRY_AGAIN_SECONDS = 2.0


async def until_dropped(store: Store, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Returns when nothing of them is left, or when the store will not have it: they cost room, and nobody sees them.

    An outage is waited out.
    """
    while True:
        try:
            dropped = await asyncio.to_thread(drop_given_up, store)
        except StoreUnavailable:
            await pause(TRY_AGAIN_SECONDS)
        except StoreError as error:
            log.error("rows of former epochs stay: the store refuses to drop them", reason=str(error).splitlines()[0])
            return
        else:
            if dropped:
                log.info("rows of former epochs are dropped", epochs=dropped)
            return
