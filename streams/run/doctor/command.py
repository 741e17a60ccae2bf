"""`touchline doctor` as a person or a monitor calls it: examine, print, and an exit status that says how it is."""

import asyncio
import logging
import sys
from collections.abc import Callable

from rich.console import Console

from streams.kafka.arrival import reachable
from streams.kafka.standing import BROKER_ERRORS
from streams.run.app import connection_of
from streams.run.doctor.examine import Order, examine
from streams.run.doctor.findings import findings, status
from streams.run.doctor.report import as_json, show
from streams.run.settings import Settings
from streams.store.errors import StoreError
from streams.store.opening import connect

UNREACHABLE = 3
LONGEST_SECONDS = 600.0
WIDTH_ELSEWHERE = 160
"""Columns where the output is no terminal."""


def run_doctor(order: Order, settings: Settings, *, json: bool, every_hour: bool, say: Callable[[str], None]) -> int:
    """Print the report and return the exit status. Raises ValueError where the settings contradict each other."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it has to say, the report says
    connection = connection_of(settings)
    if not reachable(connection):
        say(f"no broker answers at {settings.kafka}; is it running, is TOUCHLINE_KAFKA right?")
        return UNREACHABLE
    store = connect(settings.clickhouse)
    try:
        facts = asyncio.run(asyncio.wait_for(examine(order, settings, connection, store), LONGEST_SECONDS))
    except (StoreError, *BROKER_ERRORS, asyncio.TimeoutError, TimeoutError, OSError) as error:
        say(f"cannot examine: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
        return UNREACHABLE
    except Exception as error:
        # A defect of our own. Python's status for it, 1, would tell a monitor that there are warnings.
        say(f"cannot examine, and this should not happen: {error!r}")
        return UNREACHABLE
    finally:
        store.close()
    found = findings(facts)
    if json:
        sys.stdout.buffer.write(as_json(facts, found) + b"\n")
    else:
        terminal = sys.stdout.isatty()
        console = Console(highlight=False, width=None if terminal else WIDTH_ELSEWHERE)
        show(console, facts, found, every_hour=every_hour)
    return status(found)
