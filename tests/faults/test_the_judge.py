"""The judge of the other rows: satisfied where nothing was broken, and not where its eyes are tampered with."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from support.faults.bench import Bench
from support.faults.oracle import truth_of
from support.faults.verdict import Query, judge

pytestmark = pytest.mark.kafka

Rows = list[list[Any]]
VIEWS = (
    "FROM touchpoints",
    "FROM receipts",
    "FROM rejected",
    "FROM stays",
    "FROM identifiers",
    "FROM queue_load_exact",
)


def tampered(query: Query, view: str, tamper: Callable[[Rows], Rows]) -> Query:
    """`query`, but what comes out of one view is not what is in it."""

    def look(sql: str) -> Rows:
        rows = query(sql)
        return tamper(rows) if view in sql else rows

    return look


def dented(rows: Rows) -> Rows:
    """Every number behind the first column is one more than it was."""
    return [[row[0], *[value + 1 if isinstance(value, (int, float)) else value for value in row[1:]]] for row in rows]


@pytest.mark.slow
def test_row_00_without_a_fault_all_is_well_and_a_row_too_few_or_too_many_is_seen(own_bench: Bench) -> None:
    bench = own_bench
    with bench.row(0, "none", broken=0.2) as trial:
        trial.calm(8)
    road = bench.road
    truth = asyncio.run(truth_of(road.connection, road.partitions, road.places))

    def verdict(query: Query, acknowledged: dict[Any, str] = bench.acknowledged, sent: set[str] = bench.sent) -> Any:
        return judge(query, truth, acknowledged, sent, trial.reached_ms)

    assert verdict(road.query).fine
    for view in VIEWS:
        assert not verdict(tampered(road.query, view, lambda rows: rows[1:])).fine, view
    for view in ("FROM touchpoints", "FROM rejected", "FROM stays", "FROM identifiers"):
        assert verdict(tampered(road.query, view, lambda rows: [*rows, rows[0]])).doubled == 1, view
    for view in ("FROM identifiers", "FROM queue_load_exact", "FROM queue_load "):
        assert not verdict(tampered(road.query, view, dented)).fine, view
    assert verdict(road.query, {**bench.acknowledged, (0, 1 << 40): "gate:lost"}).lost > 0
    visible = next(key for key in bench.acknowledged.values() if not key.startswith("broken"))
    assert verdict(road.query, sent=bench.sent - {visible}).phantom == 1
