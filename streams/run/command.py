"""What every command of a person shares: the settings, a line for what is wrong, and the end."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from streams.kafka.ending import REFUSED
from streams.run.settings import Settings
from streams.topology import PUBLIC

if TYPE_CHECKING:
    from streams.sources.producer import Producer
    from streams.store.client import Store

console = Console(stderr=True, highlight=False)


def producer(topic: str = PUBLIC) -> "Producer":
    """The typed producer, as the settings say. Raises BrokerUnreachableError."""
    return producer_of(settings(), topic)


def producer_of(chosen: Settings, topic: str = PUBLIC, *, delivery_seconds: float = 120.0) -> "Producer":
    """The same for settings that were read already. Raises BrokerUnreachableError."""
    from streams.sources.producer import Producer

    password = chosen.kafka_password
    return Producer(
        chosen.kafka,
        topic=topic,
        idempotent=chosen.broker != "embedded",
        max_block_seconds=min(15.0, delivery_seconds),
        delivery_seconds=delivery_seconds,
        username=chosen.kafka_username,
        password=None if password is None else password.get_secret_value(),
        mechanism=chosen.kafka_mechanism,
        tls=chosen.with_tls,
        ca_file=None if chosen.kafka_ca is None else str(chosen.kafka_ca),
    )


def settings() -> Settings:
    """The settings, or one line per wrong one and the end."""
    try:
        return Settings()
    except ValidationError as error:
        for wrong in error.errors():
            name = "_".join(str(part) for part in wrong["loc"]).upper()
            console.print(f"TOUCHLINE_{name}: {wrong['msg']}")
        raise typer.Exit(2) from None


@contextmanager
def opened(chosen: Settings) -> "Iterator[Store]":
    """The store for one command; what it says no with ends the command with a line."""
    from streams.store.errors import StoreError
    from streams.store.opening import connect

    store = connect(chosen.clickhouse)
    try:
        yield store
    except StoreError as error:
        fail(str(error).splitlines()[0])
    finally:
        store.close()


def require_broker(chosen: Settings) -> None:
    """For commands that do one thing and end: without a broker, a line and the end."""
    from streams.kafka.arrival import reachable
    from streams.run.app import connection_of

    try:
        if reachable(connection_of(chosen)):
            return
    except ValueError as error:
        fail(str(error), REFUSED)
    fail(f"no broker answers at {chosen.kafka}; is it running, is TOUCHLINE_KAFKA right?")


def account() -> str:
    """Of this process on this machine, for the books; a container may know its number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def fail(message: str, status: int = 2) -> NoReturn:
    """One clear line, no traceback."""
    console.print(message, style="bold red", markup=False)
    raise typer.Exit(status)
