"""Answers of the store as the JSON that the browser draws from, and as CSV for people."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Protocol

import orjson


class Answer(Protocol):
    """What a query gives: one name and one ClickHouse type per column, rows of Python values."""

    @property
    def names(self) -> Sequence[str]: ...
    @property
    def types(self) -> Sequence[str]: ...
    @property
    def rows(self) -> Sequence[Sequence[Any]]: ...


def payload(answer: Answer) -> bytes:
    """Names and rows; times are milliseconds since 1970 UTC, unknown numbers null, decimals numbers."""
    rows = [[_plain(value) for value in row] for row in answer.rows]
    return orjson.dumps({"names": list(answer.names), "rows": rows})


def as_csv(answer: Answer) -> str:
    """RFC 4180 with a header line; times in UTC as RFC 3339.

    A text that a spreadsheet would take for a formula gets an apostrophe in front: names come from events.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(answer.names)
    writer.writerows([_cell(value) for value in row] for row in answer.rows)
    return text.getvalue()


def _plain(value: Any) -> Any:
    match value:
        case bool() | None | int() | str():
            return value
        case float():
            return round(value, 4)
        case datetime():
            return round(_utc(value).timestamp() * 1_000)
        case Decimal():
            return float(value)
        case _:
            return str(value)


def _cell(value: Any) -> Any:
    match value:
        case datetime():
            return _utc(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case str() if value[:1] in ("=", "+", "-", "@", "\t", "\r"):
            return "'" + value
        case _:
            return value


def _utc(moment: datetime) -> datetime:
    """The store speaks UTC; some clients leave the zone out."""
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
