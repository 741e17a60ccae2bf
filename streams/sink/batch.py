"""What goes into the store in one insert: records of one row topic, frozen before the first attempt."""

from functools import cached_property
from typing import NamedTuple

MAX_BATCH_BYTES = 8 << 20
"""A batch is closed at about this size; a larger record is a batch of its own."""


class RowRecord(NamedTuple):
    """One record of a row topic: JSON objects, one a line. `timestamp`: append time in ms since 1970 UTC."""

    offset: int
    timestamp: int
    value: bytes


class Line(NamedTuple):
    """One row within its record, counted from 1."""

    record: RowRecord
    number: int
    text: bytes


class Batch:
    """Frozen: every attempt sends the same bytes, and the offset to commit is known beforehand."""

    def __init__(self, table: str, topic: str, records: tuple[RowRecord, ...]) -> None:
        self.table, self.topic, self.records = table, topic, records

    @property
    def next_offset(self) -> int:
        return self.records[-1].offset + 1

    @cached_property
    def body(self) -> bytes:
        return b"\n".join([record.value for record in self.records])

    def lines(self) -> list[Line]:
        return [
            Line(record, number, text)
            for record in self.records
            for number, text in enumerate(record.value.split(b"\n"), 1)
            if text.strip()
        ]


class Buffer:
    """Records that wait for their insert, in the order of the log. Bounded by whoever stops adding when it is full."""

    def __init__(self) -> None:
        self._records: list[RowRecord] = []
        self.size = 0

    def __bool__(self) -> bool:
        return bool(self._records)

    @property
    def full(self) -> bool:
        """A batch is complete, so there is nothing to wait for."""
        return self.size >= MAX_BATCH_BYTES

    @property
    def full_batches(self) -> int:
        return self.size // MAX_BATCH_BYTES

    @property
    def oldest_ms(self) -> int | None:
        return self._records[0].timestamp if self._records else None

    def add(self, records: list[RowRecord]) -> None:
        self._records += records
        self.size += sum(len(record.value) for record in records)

    def take(self) -> tuple[RowRecord, ...]:
        """The oldest records, up to about MAX_BATCH_BYTES and at least one."""
        size, count = 0, 0
        for record in self._records:
            size, count = size + len(record.value), count + 1
            if size >= MAX_BATCH_BYTES:
                break
        taken, self._records = tuple(self._records[:count]), self._records[count:]
        self.size -= size
        return taken

    def clear(self) -> None:
        self._records, self.size = [], 0
