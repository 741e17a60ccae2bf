"""`touchline rebuild` as a person sees it: how far it is, what came of it, what it says no with."""

import asyncio
from typing import Final

from rich.console import Console

from streams.kafka.ending import failpoint
from streams.kafka.quiet import make_quiet
from streams.kafka.topics import RefusedError
from streams.run.app import connection_of
from streams.run.patience import OUTAGES
from streams.run.rebuild.refill import RefillError
from streams.run.rebuild.steps import Rebuild, Rebuilt
from streams.run.settings import Settings
from streams.sources.progress import Shown
from streams.sources.settling import StalledError
from streams.store.errors import StoreError
from streams.store.opening import connect

REFUSALS: Final = (RefusedError, ValueError)
"""Trying again changes nothing before a person has changed something."""

FAILURES: Final = (RefillError, StalledError, StoreError, *OUTAGES)
"""A later try goes on, or begins again: nothing is lost."""


def rebuild(settings: Settings, console: Console, *, forget: bool) -> Rebuilt:
    """Rebuild and say how it goes. Raises what REFUSALS and FAILURES list."""
    store = connect(settings.clickhouse)
    connection = connection_of(settings)
    make_quiet(connection.servers)
    try:
        with Shown(console) as shown:
            rebuilt = asyncio.run(Rebuild(settings, connection, store, shown, forget, failpoint()).run())
    finally:
        store.close()
    if rebuilt.fed is not None:
        console.print(f"{rebuilt.fed.count:,} stored touchpoints went through the stages again")
    if rebuilt.fed is not None and rebuilt.fed.refused:
        console.print(f"{rebuilt.fed.refused:,} of them are refused by the contract of today", style="red")
    console.print(f"epoch {rebuilt.epoch} is shown")
    return rebuilt
