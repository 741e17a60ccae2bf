"""A changelog of stitch with very many identifiers, written as a worker writes it, without doing all of its work."""

from collections.abc import Iterator
from types import SimpleNamespace

import orjson

from schemas.place import Places
from streams.kafka.changelog import records_of
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination
from streams.kafka.producer import BatchProducer
from streams.outbox import Outbox
from streams.stitch.state import StitchState
from streams.stitch.step import step
from streams.topology import changelog

LOG = Destination(changelog("stitch"), 0)
HOUR_MS = 3_600_000
START_MS = 1_790_049_600_000
KEYS_PER_WRITE = 20_000


def new_state() -> StitchState:
    lasting = {"lateness_ms": HOUR_MS, "window_ms": 26 * HOUR_MS}
    return StitchState(0, epoch=1, senders=1, places=Places(()), **lasting, currency="EUR")


def key_of(number: int) -> str:
    return f"cookie:{number:032x}" if number % 4 else f"wristband:band-{number}"


def touches(number: int) -> list[tuple[str, str | None]]:
    """(type, place) of what one identifier did: three of four browse, one of four stands in a line."""
    if number % 4:
        return [("page.viewed", None)] * 3
    return [("queue.joined", f"ride-{number % 40}"), ("service.started", f"ride-{number % 40}")]


def filled(keys: int) -> Iterator[StitchState]:
    """A state with the changes of one write, and the next, until all keys were in one of them."""
    state, offset = new_state(), 0
    for number in range(keys):
        key, at = key_of(number).encode(), START_MS + number * HOUR_MS // keys
        for kind, place in touches(number):
            touch = {"k": "touch", "h": 1, "t": at + offset % 1_000, "s": "web", "e": f"e{offset}", "c": "web"}
            touch |= {"o": ["touchpoints", 0, offset, 0, at, f"{offset:016x}"], "y": kind, "i": {}, "p": place, "d": {}}
            state.begin(offset)
            step(state, SimpleNamespace(key=key, value=orjson.dumps(touch), timestamp=0, offset=offset), Outbox())
            offset += 1
        if number % KEYS_PER_WRITE == KEYS_PER_WRITE - 1 or number == keys - 1:
            yield state
            position, state = state.position(), new_state()
            state.resume(position)


async def write(connection: Connection, keys: int) -> None:
    producer = BatchProducer(connection, {}, transactional_id="many keys")
    await producer.start()
    for state in filled(keys):
        await producer.post_together(LOG, records_of(state))
    await producer.stop()
