"""What a viewer may ask for by address, and what becomes of it."""

import pytest

from dashboards.boards import BOARDS
from dashboards.page.selection import BadSelectionError, Selection, read_selection, step_seconds

BOARD = BOARDS[0]


def test_a_bare_address_means_the_last_half_hour_of_everything() -> None:
    assert read_selection(BOARD, []) == Selection(30)


def test_values_are_sorted_so_that_the_same_choice_shares_a_feed() -> None:
    one = read_selection(BOARD, [("place", "b"), ("place", "a"), ("site", "s")])
    other = read_selection(BOARD, [("site", "s"), ("place", "a"), ("place", "b"), ("place", "a")])
    assert one == other
    assert hash(one) == hash(other)
    assert one.chosen == (("place", ("a", "b")), ("site", ("s",)))


def test_unknown_names_and_empty_values_are_ignored() -> None:
    assert read_selection(BOARD, [("utm_source", "x"), ("place", ""), ("wall", "1")]) == Selection(30)


@pytest.mark.parametrize(
    "query",
    [
        [("minutes", "0")],
        [("minutes", "10081")],
        [("minutes", "-5")],
        [("minutes", "٣")],
        [("minutes", "9" * 400)],
        [("to", "now")],
        [("place", "x" * 129)],
        [("place", str(number)) for number in range(51)],
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(query: list[tuple[str, str]]) -> None:
    with pytest.raises(BadSelectionError, match=r"\w+"):
        read_selection(BOARD, query)


def test_a_window_ends_now_or_where_the_viewer_wants() -> None:
    assert Selection(30).window(None, 10_000_000).from_ms == 10_000_000 - 1_800_000
    assert Selection(30, 5_000_000).window(None, 10_000_000).to_ms == 5_000_000


def test_a_panel_with_a_span_of_its_own_keeps_it() -> None:
    window = Selection(30, 100_000_000).window(BOARD.panel("wait_by_hour"), 0)
    assert window.to_ms - window.from_ms == 24 * 3_600_000


@pytest.mark.parametrize(("minutes", "step"), [(1, 5), (10, 5), (15, 10), (30, 15), (60, 30), (1440, 900)])
def test_buckets_keep_a_span_within_120_points(minutes: int, step: int) -> None:
    assert step_seconds(minutes) == step
    assert minutes * 60 / step_seconds(minutes) <= 120


def test_the_longest_span_is_covered_too() -> None:
    assert step_seconds(7 * 1440) == 7200
