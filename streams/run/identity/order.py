"""A command about people on its way: checked as validate will check it, sent, and waited for."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Final

import orjson

from schemas.touchpoint.identifiers import STRENGTH
from schemas.touchpoint.reasons import Defect
from streams.clock import steady_seconds
from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.run.app import connection_of
from streams.run.settings import Settings
from streams.sources.producer import DeliveryError, Producer
from streams.sources.settling import StalledError
from streams.sources.settling import until_at_rest as settled
from streams.validate.command import Command, Kind, read_command
from streams.validate.marker import COMMAND_HEADER
from streams.validate.pseudonym import LEAST_KEY_BYTES, Pseudonymiser

PATIENCE_SECONDS: Final = 60.0
FORESEEN_SECONDS: Final = 20.0
LOOK_AGAIN_SECONDS: Final = 0.2


class RefusedError(ValueError):
    """Nothing was sent; the message names what is wrong and the fix."""


class NotSeenError(OSError):
    """It was sent, and whether everybody has followed it is not known."""


def new_command(kind: Kind, a: str, b: str, who: str, why: str, pseudonymiser: Pseudonymiser | None) -> Command:
    """The weaker of the two is held by the stronger, in whichever order they were typed. Raises RefusedError."""
    weak, strong = sorted((a, b), key=lambda one: -STRENGTH.index(one.partition(":")[0]))
    command = Command(uuid.uuid4().hex, kind, weak, strong, who, why)
    judge = pseudonymiser or Pseudonymiser(bytes(LEAST_KEY_BYTES))
    found = read_command(value_of(command), judge)
    if isinstance(found, Defect):
        raise RefusedError(found.detail)
    return found


def value_of(command: Command) -> bytes:
    return orjson.dumps(command._asdict())


def carry_out(command: Command, producer: Callable[[], Producer]) -> None:
    """Send it; returns once the broker has it. Raises OSError: BrokerUnreachableError, NotSeenError."""
    # One pair meets in one partition, so that of two commands about it the later stands.
    with producer() as sending:
        delivery = sending.send_checked(f"{command.weak}|{command.strong}", value_of(command), (COMMAND_HEADER,))
        try:
            sending.flush()
        except DeliveryError as error:
            raise NotSeenError(f"the command was not delivered: {error}") from error
    delivery.result()


def until_seen(settings: Settings, command: Command, seen: Callable[[], bool]) -> None:
    """Return once rows show it. `seen` asks the store whether they show what was foreseen; where they never do,
    because something else changes them too, it is over when nothing is on its way any more. Raises NotSeenError.
    """
    deadline = steady_seconds() + FORESEEN_SECONDS
    while steady_seconds() < deadline:
        if seen():
            return
        time.sleep(LOOK_AGAIN_SECONDS)
    until_at_rest(settings, command)


def until_at_rest(settings: Settings, command: Command) -> None:
    """Return once nothing that the command has set off is on its way any more. Raises NotSeenError."""
    try:
        asyncio.run(_until_at_rest(connection_of(settings), settings.partitions))
    except StalledError as error:
        raise NotSeenError(f"command {command.command} is sent and stands; {error}") from error


async def _until_at_rest(connection: Connection, partitions: int) -> None:
    epoch = await standing.current_epoch(connection)
    await settled(connection, standing.inputs(partitions, epoch), PATIENCE_SECONDS)
