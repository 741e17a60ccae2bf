"""Open places by walk + expected wait, in SQL."""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta, timezone
from typing import Any

import pytest

from schemas.place import Place, Places
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect

Insert = Callable[..., None]
NORTH_100_M = 0.000898
"""Degrees of latitude; places stand in a row to the north of (50, 8)."""
NOON = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
AT = NOON.timestamp()


def till(name: str, hundreds: float, **more: Any) -> Place:
    return Place(id=name, kind="checkout", lat=50 + hundreds * NORTH_100_M, lon=8, **more)


PLACES = Places(
    (
        till("near", 1, servers=2),
        till("far", 5, servers=2),
        till("morning", 1, opens=time(8), closes=time(12)),
        till("soon", 5.5, opens=time(12, 5), servers=1),
        till("night", 2, opens=time(18), closes=time(2)),
        till("tokyo", 2, opens=time(20), closes=time(23), timezone="Asia/Tokyo"),
        Place(id="somewhere", kind="checkout"),
        Place(id="info", kind="desk", lat=50, lon=8, servers=1),
    )
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = connect(f"chdb://{tmp_path_factory.mktemp('store')}")
    migrate(opened, PLACES, walking_speed=1.25)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def known(insert: Insert, empty: None) -> None:
    """It is noon."""
    now = datetime.now(timezone.utc).timestamp()
    insert("pipeline", {"stage": "load", "partition": 0, "at": now, "watermark": AT})


@pytest.fixture
def seen(insert: Insert) -> Callable[..., None]:
    def snapshot(place: str, ago: float = 5, **columns: Any) -> None:
        insert("queue_load", {"place": place, "at": AT - ago, "state": "open", **columns})

    return snapshot


def busy(p50: float, p90: float, **more: Any) -> dict[str, Any]:
    found = {"waiting": 3, "being_served": 2, "estimate_method": "gamma-starts", "estimate_samples": 9}
    return {**found, "estimate_p50_seconds": p50, "estimate_p90_seconds": p90, **more}


def ask(store: Store, kind: str = "checkout", place: str = "info", lat: str = "NULL", lon: str = "NULL") -> Any:
    answer = store.query(f"SELECT * FROM nearest(kind = '{kind}', place = '{place}', lat = {lat}, lon = {lon})")
    return [dict(zip(answer.names, row, strict=True)) for row in answer.rows]


def order(store: Store, **asked: str) -> list[str]:
    return [row["place"] for row in ask(store, **asked)]


def test_a_longer_walk_to_a_shorter_line_comes_first(store: Store, seen: Callable[..., None]) -> None:
    """100 m at 1.25 m/s are 80 s, 500 m are 400 s."""
    seen("near", **busy(600, 900))
    seen("far", **busy(60, 120))
    far, near = ask(store)[:2]
    assert (far["place"], near["place"]) == ("far", "near")
    assert far["walk_seconds"] == pytest.approx(400, rel=0.01)
    assert far["total_seconds"] == pytest.approx(far["walk_seconds"] + 60)
    assert near["total_p90_seconds"] == pytest.approx(near["walk_seconds"] + 900)
    assert (near["wait_method"], near["wait_samples"], near["wait_reason"]) == ("gamma-starts", 9, "")


def test_unknown_waits_are_null_with_a_reason_and_come_last_by_their_walk(
    store: Store, seen: Callable[..., None]
) -> None:
    seen("near", waiting=2, being_served=2, estimate_reason="too_few_starts")
    seen("far", **busy(3_600, 4_000))
    rows = {row["place"]: row for row in ask(store)}
    assert list(rows)[:2] == ["far", "near"]
    assert (rows["near"]["wait_p50_seconds"], rows["near"]["total_seconds"]) == (None, None)
    assert rows["near"]["wait_reason"] == "too_few_starts"
    assert rows["soon"]["wait_reason"] == "no_snapshot"


def test_where_nobody_waits_and_a_server_is_free_the_wait_is_0(store: Store, seen: Callable[..., None]) -> None:
    seen("near", waiting=0, being_served=1, servers=2, estimate_reason="no_queue")
    seen("far", waiting=0, being_served=2, servers=2, estimate_reason="no_queue")
    rows = {row["place"]: row for row in ask(store)}
    assert (rows["near"]["wait_p50_seconds"], rows["near"]["wait_method"]) == (0, "free-server")
    assert (rows["far"]["wait_p50_seconds"], rows["far"]["wait_reason"]) == (None, "no_queue")


@pytest.mark.parametrize("state", ["closed", "paused"])
def test_a_place_that_is_said_to_be_closed_is_not_there(store: Store, seen: Callable[..., None], state: str) -> None:
    seen("near", **busy(60, 90))
    seen("near", 0, waiting=0, state=state, estimate_reason=state)
    assert "near" not in order(store)
    (row,) = store.query("SELECT state, wait_reason FROM place_now WHERE place = 'near'").rows
    assert row == (state, state)


def test_hours_count_when_one_gets_there_in_the_time_of_the_place(store: Store) -> None:
    """At noon: the morning is over, the night not begun, Tokyo at nine in the evening; five past is 352 s away."""
    found = order(store)
    assert {"near", "far", "soon", "tokyo"} == set(found)
    assert "soon" not in order(store, place="", lat=str(50 + 4 * NORTH_100_M), lon="8")


def test_news_that_are_older_than_they_can_be_give_no_wait(store: Store, seen: Callable[..., None]) -> None:
    seen("near", 1_200, **busy(60, 90))
    seen("far", 1_200, waiting=0, being_served=0, servers=0, estimate_p50_seconds=60.0)
    rows = {row["place"]: row["wait_reason"] for row in ask(store)}
    assert (rows["near"], rows["far"]) == ("no_news", "too_few_starts")


def test_it_is_said_up_to_when_and_how_far_behind(store: Store, seen: Callable[..., None]) -> None:
    seen("near", **busy(60, 90))
    row = next(row for row in ask(store) if row["place"] == "near")
    assert (row["as_of"], row["snapshot_at"]) == (NOON, NOON - timedelta(seconds=5))
    assert row["behind_seconds"] == pytest.approx((datetime.now(timezone.utc) - NOON).total_seconds(), abs=30)


def test_every_kind_or_one_and_only_what_has_coordinates(store: Store) -> None:
    assert order(store, kind="desk") == ["info"]
    assert {"info", "near"} < set(order(store, kind=""))
    assert "somewhere" not in order(store)


def test_from_a_place_that_is_nowhere_nothing_is_near(store: Store) -> None:
    assert order(store, place="somewhere") == order(store, place="moon") == []
