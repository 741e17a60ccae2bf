"""Finds the rows that the store refuses: a refused batch is halved until each part is stored or is a single row."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson

from schemas.rejection import rejected_row
from streams.sink.batch import Line
from streams.store.errors import StoreRefused

StoreLines = Callable[[Sequence[Line]], Awaitable[None]]
"""Returns when the lines are stored, however long that takes; raises StoreRefused where one of them does not fit."""

_COLUMN = re.compile(r"while reading the value of key `?(\w+)`?")
_ENGINE_PREFIX = re.compile(r"^.*?DB::(?:Parsing)?Exception: ", re.DOTALL)
_LONGEST_DETAIL = 1_000


class Refusal(NamedTuple):
    line: Line
    error: StoreRefused


async def store_all_but_refused(lines: Sequence[Line], store: StoreLines) -> list[Refusal]:
    """Store every line that fits; returns the others, in order. One bad row among n costs about 2 log2(n) inserts."""
    if not lines:
        return []
    try:
        await store(lines)
    except StoreRefused as error:
        if len(lines) == 1:
            return [Refusal(lines[0], error)]
        middle = len(lines) // 2
        left = await store_all_but_refused(lines[:middle], store)
        return left + await store_all_but_refused(lines[middle:], store)
    return []


def dead_letter(topic: str, refusal: Refusal) -> dict[str, Any]:
    """The refused row as a row of `rejected`, the same however often it is refused."""
    line, message = refusal.line, refusal.error.message
    return rejected_row(
        "store_refused",
        refused_column(refusal.error),
        _ENGINE_PREFIX.sub("", message)[:_LONGEST_DETAIL],
        topic=topic,
        partition=0,
        offset=line.record.offset,
        rejected_at_ms=line.record.timestamp,
        source=_source(line.text),
        payload=line.text,
        row=str(line.number),
    )


def refused_column(error: StoreRefused) -> str:
    """The column whose value does not fit, '' where the store does not say."""
    column = _COLUMN.search(error.message)
    return column[1] if column else ""


def _source(text: bytes) -> str:
    """The emitting service, where the row still tells it."""
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ""
    source = row.get("source") if isinstance(row, dict) else None
    return source if isinstance(source, str) else ""
