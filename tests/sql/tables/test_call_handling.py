"""Handle time with after-call work, from what call.ended said, against calls that can be counted by hand."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from streams.store.client import Store

Insert = Callable[..., None]
TEN = 1_780_308_000.0
ASKED = (
    "SELECT place, handled, wrapped, talk_and_hold_seconds, after_call_seconds, aht_seconds "
    "FROM call_handling(since = fromUnixTimestamp64Milli(1780308000000, 'UTC'), "
    "until = fromUnixTimestamp64Milli(1780308900000, 'UTC'))"
)


@pytest.fixture
def call(insert: Insert) -> Callable[..., None]:
    """Answered at once; ended so many seconds after ten, as `said` of it."""

    def add(name: str, seconds: float, *, guessed: int = 0, **said: float) -> None:
        stay = {"place": "sales", "identifier": f"call:pbx/{name}", "joined_at": TEN, "started_at": TEN}
        served = {"ended_at": TEN + seconds, "service_seconds": seconds, "outcome": "served", "guessed": guessed}
        insert("stays", stay | served)
        data = orjson.dumps({"call": name, **said}).decode()
        told = {"source": "pbx", "event_id": name, "type": "call.ended", "occurred_at": TEN + seconds, "data": data}
        insert("touchpoints", told)

    return add


def test_after_call_work_is_on_top_and_what_nobody_said_is_counted_apart(store: Store, call: Any) -> None:
    call("1", 100, wrap_seconds=20)
    call("2", 60)
    assert store.query(ASKED).rows == [("sales", 2, 1, 160, 20, 90)]


def test_talk_and_hold_as_said_count_instead_of_the_time_up_to_the_end(store: Store, call: Any) -> None:
    call("1", 150, talk_seconds=80, hold_seconds=10, wrap_seconds=30)
    assert store.query(ASKED).rows == [("sales", 1, 1, 90, 30, 120)]


def test_a_guessed_end_and_the_same_call_id_of_another_time_stay_out(store: Store, insert: Insert, call: Any) -> None:
    call("1", 100, guessed=1, wrap_seconds=20)
    call("2", 100)
    data = {"source": "pbx", "type": "call.ended", "data": '{"call": "2", "wrap_seconds": 500}'}
    insert("touchpoints", data | {"event_id": "again", "occurred_at": TEN + 300})
    assert store.query(ASKED).rows == [("sales", 1, 0, 100, 0, 100)]
