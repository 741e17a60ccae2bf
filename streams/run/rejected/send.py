"""Sending dead letters again, then writing down who did what: both as records, through the pipeline."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from typing import Literal, NamedTuple, TypeVar

import orjson

from streams.clock import now_ms
from streams.run.rejected.fix import changed_fields, key_of
from streams.run.rejected.letters import Letter
from streams.sources.producer import DeliveryError, Position, Producer
from streams.topology import PUBLIC, rows_topic

Action = Literal["fixed", "replayed", "discarded"]
Item = TypeVar("Item")

BATCH_LETTERS = 500
AUDIT = rows_topic("rejected_audit")


class Deed(NamedTuple):
    """What is to become of one letter; `payload`: the bytes to send, None for none."""

    letter: Letter
    payload: bytes | None


class Report(NamedTuple):
    """`done`: letters that were sent or discarded, and written down. `failed`: the others, each with why."""

    done: int
    failed: list[str]


def carry_out(
    deeds: Iterable[Deed], action: Action, *, by: str, why: str, producer: Callable[[str], Producer]
) -> Report:
    """Send and write down. `producer` makes one for a topic.

    A crash in between leaves some sent and not written down; sending those again counts once. Raises
    BrokerUnreachableError, DeliveryError where the books cannot be written.
    """
    producers: dict[str, Producer] = {}
    done = 0
    failed: list[str] = []
    try:
        for batch in _batches(deeds):
            sent = list(_sent(batch, producers, producer, failed))
            books = _made(producers, AUDIT, producer)
            for deed, position in sent:
                row = audit_row(deed, position, action, by=by, why=why, at_ms=now_ms())
                books.send_checked(f"{deed.letter.position}", orjson.dumps(row))
            books.flush()
            done += len(sent)
    finally:
        for made in producers.values():
            made.close()
    return Report(done, failed)


def audit_row(
    deed: Deed, position: Position | None, action: Action, *, by: str, why: str, at_ms: int
) -> dict[str, object]:
    """The row of `rejected_audit`. It tells fields, never values."""
    letter = deed.letter
    return {
        **letter.position._asdict(),
        "rejected_at": letter.rejected_ms / 1_000,
        "at": at_ms / 1_000,
        "action": action,
        "by": by,
        "why": why,
        "reason": letter.reason,
        "source": letter.source,
        "changes": "" if deed.payload is None else changed_fields(letter.payload, deed.payload),
        "new_topic": "" if position is None else position.topic,
        "new_partition": 0 if position is None else position.partition,
        "new_offset": 0 if position is None else position.offset,
    }


def target_of(letter: Letter) -> str:
    """Where it is sent: a touchpoint to the public topic, a row that the store refused to its row topic."""
    return letter.position.topic if letter.reason == "store_refused" else PUBLIC


def _sent(
    batch: list[Deed], producers: dict[str, Producer], make: Callable[[str], Producer], failed: list[str]
) -> Iterator[tuple[Deed, Position | None]]:
    under_way: list[tuple[Deed, Future[Position] | None]] = []
    for deed in batch:
        if deed.payload is None:
            under_way.append((deed, None))
            continue
        key = key_of(deed.payload) or str(deed.letter.position)
        sending = _made(producers, target_of(deed.letter), make)
        under_way.append((deed, sending.send_checked(key, deed.payload)))
    for sending in producers.values():
        try:
            sending.flush()
        except DeliveryError:
            continue  # each delivery says it below
    for deed, future in under_way:
        if future is None:
            yield deed, None
        elif (error := future.exception()) is not None:
            failed.append(f"{deed.letter.position}: {error}")
        else:
            yield deed, future.result()


def _made(producers: dict[str, Producer], topic: str, make: Callable[[str], Producer]) -> Producer:
    if topic not in producers:
        producers[topic] = make(topic)
    return producers[topic]


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH_LETTERS)):
        yield batch
