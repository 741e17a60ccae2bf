"""`GET /v1/nearest` as a service asks it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.http_ask import Answer, ask

from schemas.place import Place, Places
from streams.store.migrate import migrate

PLACES = Places(
    (
        Place(id="gate", name="Main gate", kind="queue", lat=50, lon=8),
        Place(id="kiosk", name="Ice kiosk", kind="checkout", lat=50.001, lon=8, servers=2),
        Place(id="grill", name="Grill", kind="checkout", lat=50.005, lon=8, servers=2),
        Place(id="bar", kind="checkout", lat=50.0001, lon=8),
        Place(id="cellar", kind="checkout"),
    )
)


@pytest.fixture(scope="module")
def resort(served: Any) -> Iterator[Any]:
    """A line of 15 minutes at the kiosk, none at the grill, a bar that nobody has heard of for a day."""
    served.engine.clear()
    migrate(served.engine.store, PLACES)
    served.report()
    estimate = {"estimate_p50_seconds": 900.0, "estimate_p90_seconds": 1_200.0, "estimate_samples": 12}
    served.snapshot("kiosk", waiting=9, being_served=2, estimate_method="gamma-starts", **estimate)
    served.snapshot("grill", waiting=0, being_served=1, servers=2, estimate_reason="no_queue")
    yield served
    served.engine.clear()


def get(resort: Any, **asked: str) -> Answer:
    return ask(resort.port, method="GET", path="/v1/nearest", **asked)


def found(resort: Any, **asked: str) -> dict[str, Any]:
    answer = get(resort, **asked)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    body: dict[str, Any] = json.loads(answer.body)
    return body


def test_the_shortest_total_time_comes_first_and_unknown_waits_last(resort: Any) -> None:
    places = found(resort, kind="checkout", place="gate")["places"]
    assert [place["place"] for place in places] == ["grill", "kiosk", "bar"]
    grill, kiosk, bar = places
    assert (grill["wait_p50_seconds"], grill["wait_method"]) == (0, "free-server")
    assert kiosk["total_seconds"] == pytest.approx(kiosk["walk_seconds"] + 900, abs=0.11)
    assert (bar["wait_p50_seconds"], bar["total_seconds"], bar["wait_reason"]) == (None, None, "no_snapshot")


def test_an_answer_says_from_where_how_fast_as_of_when_and_what_its_numbers_mean(resort: Any) -> None:
    answer = found(resort, kind="checkout", place="gate")
    assert answer["from"] == {"place": "gate", "lat": 50, "lon": 8}
    assert answer["walking_metres_per_second"] == 1.1
    assert (answer["stale"], answer["declared_places"], answer["without_coordinates"]) == (False, 4, 1)
    assert answer["as_of"].endswith("Z")
    numbers = {name for name in answer["places"][0] if name.endswith("_seconds")} - {"total_p90_seconds"}
    assert numbers <= answer["definitions"].keys()


def test_from_coordinates_of_every_kind_so_many_as_asked_for(resort: Any) -> None:
    answer = found(resort, lat="50.005", lon="8", limit="2")
    assert answer["places"][0]["place"] == "grill"
    assert len(answer["places"]) == 2
    assert (answer["kind"], answer["declared_places"]) == (None, 5)


def test_a_kind_of_which_there_is_none_is_an_empty_answer_with_its_time(resort: Any) -> None:
    answer = found(resort, kind="parking", lat="50", lon="8")
    assert (answer["places"], answer["declared_places"]) == ([], 0)
    assert answer["as_of"] is not None


def test_figures_that_lie_behind_are_called_stale(resort: Any) -> None:
    resort.report(behind_ms=120_000)
    try:
        answer = found(resort, place="gate")
    finally:
        resort.engine.store.command("TRUNCATE TABLE pipeline")
    assert answer["stale"] is True
    assert answer["behind_seconds"] >= 120
    unknown = found(resort, place="gate")
    assert (unknown["as_of"], unknown["behind_seconds"], unknown["stale"]) == (None, None, True)
    resort.report()


@pytest.mark.parametrize(
    ("asked", "status", "field", "said"),
    [
        ({}, 400, "place", "missing"),
        ({"place": "moon"}, 404, "place", "no place 'moon'"),
        ({"place": "cellar"}, 400, "place", "no lat and lon in places.json"),
        ({"place": "gate", "lat": "50"}, 400, "place", "not both"),
        ({"lat": "50"}, 400, "lon", "number of degrees"),
        ({"lat": "91", "lon": "8"}, 400, "lat", "from -90 to 90"),
        ({"lat": "nan", "lon": "8"}, 400, "lat", "number of degrees"),
        ({"place": "gate", "kind": "pub"}, 400, "kind", "write one of queue"),
        ({"place": "gate", "limit": "0"}, 400, "limit", "from 1 to 100"),
        ({"place": "gate", "limit": "²"}, 400, "limit", "from 1 to 100"),
        ({"plcae": "gate"}, 400, "plcae", "known are kind, lat"),
    ],
)
def test_a_wrong_question_names_the_field_and_the_fix(
    resort: Any, asked: dict[str, str], status: int, field: str, said: str
) -> None:
    answer = get(resort, **asked)
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["field"]) == (status, field)
    assert said in error["message"]


def test_a_store_that_is_away_is_said(resort: Any) -> None:
    resort.away = "gone for lunch"
    try:
        answer = get(resort, place="gate")
    finally:
        resort.away = ""
    assert answer.status == 503
    assert "gone for lunch" in json.loads(answer.body)["error"]["message"]
