"""Any row that a stage may write comes back from the store as it was."""

from datetime import datetime
from decimal import Decimal
from time import time
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.rows import ROWS, RowTable
from streams.store.client import Store

MILLISECONDS = st.integers(631_152_000_000, 4_102_444_800_000)  # 1990 to 2100
NOW = round(time() * 1000)
RECENT = st.integers(0, 3_600_000).map(lambda age: (NOW - age) / 1000)
EXPIRES = {"rejected": ("rejected_at",), "pipeline": ("at",)}
"""Rows older than some days are gone as soon as they are written."""
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
UNSIGNED = {"UInt8": 8, "UInt16": 16, "UInt32": 32, "UInt64": 64}


def values(kind: str) -> st.SearchStrategy[Any]:
    """Values of a column as they travel in JSON."""
    if kind.startswith("Nullable("):
        return st.none() | values(kind[9:-1])
    if kind.startswith("LowCardinality("):
        return values(kind[15:-1])
    if kind.startswith("Map(String, "):
        return st.dictionaries(TEXTS, values(kind[12:-1]), max_size=3)
    if kind.startswith("Array("):
        return st.lists(values(kind[6:-1]), max_size=3)
    if kind.startswith("Decimal("):
        return st.decimals(-(10**13), 10**13, places=4).map(str)
    if kind.startswith("DateTime64"):
        return MILLISECONDS.map(lambda ms: ms / 1000)
    if kind in UNSIGNED:
        return st.integers(0, 2 ** UNSIGNED[kind] - 1)
    simple = {
        "String": TEXTS,
        "Int64": st.integers(-(2**63), 2**63 - 1),
        "Float64": st.floats(allow_nan=False, width=32),
    }
    return simple[kind].filter(lambda value: value not in (float("inf"), float("-inf")))


def as_read(value: Any, kind: str) -> Any:
    """What the store's answer must hold for a value that was sent."""
    if value is None:
        return None
    if "Map(" in kind:
        return {key: as_read(inner, kind[12:-1]) for key, inner in value.items()}
    if "DateTime64" in kind:
        return round(value * 1000)
    return Decimal(value) if "Decimal" in kind else value


def read(value: Any) -> Any:
    return round(value.timestamp() * 1000) if isinstance(value, datetime) else value


@pytest.mark.parametrize("table", ROWS.values(), ids=ROWS)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_row_comes_back_as_it_was(store: Store, table: RowTable, data: st.DataObject) -> None:
    row = {name: data.draw(values(kind), label=name) for name, kind in table.columns.items()}
    row |= {name: data.draw(RECENT) for name in EXPIRES.get(table.name, ())}
    if "is_deleted" in row:
        row["is_deleted"] = 0
    store.command(f"TRUNCATE TABLE {table.stored_in}")
    store.insert_rows(table.stored_in, orjson.dumps(row))
    columns = ", ".join(f"`{name}`" for name in table.columns)
    (stored,) = store.query(f"SELECT {columns} FROM {table.stored_in}", settings={"final": 0}).rows
    sent = {name: as_read(row[name], kind) for name, kind in table.columns.items()}
    assert dict(zip(table.columns, map(read, stored), strict=True)) == sent
