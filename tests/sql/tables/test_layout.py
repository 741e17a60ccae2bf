"""The row layout as data and the tables as the engine describes them say the same."""

import pytest

from schemas.rows import ROWS, RowTable
from streams.store.client import Store
from streams.store.engines import harm_of
from streams.topology import ROW_TABLES

MORE = {"visits": ["open"], "staffing": ["spare", "verdict", "erlangs"]}
"""Columns that a view makes of others."""


def test_every_row_topic_has_a_table() -> None:
    assert tuple(ROWS) == ROW_TABLES


@pytest.mark.parametrize("table", ROWS.values(), ids=ROWS)
def test_columns_and_types_are_those_of_the_table(store: Store, table: RowTable) -> None:
    described = store.query(f"DESCRIBE TABLE {table.stored_in}").rows
    assert {row[0]: row[1] for row in described} == table.columns


@pytest.mark.parametrize("table", ROWS.values(), ids=ROWS)
def test_the_key_is_the_sorting_key_and_the_highest_version_stands(store: Store, table: RowTable) -> None:
    sql = (
        "SELECT sorting_key, engine_full FROM system.tables WHERE database = currentDatabase() AND name = {name:String}"
    )
    ((key, engine),) = store.query(sql, {"name": table.stored_in}).rows
    assert key == ", ".join(table.key)
    versioned = engine.startswith("ReplacingMergeTree(version")
    assert versioned == table.versioned


@pytest.mark.parametrize("table", [t for t in ROWS.values() if t.stored_in != t.name], ids=lambda t: t.name)
def test_a_public_view_shows_the_columns_of_its_table_with_their_comments(store: Store, table: RowTable) -> None:
    columns = "SELECT name, type, comment FROM system.columns WHERE database = currentDatabase() AND table = {t:String}"
    public = store.query(columns, {"t": table.name}).rows
    stored = store.query(columns, {"t": table.stored_in}).rows
    wanted = [row for row in stored if row[0] != "is_deleted"]
    assert public[: len(wanted)] == wanted
    assert [row[0] for row in public[len(wanted) :]] == MORE.get(table.name, [])


def test_every_table_and_column_has_a_comment(store: Store) -> None:
    columns = "SELECT table, name FROM system.columns WHERE database = currentDatabase() AND comment = ''"
    undocumented = [row for row in store.query(columns).rows if row[0] != "receipts_fill"]
    assert undocumented == []
    assert store.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''").rows == []


def test_a_repeated_insert_harms_no_table(store: Store) -> None:
    sql = "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    tables = store.query(sql).rows
    assert len(tables) > 10
    assert [harm for name, full in tables if (harm := harm_of(name, full))] == []


def test_rows_of_derived_tables_of_different_epochs_share_no_part(store: Store) -> None:
    tables = "system.tables WHERE database = currentDatabase() AND name LIKE '%_all'"
    sql = f"SELECT name, partition_key, sorting_key FROM {tables}"
    for _, partition, key in store.query(sql).rows:
        assert "epoch" in partition
        assert key.startswith("epoch, ")


def test_only_what_is_about_the_machinery_expires(store: Store) -> None:
    sql = (
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine_full LIKE '% TTL %' ORDER BY name"
    )
    assert [name for (name,) in store.query(sql).rows] == ["pipeline", "receipts", "rejected"]
