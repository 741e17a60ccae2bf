"""What a lane is handed: records of one partition, where they begin, and how to say that they are done with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chunk:
    """`start`: everything before this offset is done, by whomever; None where that is not known."""

    records: list[Any]
    ack: Callable[[], object]
    start: int | None = None


def leaves_out(offset: int, chunks: Iterable[Chunk]) -> bool:
    """Whether a state that is at `offset` lacks records that were done before these."""
    for chunk in chunks:
        if chunk.start is not None and chunk.start > offset + 1:
            return True
        offset = max(offset, chunk.records[-1].offset)
    return False
