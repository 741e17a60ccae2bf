"""What people were told, by the estimate and by the sign, against what they then waited."""

from collections.abc import Callable
from typing import Any

import pytest

from streams.store.client import Store

Insert = Callable[..., None]
T = 1_780_000_000 // 3_600 * 3_600


def ask(store: Store, view: str, since: float = T, until: float = T + 3_600) -> list[dict[str, Any]]:
    span = (
        f"since = fromUnixTimestamp64Milli({since * 1_000:.0f}), until = fromUnixTimestamp64Milli({until * 1_000:.0f})"
    )
    answer = store.query(f"SELECT * FROM {view}({span}) ORDER BY ALL")
    return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]


@pytest.fixture
def told(insert: Insert) -> Insert:
    """One look: seconds after T, P50, P90."""

    def look(after: float, p50: float | None, p90: float | None, **more: Any) -> None:
        row = {"at": T + after, "estimate_p50_seconds": p50, "estimate_p90_seconds": p90, "estimate_samples": 7}
        insert("queue_load", row | {"estimate_method": "gamma-starts"} | more)

    return look


@pytest.fixture
def waited(insert: Insert) -> Insert:
    """One wait: seconds after T at which it began, its length."""
    count = iter(range(1_000))

    def wait(after: float, seconds: float, outcome: str = "served", **more: Any) -> None:
        ended = T + after + seconds
        row = {"identifier": f"wristband:{next(count)}", "joined_at": T + after, "wait_seconds": seconds}
        times = {"started_at": ended, "ended_at": ended + 60} if outcome == "served" else {"ended_at": ended}
        insert("stays", row | times | {"outcome": outcome} | more)

    return wait


def test_a_wait_stands_beside_the_last_look_before_it_began(store: Store, told: Insert, waited: Insert) -> None:
    told(100, 60.0, 120.0)
    told(105, 300.0, 600.0)
    told(110, 5.0, 9.0)
    waited(110, 90)  # the look at 110 counts who joins then: it is no news to them
    (row,) = ask(store, "estimate_errors")
    assert (row["estimate_p50_seconds"], row["error_seconds"], row["below_p50"], row["below_p90"]) == (300, 210, 1, 1)
    assert (row["estimate_samples"], row["estimate_method"], row["judged"]) == (7, "gamma-starts", 1)


def test_an_hour_of_a_place_has_bias_error_and_shares(store: Store, told: Insert, waited: Insert) -> None:
    told(0, 60.0, 120.0)
    for seconds in (30, 60, 100, 130):
        waited(10, seconds)
    (row,) = ask(store, "estimate_quality")
    assert (row["waits"], row["below_p50"], row["below_p90"], row["below_p90_share"]) == (4, 2, 3, 0.75)
    assert (row["bias_seconds"], row["mean_absolute_error_seconds"]) == (-20, 35)


def test_who_was_told_nothing_served_at_once_or_gave_up_is_counted_apart(
    store: Store, told: Insert, waited: Insert
) -> None:
    waited(5, 50)  # before any look
    told(10, None, None, estimate_reason="no_queue")
    waited(20, 50)
    told(30, 60.0, 120.0)
    waited(40, 0)
    waited(40, 50, "abandoned")
    waited(40 + 1_000, 50)  # the look is too old to say anything
    (row,) = ask(store, "estimate_quality")
    assert [row[name] for name in ("ended", "at_once", "not_served", "untold", "waits")] == [5, 1, 1, 3, 0]
    assert (row["below_p90_share"], row["bias_seconds"]) == (None, None)
    assert {one["estimate_reason"] for one in ask(store, "estimate_errors")} == {"no_look", "no_queue", ""}


def test_a_wait_counts_in_the_hour_in_which_it_ended_and_looks_of_other_places_say_nothing(
    store: Store, told: Insert, waited: Insert
) -> None:
    told(-700, 60.0, 120.0)
    told(-650, 1.0, 2.0, place="hotline")
    waited(-600, 700)
    waited(3_500, 200)
    (row,) = ask(store, "estimate_errors")
    assert (row["wait_seconds"], row["estimate_p50_seconds"]) == (700, 60)


@pytest.fixture
def reading(insert: Insert) -> Insert:
    count = iter(range(1_000))

    def read(after: float, kind: str, minutes: float, place: str = "ride") -> None:
        data = f'{{"minutes": {minutes}}}'
        row = {"event_id": f"r{next(count)}", "type": f"wait.{kind}", "occurred_at": T + after, "place": place}
        insert("touchpoints", row | {"data": data})

    return read


def test_the_sign_is_held_against_what_people_measured_and_what_was_measured_of_them(
    store: Store, reading: Insert, waited: Insert
) -> None:
    reading(0, "posted", 20)
    reading(600, "posted", 40)
    reading(500, "observed", 25)
    waited(700, 1_800)
    rows = ask(store, "sign_errors")
    assert [(row["origin"], row["posted_minutes"], row["error_minutes"]) for row in rows] == [
        ("observed", 20, -5),
        ("measured", 40, 10),
    ]
    (hour,) = ask(store, "sign_quality")
    assert [hour[name] for name in ("waits", "measured", "observed", "kept")] == [2, 1, 1, 1]
    assert (hour["bias_minutes"], hour["mean_absolute_error_minutes"], hour["kept_share"]) == (2.5, 7.5, 0.5)


def test_a_place_without_a_sign_an_old_sign_and_absurd_readings_have_no_row(
    store: Store, reading: Insert, waited: Insert
) -> None:
    waited(10, 60)
    reading(10, "observed", 5, "nowhere")
    reading(0, "posted", 47_897, "mad")
    reading(10, "observed", 5, "mad")
    reading(-7_200, "posted", 5, "old")
    reading(0, "observed", 5, "old")
    reading(0, "posted", 5, "good")
    reading(10, "observed", -92_918, "good")
    assert ask(store, "sign_errors") == []
    assert ask(store, "sign_quality") == []
