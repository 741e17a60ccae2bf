"""Answers of the store become JSON that a browser can draw and CSV that a spreadsheet opens safely."""

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
import pytest

from dashboards.page.answers import as_csv, payload


class Table(NamedTuple):
    names: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


def one(value: Any) -> Table:
    return Table(["x"], ["String"], [(value,)])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (0, 0),
        (True, True),
        ("Ärger", "Ärger"),
        (1.23456789, 1.2346),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("12.50"), 12.5),
        (datetime(2026, 1, 1, 0, 0, 1, 500_000, tzinfo=timezone.utc), 1_767_225_601_500),
        (datetime(2026, 1, 1, 0, 0, 1, 500_000), 1_767_225_601_500),  # noqa: DTZ001 - as some clients give it
        (date(2026, 1, 1), "2026-01-01"),
        (["a"], "['a']"),
    ],
)
def test_values_become_json(value: Any, written: Any) -> None:
    assert orjson.loads(payload(one(value))) == {"names": ["x"], "rows": [[written]]}


def test_csv_has_a_header_and_times_in_utc() -> None:
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc)
    table = Table(["time", "value"], ["", ""], [(moment, None), (moment, 'a "b", c')])
    assert as_csv(table) == 'time,value\r\n2026-01-01T00:00:00.000Z,\r\n2026-01-01T00:00:00.000Z,"a ""b"", c"\r\n'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_text_that_looks_like_a_formula_is_disarmed(text: str) -> None:
    assert f"'{text}" in as_csv(one(text))


def test_a_negative_number_stays_a_number() -> None:
    assert as_csv(one(-5)) == "x\r\n-5\r\n"
