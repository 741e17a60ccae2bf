"""`touchline import` as a person sees it: the road's settings, a progress bar, the account as a table."""

import asyncio

from rich.console import Console

from streams.kafka.topics import RefusedError
from streams.run.app import connection_of
from streams.run.settings import Settings
from streams.sources.importing import ImportRefusedError, ImportStalledError, Order, Outcome, import_files
from streams.sources.progress import Shown
from streams.store.errors import StoreError
from streams.store.opening import connect


def refusals() -> tuple[type[Exception], ...]:
    """What an import says no with: a line for people, no traceback."""
    return (ImportRefusedError, ImportStalledError, StoreError, RefusedError, OSError, ValueError)


def import_into(order: Order, settings: Settings, console: Console) -> Outcome:
    """Import and print what became of it. Raises what `refusals` lists."""
    store = connect(settings.clickhouse)
    try:
        with Shown(console) as shown:
            outcome = asyncio.run(import_files(order, connection_of(settings), store, shown))
    finally:
        store.close()
    console.print(f"import {outcome.name}: {outcome.sent:,} lines sent" + (
        f", {outcome.before:,} before" if outcome.before else ""
    ))  # fmt: skip
    if outcome.too_large:
        console.print(f"{outcome.too_large:,} lines are too long to be sent", style="red")
    if outcome.account is not None:
        console.print(outcome.account.table())
    return outcome
