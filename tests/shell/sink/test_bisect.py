"""Refused rows are found by halving, every other row is stored, and each refused one becomes a dead letter."""

import asyncio
import base64
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from streams.sink.batch import Line, RowRecord
from streams.sink.bisect import Refusal, dead_letter, store_all_but_refused
from streams.store.errors import StoreRefused


class PickyStore:
    """Stores lines in one stroke, or none of them where one is bad."""

    def __init__(self, bad: set[int]) -> None:
        self.bad = bad
        self.stored: list[int] = []
        self.inserts = 0

    async def store(self, lines: Sequence[Line]) -> None:
        self.inserts += 1
        if any(line.number in self.bad for line in lines):
            raise StoreRefused(27, "Code: 27. DB::Exception: Cannot parse input")
        self.stored += [line.number for line in lines]


def lines(count: int) -> list[Line]:
    record = RowRecord(9, 1_000, b"")
    return [Line(record, number, b"%d" % number) for number in range(1, count + 1)]


@given(st.integers(0, 60), st.sets(st.integers(1, 60)))
def test_exactly_the_bad_rows_are_refused_and_the_others_stored_once_in_order(count: int, bad: set[int]) -> None:
    store = PickyStore(bad)
    refused = asyncio.run(store_all_but_refused(lines(count), store.store))
    everything = set(range(1, count + 1))
    assert [refusal.line.number for refusal in refused] == sorted(everything & bad)
    assert store.stored == sorted(everything - bad)


def test_one_bad_row_among_thousands_costs_few_inserts() -> None:
    store = PickyStore({1_234})
    asyncio.run(store_all_but_refused(lines(4_096), store.store))
    assert store.inserts <= 2 * 12 + 1


def test_a_dead_letter_names_the_row_its_field_and_its_source_and_keeps_the_bytes() -> None:
    text = b'{"source":"till-7","occurred_at":"x"}'
    error = StoreRefused(
        41, "Code: 41. DB::Exception: Cannot parse DateTime: (while reading the value of key occurred_at)"
    )
    row = dead_letter("rows.touchpoints", Refusal(Line(RowRecord(9, 1_700_000_000_123, text), 3, text), error))
    assert (row["topic"], row["partition"], row["offset"], row["row"]) == ("rows.touchpoints", 0, 9, "3")
    assert (row["reason"], row["field"], row["source"]) == ("store_refused", "occurred_at", "till-7")
    assert row["detail"].startswith("Cannot parse DateTime")
    assert row["rejected_at"] == 1_700_000_000.123
    assert base64.b64decode(row["payload"]) == text


def test_a_row_that_is_no_json_has_no_source() -> None:
    error = StoreRefused(117, "row is not UTF-8")
    for text in (b"\xff garbage", b"[1]", b'{"source": 5}', b""):
        row = dead_letter("rows.stays", Refusal(Line(RowRecord(0, 0, text), 1, text), error))
        assert (row["source"], row["field"], row["detail"]) == ("", "", "row is not UTF-8")
