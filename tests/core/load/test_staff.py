"""Rows of `staffing`: when they are said, and what they say."""

from typing import Any

import pytest
from support.load_log import Shell, fact, log_of, stay, watermark

from schemas.place import Place

T = 1_800_000_000_000 // 60_000 * 60_000
DESK = Place(id="desk", servers=2, target_wait_seconds=60)


def said(*bodies: Any, place: Place = DESK, until: int = 3_600_000) -> list[dict[str, Any]]:
    return Shell((place,)).run(log_of(*bodies, watermark(T + until))).staff_rows


def served(number: int, joined: int, waited: int = 10_000, service: int = 60_000, **more: Any) -> Any:
    started = T + joined + waited
    return stay("desk", f"token:{number}", T + joined, started, started + service, **more)


def busy(**more: Any) -> list[Any]:
    """Ten people, one every 30 s, each with a minute of service."""
    return [served(number, number * 30_000, **more) for number in range(10)]


def test_a_row_comes_with_the_first_look_of_each_minute() -> None:
    rows = said(served(1, 1_000, 10_000, 100_000))

    assert [row["at"] - T / 1_000 for row in rows] == [5, 115]


def test_new_staff_and_a_new_state_are_said_at_once() -> None:
    facts = [fact("desk", "staff.assigned", T + 21_000, count=5), fact("desk", "place.closed", T + 31_000)]
    rows = said(served(1, 1_000), *facts)

    assert [(row["at"] - T / 1_000, row["servers"], row["state"]) for row in rows][:3] == [
        (5, 2, "open"),
        (25, 5, "open"),
        (35, 5, "closed"),
    ]


def test_the_need_stands_beside_what_it_rests_on() -> None:
    row = said(*busy())[-1]

    names = ("servers", "servers_required", "method", "goal_share", "goal_seconds", "arrivals", "services", "waits")
    assert [row[name] for name in names] == [2, 2, "erlang-c", 0.8, 60, 10, 8, 10]
    assert (row["service_seconds"], row["patience_seconds"], row["abandons"]) == (60, None, 0)
    assert row["expected_wait_seconds"] == row["required_wait_seconds"] == pytest.approx(7.5, abs=0.001)


def test_people_who_give_up_make_it_erlang_a() -> None:
    gone = [stay("desk", f"token:g{n}", T + n * 60_000, None, T + n * 60_000 + 30_000) for n in range(3)]
    row = said(*busy(), *gone)[-1]

    assert (row["method"], row["abandons"], row["waits"]) == ("erlang-a", 3, 13)
    assert row["patience_seconds"] == pytest.approx((3 * 30 + 10 * 10) / 3, abs=0.001)


def test_a_guessed_end_is_no_service_time_and_a_time_out_no_patience() -> None:
    lost = stay("desk", "token:lost", T, None, T + 300_000, out="timed_out", g=1)
    row = said(*busy(g=1), lost)[-1]

    assert (row["services"], row["service_seconds"], row["waits"], row["abandons"]) == (0, None, 10, 0)
    assert (row["servers_required"], row["reason"]) == (None, "too_few_services")


@pytest.mark.parametrize(
    ("place", "reason", "wait_reason"),
    [
        (Place(id="desk", servers=2), "no_target", ""),
        (Place(id="desk", target_wait_seconds=60), "", "servers_unknown"),
        (Place(id="desk", servers=0, target_wait_seconds=60), "", "no_servers"),
    ],
)
def test_what_is_not_known_has_a_reason(place: Place, reason: str, wait_reason: str) -> None:
    row = said(*busy(), place=place)[-1]

    assert (row["reason"], row["expected_wait_reason"]) == (reason, wait_reason)
    assert (row["servers_required"] is None) == bool(reason)


def test_a_closed_place_needs_nobody_that_is_known_of() -> None:
    row = said(*busy(), fact("desk", "place.closed", T + 400_000))[-1]

    assert (row["servers_required"], row["reason"], row["expected_wait_reason"]) == (None, "closed", "closed")


def test_an_area_has_no_servers_to_need() -> None:
    assert said(*busy(), place=Place(id="desk", kind="area", capacity=100)) == []


def test_what_happened_more_than_fifteen_whole_minutes_ago_no_longer_counts() -> None:
    last = served(99, 960_000)  # joins at 16:00; the look at 16:00 asks for what came after 1:00
    row = next(row for row in said(*busy(), last) if row["at"] == T / 1_000 + 960)

    assert row["arrivals"] == 8
