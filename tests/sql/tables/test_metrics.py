"""Every number that is shown is defined, and its definition runs."""

from collections.abc import Callable
from time import time

import pytest

from schemas.metrics import METRICS, Metric
from streams.store.client import Store


def test_the_store_holds_the_definitions(store: Store) -> None:
    rows = store.query("SELECT name, unit, counting_unit, formula, sql FROM metrics ORDER BY name").rows
    assert rows == sorted(tuple(metric) for metric in METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_definition_runs_on_a_store_without_rows(store: Store, metric: Metric) -> None:
    assert store.query(metric.sql).names[-1] == "value"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_definition_says_what_it_counts(metric: Metric) -> None:
    assert all((metric.name, metric.unit, metric.counting_unit, metric.formula))


NUMBERS = {
    "customers": 3,
    "customers_identified_share": 2 / 3,
    "customers_returning_share": 1 / 3,
    "customer_value_mean": 20.0,
    "visits": 2,
    "visits_open": 1,
    "visit_length_mean_seconds": 90.0,
    "touchpoints_per_visit": 3.0,
    "visits_across_channels_share": 0.5,
    "wait_per_visit_mean_seconds": 30.0,
    "identity_conflicts_open": 1,
    "identifiers_blocked": 1,
}
"""Of the people below."""


@pytest.fixture
def people(insert: Callable[..., None]) -> None:
    customer = {"audiences": ["customer"]}
    insert("customers", {**customer, "is_returning": 1, "amount": "60"}, {**customer, "customer": "customer:2"})
    insert("customers", {**customer, "customer": "cookie:1"}, {"customer": "customer:3", "audiences": ["staff"]})
    day = 86_400.0
    insert("visits", {"started_at": 2 * day, "ended_at": 2 * day, "covers_until": 2 * day + 1_800, "touchpoints": 1})
    late = {"started_at": 2 * day + 60, "ended_at": 2 * day + 240, "covers_until": 2 * day + 2_040, "touchpoints": 5}
    insert("visits", {**late, "customer": "customer:2", "channels": ["app", "web"], "wait_seconds": 60.0})
    insert("visits", {"started_at": 3_600.0, "touchpoints": 99})
    insert("pipeline", {"stage": "stitch", "at": time(), "watermark": 2 * day + 1_900, "partition": 0})
    insert("identity_links", {"status": "conflict"}, {"identifier": "device:1", "holder": "", "status": "blocked"})
    insert("identity_ledger", {"change": "conflict", "other": "customer:9", "after": "customer:1"})


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_people_are_what_their_definitions_say(store: Store, people: None, name: str) -> None:
    (metric,) = (metric for metric in METRICS if metric.name == name)
    assert float(store.query(metric.sql).rows[0][-1]) == pytest.approx(NUMBERS[name])


STAFF = {
    "servers_required": {"few": 5, "many": 5, "unknown": None},
    "servers_missing": {"few": 2, "many": 0, "unknown": None},
    "servers_spare": {"few": 0, "many": 3, "unknown": None},
    "offered_erlangs": {"few": 2.0, "many": 2.0, "unknown": 2.0},
    "wait_expected_with_staff_seconds": {"few": 40.0, "many": 40.0, "unknown": 40.0},
}
"""Of the queues below: `long_ago` was not looked at in the last 15 min."""


@pytest.mark.parametrize("name", STAFF)
def test_numbers_of_staff_are_what_their_definitions_say(store: Store, insert: Callable[..., None], name: str) -> None:
    row = {"at": 9_000.0, "arrivals": 30, "service_seconds": 60.0, "expected_wait_seconds": 40.0, "servers_required": 5}
    insert("staffing", {**row, "place": "few", "servers": 9, "at": 8_990.0}, {**row, "place": "few", "servers": 3})
    insert("staffing", {**row, "place": "many", "servers": 8}, {**row, "place": "long_ago", "at": 8_000.0})
    insert("staffing", {**row, "place": "unknown", "servers": 3, "servers_required": None})
    metric = next(metric for metric in METRICS if metric.name == name)

    assert dict(store.query(metric.sql).rows) == STAFF[name]
