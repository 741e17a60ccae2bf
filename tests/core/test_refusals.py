"""The share of refused records in a window: when a release is bad, and when it is only the odd record."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.refusals import Judged, RefusalWindow, leading_causes


def test_the_first_records_say_nothing():
    window = RefusalWindow(0.5, 10)
    assert window.exceeded_by(Judged(9, 9)) is None
    assert window.exceeded_by(Judged(10, 10)) == 1.0


def test_the_limit_itself_may_be_reached():
    window = RefusalWindow(0.5, 10)
    assert window.exceeded_by(Judged(10, 5)) is None
    assert window.exceeded_by(Judged(10, 6)) == 0.6


def test_what_was_let_through_before_counts_as_far_as_the_window_reaches():
    window = RefusalWindow(0.5, 10)
    window.note(Judged(100, 0))
    window.note(Judged(6, 0))
    assert window.exceeded_by(Judged(6, 6)) is None  # 6 of 12
    assert window.exceeded_by(Judged(8, 8)) == pytest.approx(8 / 14)


def test_zero_switches_it_off():
    assert RefusalWindow(0.0, 1).exceeded_by(Judged(1_000, 1_000)) is None


def test_an_open_window_closes_once_a_full_window_keeps_the_limit():
    window = RefusalWindow(0.5, 10)
    window.open = True
    window.note(Judged(20, 20))
    assert (window.open, window.exceeded_by(Judged(10, 10))) == (True, None)
    window.note(Judged(10, 4))
    assert (window.open, window.exceeded_by(Judged(10, 10))) == (False, 1.0)


def test_a_good_record_never_pauses():
    window = RefusalWindow(0.1, 4)
    window.open = True
    window.note(Judged(8, 8))
    window.open = False
    assert window.exceeded_by(Judged(1, 0)) is None


BLOCKS = st.lists(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=30)


@given(BLOCKS, st.integers(1, 20))
def test_the_window_is_the_shortest_run_of_blocks_at_the_end_that_is_long_enough(
    blocks: list[tuple[int, int]], least: int
):
    window = RefusalWindow(1e-9, least)
    for block in blocks:
        window.note(Judged(*block))
    records, refused = 1, 1
    for block in reversed(blocks):
        if records >= least:
            break
        records, refused = records + block[0], refused + block[1]
    assert window.exceeded_by(Judged(1, 1)) == (refused / records if records >= least else None)


def test_the_causes_are_named_by_weight_and_without_any_value():
    bad = {"reason": "bad_value", "field": "data.amount", "source": "till", "raw": "secret", "payload": ""}
    odd = {"reason": "not_json", "field": "", "source": "", "raw": "secret", "payload": ""}
    person = {"reason": "bad_value", "field": "identifiers.a@b.org", "source": "a@b.org", "raw": "", "payload": ""}
    assert leading_causes([orjson.dumps(person)]) == "bad_value of … from … (100%)"
    words = leading_causes([orjson.dumps(row) for row in (odd, bad, bad, bad)])
    assert words == "bad_value of data.amount from till (75%), not_json from an unreadable source (25%)"
