"""Inserting until it is stored: an outage is waited out with the same bytes, a mistake of the set-up is reported."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import structlog

from streams.clock import steady_seconds
from streams.store.client import Store
from streams.store.errors import StoreMisconfigured, StoreUnavailable, code_of

log = structlog.get_logger("touchline.sink")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 15.0
SAY_AGAIN_SECONDS = 60.0

_ERROR_NAME = re.compile(r"\(([A-Z][A-Z_]{3,})\)")


async def until_stored(
    store: Store,
    table: str,
    body: bytes,
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    notice: Callable[[str], None] = lambda _: None,
) -> None:
    """Returns when the rows are stored. Raises StoreRefused where one does not fit; anything else is tried for ever.

    The insert runs in a thread; cancelling leaves it to its end, and the same bytes may come again later. `notice` is
    told why an attempt failed, and "" once the rows are stored.
    """
    began, said, wait = steady_seconds(), -SAY_AGAIN_SECONDS, FIRST_PAUSE_SECONDS
    while True:
        try:
            await asyncio.to_thread(store.insert_rows, table, body)
        except (StoreUnavailable, StoreMisconfigured) as error:
            notice(_reason(error))
            now = steady_seconds()
            if now - said >= SAY_AGAIN_SECONDS:
                _say(table, error, waited_seconds=round(now - began))
                said = now
            await pause(wait)
            wait = min(2 * wait, LONGEST_PAUSE_SECONDS)
        else:
            notice("")
            if wait > FIRST_PAUSE_SECONDS:
                log.info("the store takes rows again", table=table, after_seconds=round(steady_seconds() - began, 1))
            return


def _say(table: str, error: StoreUnavailable | StoreMisconfigured, *, waited_seconds: int) -> None:
    """One line; nothing is lost meanwhile, since nothing is committed."""
    reason = _reason(error)
    if isinstance(error, StoreMisconfigured):
        log.error(
            "the store refuses this table; the rows wait until somebody puts that right",
            table=table,
            reason=reason,
            waited_seconds=waited_seconds,
        )
    else:
        log.warning(
            "the store does not answer; trying again", table=table, reason=reason, waited_seconds=waited_seconds
        )


def _reason(error: StoreUnavailable | StoreMisconfigured) -> str:
    """The store's words, except where they may quote a row."""
    words = str(error)
    if isinstance(error, StoreUnavailable) and code_of(words):
        name = _ERROR_NAME.findall(words)
        return f"error {code_of(words)} {name[-1] if name else ''}".strip()
    return words.splitlines()[0][:500] if words else type(error).__name__
