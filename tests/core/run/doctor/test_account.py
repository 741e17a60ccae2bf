"""The account of a partition: every touchpoint of the log is stored, a repeat, rejected, on its way, or missing."""

from hypothesis import given
from hypothesis import strategies as st

from streams.run.doctor.account import HOUR_MS, Appended, Ledger, Look, Span, affordable, joined, merged, settle

T = 1_700_002_800_000  # the beginning of an hour


def test_an_offset_without_a_row_is_missing_only_where_the_log_has_a_touchpoint_there():
    ledger = Ledger({T: 5}, gaps=[Span(3, 5), Span(7, 8)])
    look = Look([Appended(4, T + 1), Appended(6, T + 2)])  # 3 and 7 are marks; 6 was read beside, and has a row
    (hour,) = settle(0, ledger, look, settled=9, deleted_before_ms=None)
    assert (hour.appended, hour.stored, hour.missing, hour.first_missing) == (6, 5, 1, 4)


def test_what_the_stages_have_not_settled_is_under_way_and_not_lost():
    ledger = Ledger({T: 5}, gaps=[Span(5, 9)])
    look = Look([Appended(5, T), Appended(6, T), Appended(8, T)])
    (hour,) = settle(0, ledger, look, settled=6, deleted_before_ms=None)
    assert (hour.missing, hour.first_missing, hour.under_way, hour.appended) == (1, 5, 2, 8)


def test_a_row_that_is_gone_although_it_was_received_is_missing():
    ledger = Ledger({T: 3}, {T: 1}, {(T, "bad_time"): 2}, gone=[Appended(2, T), Appended(9, T + HOUR_MS)])
    first, second = settle(1, ledger, Look(), settled=100, deleted_before_ms=None)
    assert (first.appended, first.missing, first.first_missing, dict(first.rejected)) == (7, 1, 2, {"bad_time": 2})
    assert (second.hour_ms, second.appended, second.first_missing) == (T + HOUR_MS, 1, 9)


def test_an_hour_whose_beginning_is_deleted_says_so():
    ledger = Ledger({T: 3, T + HOUR_MS: 2})
    hours = settle(0, ledger, Look(), settled=10, deleted_before_ms=T + 60_000)
    assert [hour.deleted for hour in hours] == [True, False]


def test_stretches_that_meet_in_a_gap_have_one_gap():
    both = joined([Ledger({T: 1}, gaps=[Span(8, 10)]), Ledger({T: 2}, gaps=[Span(10, 13), Span(20, 21)])])
    assert (both.stored[T], both.gaps) == (3, [Span(8, 13), Span(20, 21)])


def test_with_little_to_spend_the_newest_of_what_must_be_stored_is_read_first():
    spans = [Span(0, 10), Span(50, 60), Span(90, 120)]
    chosen, left = affordable(spans, settled=100, most=25)
    assert chosen == [Span(5, 10), Span(50, 60), Span(90, 100)]
    assert left == [Span(0, 5), Span(100, 120)]


SPANS = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 30)), max_size=12)


@given(SPANS, st.integers(0, 330), st.integers(0, 200))
def test_what_is_read_and_what_is_left_is_everything_and_no_more_than_allowed(spans, settled, most):
    wanted = merged((Span(start, start + length) for start, length in spans), 0)
    chosen, left = affordable(wanted, settled, most)
    assert offsets(chosen) | offsets(left) == offsets(wanted)
    assert not offsets(chosen) & offsets(left)
    assert len(offsets(chosen)) == min(most, len(offsets(wanted)))


@given(SPANS, st.sets(st.integers(0, 330)), st.integers(0, 330))
def test_each_touchpoint_without_a_row_is_counted_once(spans, found, settled):
    gaps = merged((Span(start, start + length) for start, length in spans), 0)
    look = Look([Appended(offset, T + offset) for offset in sorted(found)])
    hours = settle(0, Ledger(gaps=gaps), look, settled, None)
    lost = {offset for offset in found & offsets(gaps) if offset < settled}
    assert sum(hour.missing for hour in hours) == len(lost)
    assert min((h.first_missing for h in hours if h.first_missing is not None), default=None) == min(lost, default=None)
    assert sum(hour.under_way for hour in hours) == len(found & offsets(gaps)) - len(lost)


def offsets(spans):
    return {offset for span in spans for offset in range(span.start, span.stop)}
