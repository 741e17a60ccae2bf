"""Quarters of an hour of the call centre and of places, against a plain count of the same stays."""

import random
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from support import quarters_oracle

from streams.store.client import Store

Insert = Callable[..., None]
SINCE, KNOWN = 36_000, 45_300  # 10:00, and 12:35 in the middle of a quarter


LIMITS = {"hotline": (30.0, 10.0)}  # as it is declared


def stay(chance: random.Random, number: int, place: str) -> dict[str, Any]:
    """Any kind of stay; some waited or were served for less than a second, some for hours, some go on."""
    joined = chance.choice([SINCE - 4_000, 900 * chance.randint(38, 50), chance.uniform(SINCE - 9_000, KNOWN)])
    waited = chance.choice([0.0, 4.999, 5.0, 9.999, 10.0, 20.0, 20.001, 30.0, 30.001, chance.uniform(0, 4_000)])
    served = chance.choice([0.5, chance.uniform(1, 5_000)])
    row: dict[str, Any] = {
        "place": place,
        "identifier": f"call:pbx/{place}{number}",
        "joined_at": round(joined, 3),
        "nth": number,
        "kind": "queue",
        "started_at": None,
        "ended_at": None,
        "wait_seconds": None,
        "service_seconds": None,
        "outcome": "",
        "guessed": chance.choice([0, 0, 1]),
    }
    over = round(joined + waited, 3)
    match chance.randint(0, 6):
        case 0:
            return row
        case 1:
            return row | {"ended_at": over, "wait_seconds": round(over - row["joined_at"], 3), "outcome": "abandoned"}
        case 2:
            return row | {"ended_at": over, "wait_seconds": round(over - row["joined_at"], 3), "outcome": "timed_out"}
        case 3:
            return row | {"started_at": over, "wait_seconds": round(over - row["joined_at"], 3)}
    end = round(over + served, 3)
    return row | {
        "started_at": over,
        "ended_at": end,
        "wait_seconds": round(over - row["joined_at"], 3),
        "service_seconds": round(end - over, 3),
        "outcome": "served",
    }


@pytest.fixture(params=range(3), name="world")
def random_world(request: pytest.FixtureRequest, insert: Insert) -> list[dict[str, Any]]:
    chance = random.Random(request.param)
    rows = [stay(chance, number, chance.choice(["hotline", "sales"])) for number in range(400)]
    rows = [row for row in rows if max(row["joined_at"], row["started_at"] or 0, row["ended_at"] or 0) < KNOWN]
    insert("stays", *rows)
    insert("queue_load", {"at": float(KNOWN)})
    return rows


def utc(time: datetime) -> int:
    return int(time.replace(tzinfo=timezone.utc).timestamp())


def answers(store: Store, query: str) -> dict[tuple[str, int], dict[str, Any]]:
    answer = store.query(query)
    rows = [dict(zip(answer.names, row, strict=True)) for row in answer.rows]
    return {(row["place"], utc(row["quarter"])): row for row in rows}


def wanted(found: dict[str, Any], truth: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in truth}


def close_to(truth: dict[str, Any]) -> dict[str, Any]:
    return {name: None if one is None else pytest.approx(one, rel=1e-9, abs=1e-6) for name, one in truth.items()}


def test_each_quarter_of_the_call_centre_is_a_count_of_its_calls(store: Store, world: list[dict[str, Any]]) -> None:
    found = answers(store, "SELECT * FROM call_center_quarters")
    truth = quarters_oracle.calls(world, LIMITS)

    assert found.keys() == truth.keys()
    for key, quarter in truth.items():
        assert wanted(found[key], quarter) == close_to(quarter), key


def test_an_hour_is_its_four_quarters(store: Store, world: list[dict[str, Any]]) -> None:
    hours = store.query("SELECT place, hour, offered, answered, asa_seconds, aht_seconds FROM call_center_hourly").rows
    truth = {}
    for row in world:
        truth.setdefault((row["place"], int(row["joined_at"] // 3_600 * 3_600)), []).append(row)

    assert {(place, utc(hour)) for place, hour, *_ in hours} == truth.keys()
    for place, hour, *numbers in hours:
        ((_, one),) = quarters_oracle.calls(
            [row | {"joined_at": 0.0} for row in truth[place, utc(hour)]], LIMITS
        ).items()
        names = ("offered", "answered", "asa_seconds", "aht_seconds")
        assert dict(zip(names, numbers, strict=True)) == close_to({name: one[name] for name in names})


def test_other_variants_of_the_service_level_follow_from_what_is_stored(store: Store, insert: Insert) -> None:
    waits = [(3.0, True), (20.0, True), (25.0, True), (2.0, False), (15.0, False), (60.0, False)]
    for number, (wait, answered) in enumerate(waits):
        insert("stays", call(number, wait, answered=answered))
    ((strict, of_all, late_only),) = store.query(
        "SELECT service_level, (answered_within + abandoned_within) / offered, "
        "answered_within / (answered + abandoned - abandoned_within) FROM call_center_quarters"
    ).rows

    assert (strict, of_all, late_only) == (2 / 5, 4 / 6, 2 / 4)


def call(number: int, wait: float, *, answered: bool) -> dict[str, Any]:
    at = {"place": "sales", "identifier": f"call:pbx/{number}", "joined_at": 3_600.0, "wait_seconds": wait}
    over = 3_600.0 + wait
    if not answered:
        return at | {"ended_at": over, "outcome": "abandoned"}
    return at | {"started_at": over, "ended_at": over + 60, "service_seconds": 60.0, "outcome": "served"}


STAFF = [(SINCE - 7_200.0, 3, "open"), (38_000.0, 5, "open"), (41_000.0, 5, "closed"), (42_000.0, None, "open")]
PLACE_QUARTERS = "SELECT * FROM place_quarters(since = '1970-01-01 10:05:00', until = '1970-01-01 12:35:00')"


def test_each_quarter_of_a_place_is_a_count_of_its_stays(
    store: Store, insert: Insert, world: list[dict[str, Any]]
) -> None:
    rows = [{"place": "hotline", "at": at, "servers": servers, "state": state} for at, servers, state in STAFF]
    insert("staffing", *rows)
    insert("stays", present := {**world[0], "kind": "presence", "place": "hall", "started_at": None, "ended_at": None})
    found = answers(store, PLACE_QUARTERS)

    for quarter in range(SINCE, KNOWN, 900):
        for place, staff in (("hotline", STAFF), ("sales", []), ("hall", [])):
            stays = [row for row in [*world, present] if row["place"] == place]
            truth = quarters_oracle.place(stays, staff, quarter, KNOWN)
            assert wanted(found[place, quarter], truth) == close_to(truth), (place, quarter)
    assert min(quarter for _, quarter in found) == SINCE


def test_occupancy_is_the_mean_of_who_is_there_over_the_capacity(store: Store, insert: Insert) -> None:
    insert("stays", {"place": "ride", "kind": "presence", "joined_at": 36_000.0, "ended_at": 36_450.0})
    insert("queue_load", {"at": float(KNOWN)})

    ((occupancy, arrivals),) = store.query(
        "SELECT occupancy, arrivals FROM place_quarters(since = '1970-01-01 10:00:00', until = '1970-01-01 10:15:00')"
    ).rows

    assert (occupancy, arrivals) == (0.5 / 40, 1)
