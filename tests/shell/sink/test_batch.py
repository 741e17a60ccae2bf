"""Batches are frozen and bounded."""

from hypothesis import given
from hypothesis import strategies as st

from streams.sink.batch import MAX_BATCH_BYTES, Batch, Buffer, RowRecord

RECORDS = st.lists(st.binary(max_size=40), min_size=1, max_size=20).map(
    lambda values: tuple(RowRecord(offset, 0, value) for offset, value in enumerate(values))
)


def batch(*values: bytes, first: int = 0) -> Batch:
    records = tuple(RowRecord(first + number, 0, value) for number, value in enumerate(values))
    return Batch("stays_all", "rows.stays", records)


def test_the_body_is_the_records_line_by_line_undecoded() -> None:
    assert batch(b'{"a":1}\n{"a":2}', b"no json \xff").body == b'{"a":1}\n{"a":2}\nno json \xff'


def test_lines_are_counted_from_one_within_their_record_and_blank_ones_left_out() -> None:
    lines = batch(b"a\n\nb", b"c\n", first=4).lines()
    assert [(line.record.offset, line.number, line.text) for line in lines] == [
        (4, 1, b"a"),
        (4, 3, b"b"),
        (5, 1, b"c"),
    ]


def test_the_next_offset_is_behind_the_last_record() -> None:
    assert batch(b"a", b"b", first=7).next_offset == 9


@given(RECORDS)
def test_what_is_taken_in_pieces_is_what_was_added(records: tuple[RowRecord, ...]) -> None:
    buffer = Buffer()
    for record in records:
        buffer.add([record])
    taken: tuple[RowRecord, ...] = ()
    while buffer:
        taken += buffer.take()
    assert taken == records
    assert buffer.size == 0


def test_a_batch_ends_where_it_is_large_enough() -> None:
    buffer = Buffer()
    buffer.add([RowRecord(offset, 0, bytes(MAX_BATCH_BYTES // 2)) for offset in range(5)])
    assert buffer.full
    assert [len(buffer.take()), len(buffer.take()), len(buffer.take())] == [2, 2, 1]
    assert not buffer


def test_a_record_larger_than_a_batch_is_a_batch() -> None:
    buffer = Buffer()
    buffer.add([RowRecord(0, 0, bytes(MAX_BATCH_BYTES + 1)), RowRecord(1, 0, b"x")])
    assert [record.offset for record in buffer.take()] == [0]
    assert buffer.size == 1


def test_forgetting_empties_it() -> None:
    buffer = Buffer()
    buffer.add([RowRecord(0, 0, b"x")])
    buffer.clear()
    assert (bool(buffer), buffer.size, buffer.take()) == (False, 0, ())
