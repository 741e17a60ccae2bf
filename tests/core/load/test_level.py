"""Levels exactly at their limits, the 60 s of calm, and when a level turns by waiting alone."""

import pytest

from streams.load.level import Limits, Reading, Standing, judge, next_turn

T = 1_700_000_000_000
WAIT = Limits(target_ms=100_000, capacity=None)
ROOM = Limits(target_ms=None, capacity=200)
QUIET = Reading(None, None, 0, 0)


def waited(longest_ms: int, unseen_ms: int = 0) -> Reading:
    return Reading(None, longest_ms, unseen_ms, 1)


def crowded(people: int) -> Reading:
    return Reading(None, None, 0, people)


def standing(level: str, calm_bad: int | None = None, calm_watch: int | None = None) -> Standing:
    return Standing(level, T - 600_000, calm_bad, calm_watch)


def level_of(before: str, reading: Reading, limits: Limits) -> str:
    return judge(standing(before), T, reading, limits).level


@pytest.mark.parametrize(
    ("longest_ms", "level"),
    [(0, "ok"), (100_000, "ok"), (100_001, "watch"), (200_000, "watch"), (200_001, "bad")],
)
def test_a_wait_is_above_a_limit_from_one_millisecond_on(longest_ms: int, level: str) -> None:
    assert level_of("ok", waited(longest_ms), WAIT) == level
    assert level_of("ok", Reading(float(longest_ms), None, 0, 1), WAIT) == level


@pytest.mark.parametrize(("people", "level"), [(170, "ok"), (171, "watch"), (199, "watch"), (200, "bad"), (500, "bad")])
def test_a_load_of_exactly_one_is_bad_and_exactly_85_per_cent_is_ok(people: int, level: str) -> None:
    assert level_of("ok", crowded(people), ROOM) == level


def test_without_target_and_capacity_nobody_can_say() -> None:
    assert level_of("unknown", waited(10**9), Limits(None, None)) == "unknown"


def test_nobody_waiting_is_ok_where_there_is_a_target() -> None:
    assert level_of("unknown", QUIET, WAIT) == "ok"


@pytest.mark.parametrize(
    ("before", "reading", "limits", "calm"),
    [
        ("bad", waited(180_000), WAIT, False),
        ("bad", waited(179_999), WAIT, True),
        ("watch", waited(90_000), WAIT, False),
        ("watch", waited(89_999), WAIT, True),
        ("bad", crowded(180), ROOM, False),
        ("bad", crowded(179), ROOM, True),
        ("watch", crowded(153), ROOM, False),
        ("watch", crowded(152), ROOM, True),
        ("watch", Reading(90_000.0, None, 0, 1), WAIT, False),
        ("watch", Reading(89_999.9, None, 0, 1), WAIT, True),
    ],
)
def test_exactly_90_per_cent_of_a_limit_is_not_calm(before: str, reading: Reading, limits: Limits, calm: bool) -> None:
    now = judge(standing(before), T, reading, limits)
    assert (now.level, now.calm_bad if before == "bad" else now.calm_watch) == (before, T if calm else None)


@pytest.mark.parametrize(("calm_ms", "level"), [(59_999, "watch"), (60_000, "ok"), (60_001, "ok")])
def test_a_level_is_left_once_the_calm_has_lasted_sixty_seconds(calm_ms: int, level: str) -> None:
    assert judge(standing("watch", None, T - calm_ms), T, QUIET, WAIT).level == level


def test_bad_turns_into_watch_first_where_the_wait_is_only_a_little_shorter() -> None:
    now = judge(standing("bad", T - 60_000, None), T, waited(120_000), WAIT)
    assert now == Standing("watch", T, None, None)


def test_bad_turns_into_ok_where_everybody_has_gone_at_once() -> None:
    assert judge(standing("bad", T - 60_000, T - 60_000), T, QUIET, WAIT).level == "ok"


def test_a_wait_that_grew_above_90_per_cent_between_two_looks_ends_the_calm() -> None:
    now = judge(standing("watch", None, T - 60_000), T, waited(10, unseen_ms=90_000), WAIT)
    assert now == Standing("watch", T - 600_000, None, T)


def test_the_level_says_since_when() -> None:
    assert judge(standing("ok"), T, waited(100_001), WAIT).since == T
    assert judge(standing("watch"), T, waited(100_001), WAIT).since == T - 600_000


@pytest.mark.parametrize(
    ("level", "joined", "turn"),
    [
        ("ok", T - 1, T + 100_000),
        ("ok", T, T + 105_000),
        ("watch", T, T + 205_000),
        ("bad", T, None),
        ("ok", None, None),
    ],
)
def test_the_level_turns_at_the_first_grid_point_at_which_the_wait_is_above_the_limit(
    level: str, joined: int | None, turn: int | None
) -> None:
    assert next_turn(standing(level), joined, WAIT) == turn


@pytest.mark.parametrize(("joined", "turn"), [(None, T + 60_000), (T - 29_999, T + 60_000), (T - 30_000, None)])
def test_a_calm_ends_a_level_unless_the_wait_outgrows_it(joined: int | None, turn: int | None) -> None:
    limits = Limits(100_000, None)
    turns = next_turn(standing("watch", None, T), joined, limits)
    assert turns == (turn if turn is not None else T + 175_000)
