"""How busy the agents of a queue were in each 15 min, from what agents say of themselves, against plain counts."""

import random
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from streams.store.client import Store

Insert = Callable[..., None]
TEN = 1_780_308_000
"""A full hour."""
QUARTER, HALF_A_DAY = 900, 43_200
DOING = {
    "talking": "talking",
    "On hold": "talking",
    "wrap-up": "wrap",
    "ready": "ready",
    "lunch": "break",
    "signed_out": "out",
    "dancing": "unknown",
}


def changed(number: int, at: float, agent: str, state: str, queues: list[str] | None = None) -> dict[str, Any]:
    data = {"agent": agent, "state": state} | ({} if queues is None else {"queues": queues})
    return {
        "event_id": f"a{number:04}",
        "type": "agent.changed",
        "occurred_at": at,
        "data": orjson.dumps(data).decode(),
    }


def asked(store: Store, columns: str, *, minutes: int = 60) -> list[tuple[Any, ...]]:
    since, until = (f"fromUnixTimestamp64Milli({at * 1000}, 'UTC')" for at in (TEN, TEN + minutes * 60))
    sql = f"SELECT {columns} FROM agent_quarters(since = {since}, until = {until}) ORDER BY place, quarter"
    return [tuple(row) for row in store.query(sql).rows]


@pytest.fixture
def known_until(insert: Insert) -> Callable[[float], None]:
    return lambda at: insert("queue_load", {"at": float(at)})


def test_occupancy_is_talking_and_wrap_up_over_signed_in_and_not_on_break(
    store: Store, insert: Insert, known_until: Any
) -> None:
    known_until(TEN + 900)
    states = [(0, "ready"), (300, "talking"), (420, "wrap_up"), (480, "ready"), (600, "break"), (840, "signed_out")]
    insert("touchpoints", *(changed(n, TEN + at, "ann", state, ["sales"]) for n, (at, state) in enumerate(states)))
    names = "place, agents, handling_seconds, available_seconds, break_seconds, occupancy"
    assert asked(store, names) == [("sales", 1, 180, 600, 240, 0.3)]


def test_queues_hold_until_others_are_named_and_a_forgotten_sign_out_for_half_a_day(
    store: Store, insert: Insert, known_until: Any
) -> None:
    known_until(TEN + 1_800)
    insert("touchpoints", changed(1, TEN - 60, "ann", "ready", ["help", "sales"]), changed(2, TEN + 90, "ann", "busy"))
    insert("touchpoints", changed(3, TEN - HALF_A_DAY + 60, "bob", "ready"))
    found = asked(store, "place, agents, handling_seconds, available_seconds", minutes=15)
    assert found == [("", 1, 0, 60), ("help", 1, 810, 900), ("sales", 1, 810, 900)]


def test_nobody_signed_in_is_no_occupancy(store: Store, insert: Insert, known_until: Any) -> None:
    known_until(TEN + 900)
    insert("touchpoints", changed(1, TEN, "ann", "lunch", ["sales"]))
    assert asked(store, "agents, available_seconds, occupancy") == [(1, 0, None)]


@pytest.mark.parametrize("seed", range(3))
def test_each_quarter_is_a_count_second_by_second(store: Store, insert: Insert, known_until: Any, seed: int) -> None:
    dice, known = random.Random(seed), TEN + 3_000
    known_until(known)
    told = [
        (dice.randrange(TEN - 50_000, known), dice.choice("ab"), dice.choice([*DOING]), dice.choice([None, ["s"], []]))
        for _ in range(25)
    ]
    insert("touchpoints", *(changed(number, *one) for number, one in enumerate(told)))
    found = asked(store, "place, toUnixTimestamp(quarter), talking_seconds, wrap_seconds, ready_seconds, break_seconds")
    counted: dict[tuple[str, int], dict[str, int]] = {}
    for agent in "ab":
        mine = sorted((at, n, state, queues) for n, (at, who, state, queues) in enumerate(told) if who == agent)
        queues: list[str] = [""]
        for (at, _, state, named), (until, *_) in zip(mine, [*mine[1:], (known,)], strict=True):
            queues = queues if named is None else named
            for second in range(max(at, TEN), min(until, at + HALF_A_DAY, known)):
                for place in queues if DOING[state] != "out" else ():
                    doing = counted.setdefault((place, second // QUARTER * QUARTER), dict.fromkeys(DOING.values(), 0))
                    doing[DOING[state]] += 1
    wanted = [
        (*key, *(doing[name] for name in ("talking", "wrap", "ready", "break"))) for key, doing in counted.items()
    ]
    assert found == sorted(wanted)
