"""Waits and the call centre's hours, as views over stays."""

from collections.abc import Callable
from typing import Any

import pytest

from streams.store.client import Store

Insert = Callable[..., None]


def call(number: int, wait: float | None, answered: float | None = None, **more: Any) -> dict[str, Any]:
    """A call that joins at 3600 + number and waits; `answered`: seconds of talk."""
    joined = 3_600.0 + number
    ended = None if wait is None else joined + wait + (answered or 0)
    return {
        "place": "hotline",
        "identifier": f"call:pbx/{number}",
        "token": str(number),
        "joined_at": joined,
        "started_at": None if answered is None else joined + (wait or 0),
        "ended_at": ended,
        "wait_seconds": wait,
        "service_seconds": answered,
        "outcome": "" if wait is None else "abandoned" if answered is None else "served",
        **more,
    }


def hour(store: Store, place: str = "hotline") -> dict[str, Any]:
    answer = store.query("SELECT * FROM call_center_hourly WHERE place = {place:String}", {"place": place})
    ((*row,),) = answer.rows
    return dict(zip(answer.names, row, strict=True))


def test_the_hours_account_for_every_call(store: Store, insert: Insert) -> None:
    insert("stays", call(1, 0, 60), call(2, 30, 120), call(3, 31, 180), call(4, 9.9), call(5, 10), call(6, None))
    insert("stays", call(7, 40, None, outcome="timed_out"))
    found = hour(store)
    counts = ("offered", "answered", "abandoned", "abandoned_short", "answered_within", "timed_out", "waiting")
    assert [found[name] for name in counts] == [7, 3, 2, 1, 2, 1, 1]
    assert found["service_level_calls"] == 4
    assert found["service_level"] == pytest.approx(2 / 4)
    assert found["asa_seconds"] == pytest.approx(61 / 3)
    assert found["aht_seconds"] == pytest.approx(120)
    assert found["longest_wait_seconds"] == 40


def test_an_undeclared_queue_has_20_and_5_seconds(store: Store, insert: Insert) -> None:
    insert(
        "stays", *({**one, "place": "other"} for one in (call(1, 20, 9), call(2, 20.1, 9), call(3, 4.9), call(4, 5)))
    )
    found = hour(store, "other")
    assert (found["answered_within"], found["abandoned_short"], found["service_level_calls"]) == (1, 1, 3)


def test_an_hour_without_an_answer_has_no_averages(store: Store, insert: Insert) -> None:
    insert("stays", call(1, 2))
    found = hour(store)
    assert (found["service_level"], found["asa_seconds"], found["aht_seconds"]) == (None, None, None)


def test_hanging_up_before_any_queue_is_counted_apart(store: Store, insert: Insert) -> None:
    insert("stays", call(1, None, kind="menu", place="", outcome="abandoned_before_queue", ended_at=3_700.0))
    found = hour(store, "")
    assert (found["abandoned_before_queue"], found["offered"], found["abandoned"]) == (1, 0, 0)


def test_a_declared_call_queue_counts_whatever_is_in_the_hand(store: Store, insert: Insert) -> None:
    insert("stays", call(1, 3, 4, identifier="phone:h1:aa"), call(2, 3, 4, identifier="phone:h1:bb", place="ride"))
    assert store.query("SELECT place, offered FROM call_center_hourly").rows == [("hotline", 1)]


def test_a_wait_is_finished_when_service_starts_or_the_person_leaves(store: Store, insert: Insert) -> None:
    in_service = call(1, 5, 0) | {"ended_at": None, "outcome": "", "service_seconds": None}
    insert("stays", in_service, call(2, 9), call(3, None), call(4, 7, None, outcome="timed_out"), call(5, 5, 60))
    rows = store.query("SELECT token, outcome, wait_seconds FROM waits ORDER BY token").rows
    assert rows == [("1", "served", 5), ("2", "abandoned", 9), ("4", "timed_out", 7), ("5", "served", 5)]


def test_a_service_without_an_end_was_still_a_wait_that_ended_in_service(store: Store, insert: Insert) -> None:
    insert("stays", call(1, 5, 0) | {"outcome": "timed_out", "guessed": 1})
    assert store.query("SELECT outcome, guessed FROM waits").rows == [("served", 1)]


def test_being_somewhere_is_no_wait(store: Store, insert: Insert) -> None:
    insert("stays", {"kind": "presence", "outcome": "left", "ended_at": 200.0}, {"kind": "menu", "place": ""})
    assert store.query("SELECT * FROM waits").rows == []
