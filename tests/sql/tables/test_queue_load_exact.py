"""The view that sweeps over stays counts what an instant-by-instant oracle counts."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.sweep_oracle import Curve, curves

from streams.store.client import Store

Insert = Callable[..., None]
VIEW = "SELECT place, toUnixTimestamp64Milli(at) / 1000, waiting, being_served, present FROM queue_load_exact "


@st.composite
def stay(draw: st.DrawFn) -> dict[str, Any]:
    joined = draw(st.integers(100, 120))
    kind = draw(st.sampled_from(("queue", "presence")))
    started = draw(st.none() | st.integers(joined, 125)) if kind == "queue" else None
    ended = draw(st.none() | st.integers(started or joined, 130))
    return {
        "place": draw(st.sampled_from(("ride", "till"))),
        "kind": kind,
        "identifier": draw(st.sampled_from(("wristband:1", "wristband:2", "device:1", "token:ride/7"))),
        "customer": draw(st.sampled_from(("", "customer:1"))),
        "joined_at": float(joined),
        "started_at": None if started is None else float(started),
        "ended_at": None if ended is None else float(ended),
    }


def measured(store: Store, more: str = "") -> list[Curve]:
    return [Curve(*row) for row in store.query(VIEW + more + " ORDER BY place, at").rows]


@given(stays=st.lists(stay(), max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_exact_curve_is_that_of_an_instant_by_instant_count(
    store: Store, insert: Insert, stays: list[dict[str, Any]]
) -> None:
    store.command("TRUNCATE TABLE stays_all")
    if stays:
        insert("stays", *({**one, "nth": number} for number, one in enumerate(stays)))
    by_instant = {(curve.place, curve.at): curve for curve in curves(stays)}
    for curve in measured(store):
        assert curve == by_instant.pop((curve.place, curve.at))
    assert not by_instant


def test_one_person_with_two_things_is_present_once(store: Store, insert: Insert) -> None:
    person = {"kind": "presence", "customer": "customer:1", "ended_at": 300.0}
    insert("stays", {**person, "identifier": "wristband:1"}, {**person, "identifier": "device:1", "joined_at": 200.0})
    assert [(curve.at, curve.present) for curve in measured(store)] == [(100.0, 1), (200.0, 1), (300.0, 0)]


def test_a_stay_that_turned_out_not_to_exist_is_not_counted(store: Store, insert: Insert) -> None:
    insert("stays", {"identifier": "token:ride/1"})
    insert("stays", {"identifier": "token:ride/1", "is_deleted": 1})
    assert measured(store) == []


def test_calls_that_never_reached_a_queue_are_nowhere(store: Store, insert: Insert) -> None:
    insert("stays", {"kind": "menu", "place": "", "ended_at": 130.0, "outcome": "abandoned_before_queue"})
    insert("stays", {"kind": "queue", "place": "", "identifier": "call:pbx/2"})
    assert measured(store) == []


def test_the_curve_of_one_place_is_not_changed_by_asking_for_it_alone(store: Store, insert: Insert) -> None:
    insert("stays", {"place": "ride"}, {"place": "till", "joined_at": 90.0})
    assert measured(store, "WHERE place = 'ride'") == [Curve("ride", 100.0, 1, 0, 1)]
