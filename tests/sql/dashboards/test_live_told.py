"""Was it true what people were told: the two tables of *Live operations*."""

from typing import Any

import pytest
from support.engine import Engine


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    engine.clear()


@pytest.fixture
def told(engine: Engine, now_ms: int) -> Any:
    """Somebody was told so at `place` and waited `seconds`."""
    count = iter(range(1_000))

    def insert(place: str, p50: float, p90: float, *waits: float) -> None:
        at = now_ms / 1_000 - 3_600
        look = {"place": place, "at": at, "estimate_p50_seconds": p50, "estimate_p90_seconds": p90}
        engine.insert("queue_load_all", [look | {"epoch": 1, "version": 1}])
        stays = [
            {"place": place, "identifier": f"token:{next(count)}", "joined_at": at + 1, "started_at": at + 1 + seconds}
            | {"wait_seconds": seconds, "kind": "queue", "epoch": 1, "version": 1}
            for seconds in waits
        ]
        engine.insert("stays_all", stays)

    return insert


def test_all_places_come_first_then_the_one_whose_p90_is_furthest_off(told: Any, ask: Any) -> None:
    told("true", 60, 120, *range(21, 121, 10), *range(20, 110, 10), 130)  # 19 of 20
    told("false", 60, 120, 100, 200, 300, 400)
    rows = ask("told_and_waited")
    assert [(row["place"], row["waits"], row["said"]) for row in rows] == [
        ("", 24, "90 % asked, 83 % true"),
        ("false", 4, "90 % asked, 25 % true"),
        ("true", 20, "90 % asked, 95 % true"),
    ]
    assert rows[1]["bias_minutes"] == pytest.approx((60 - 250) / 60)
    assert rows[1]["mean_absolute_error_seconds"] == 190


def test_a_chosen_place_stands_alone_and_a_place_where_nobody_waited_is_not_there(told: Any, ask: Any) -> None:
    told("true", 60, 120, 50)
    told("false", 60, 120, 200)
    told("empty", 60, 120)
    assert [(row["place"], row["waits"]) for row in ask("told_and_waited", place=["true"])] == [("", 1), ("true", 1)]


def test_a_sign_that_promises_too_little_has_a_bias_below_zero(
    told: Any, ask: Any, engine: Engine, now_ms: int
) -> None:
    told("ride", 60, 120, 1_200)
    told("without a sign", 60, 120, 1_200)
    sign = {"source": "s", "event_id": "1", "type": "wait.posted", "place": "ride", "data": '{"minutes": 15}'}
    engine.insert("touchpoints", [sign | {"occurred_at": now_ms / 1_000 - 4_000}])
    (row,) = ask("signs")
    assert (row["place"], row["waits"], row["bias_minutes"], row["kept_share"]) == ("ride", 1, -5, 0)
    assert (row["posted_seconds"], row["wait_seconds"]) == (900, 1_200)
