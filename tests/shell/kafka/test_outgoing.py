"""From what a stage says to records with a destination."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from schemas.internal import Message
from streams.kafka.outgoing import (
    ROWS_PER_RECORD_BYTES,
    Destination,
    Parcels,
    add_rows,
    add_to_all,
    address,
    partition_of,
)


def test_a_keyed_message_goes_to_the_partition_of_its_key():
    parcels = address([Message("events", b"phone:1", b"{}")], {"events": 7})
    assert list(parcels) == [Destination("events", zlib.crc32(b"phone:1") % 7)]
    assert partition_of(b"phone:1", 7) == zlib.crc32(b"phone:1") % 7


def test_a_message_without_key_goes_to_every_partition():
    parcels = address([Message("events", None, b"{}")], {"events": 3})
    assert list(parcels) == [Destination("events", n) for n in range(3)]


def test_messages_of_one_destination_keep_their_order():
    messages = [Message("events", b"k", b"%d" % n) for n in range(100)]
    (records,) = address(messages, {"events": 4}).values()
    assert [value for _, value, _ in records] == [b"%d" % n for n in range(100)]


def test_what_is_added_to_all_stands_at_the_end_of_every_partition():
    parcels = address([Message("events", b"k", b"first")], {"events": 2})
    add_to_all(parcels, "events", 2, (b"validate/0", b"last", []))
    assert [parcels[Destination("events", n)][-1][1] for n in range(2)] == [b"last", b"last"]
    assert sum(map(len, parcels.values())) == 3


@given(
    st.lists(
        st.binary(min_size=1, max_size=ROWS_PER_RECORD_BYTES // 3).filter(lambda row: b"\n" not in row), max_size=12
    )
)
def test_rows_come_out_of_their_records_as_they_went_in(rows: list[bytes]):
    parcels: Parcels = {}
    add_rows(parcels, {"stays": rows})
    records = parcels.get(Destination("rows.stays", 0), [])
    assert [row for _, value, _ in records for row in (value or b"").split(b"\n")] == rows
    assert all(len(value or b"") <= ROWS_PER_RECORD_BYTES for _, value, _ in records)


def test_a_row_above_the_limit_is_a_record_of_its_own():
    large = b"x" * (ROWS_PER_RECORD_BYTES + 1)
    parcels: Parcels = {}
    add_rows(parcels, {"stays": [b"a", large, b"b"]})
    assert [value for _, value, _ in parcels[Destination("rows.stays", 0)]] == [b"a", large, b"b"]
