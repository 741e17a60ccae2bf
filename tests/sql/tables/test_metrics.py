"""Every number that is shown is defined, and its definition runs."""

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
