"""Staff at each queue: who lacks servers first, and in words where nobody can say."""

from typing import Any

import pytest
from support.engine import Engine


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    engine.clear()


@pytest.fixture
def staff(engine: Engine, now_ms: int) -> Any:
    def insert(place: str, before: float, servers: int | None, required: int | None, **columns: Any) -> None:
        row = {"place": place, "at": now_ms / 1_000 - before, "state": "open", "epoch": 1, "version": 1}
        engine.insert("staffing_all", [row | {"servers": servers, "servers_required": required} | columns])

    return insert


def test_the_most_missing_come_first_and_the_unknown_last(staff: Any, ask: Any) -> None:
    staff("enough", 5, 3, 3)
    staff("spare", 5, 5, 3)
    staff("one", 5, 2, 3)
    staff("two", 5, 1, 3)
    staff("shut", 5, 3, None, reason="closed")
    staff("quiet", 5, 3, None, reason="too_few_arrivals")
    staff("nobody said", 5, None, 4)

    assert [(row["place"], row["said"], row["missing"]) for row in ask("staffing")] == [
        ("two", "2 missing", 2),
        ("one", "1 missing", 1),
        ("enough", "enough", 0),
        ("spare", "2 to spare", 0),
        ("nobody said", "servers not known", None),
        ("quiet", "too few arrivals", None),
        ("shut", "closed", None),
    ]


def test_the_last_word_of_the_last_quarter_of_an_hour_counts(staff: Any, ask: Any) -> None:
    staff("desk", 60, 1, 9)
    staff("desk", 5, 2, 3)
    staff("silent", 901, 1, 9)

    assert [(row["place"], row["servers"], row["servers_required"]) for row in ask("staffing")] == [("desk", 2, 3)]


def test_patience_is_shown_where_it_was_used(staff: Any, ask: Any) -> None:
    staff("few", 5, 1, 1, abandons=2, patience_seconds=50.0)
    staff("many", 5, 1, 1, abandons=3, patience_seconds=40.0)

    assert {row["place"]: row["patience_seconds"] for row in ask("staffing")} == {"few": None, "many": 40.0}
