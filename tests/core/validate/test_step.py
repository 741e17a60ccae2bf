"""One record through validate: rows and dead letters with every column, and every reason of the closed list."""

from base64 import b64decode
from typing import Any

import orjson
import pytest
from support.touchpoints import AT_MS, RECEIVED_MS, Json, golden, happening, new_state, touchpoint, validate

from schemas.rejection import rejected_row
from schemas.rows import ROWS
from schemas.touchpoint import REASONS
from schemas.touchpoint.decode import MAX_BYTES, MAX_DEPTH

FIRST_WINS = 2**63


def test_the_row_says_everything_about_a_touchpoint() -> None:
    sent = happening("sale.made", source="till-4", channel="till", sent_at="2025-07-05T12:00:01Z", operated_by="Bistro")
    sent |= {"data": {"receipt": "r", "amount": "9.90", "currency": "EUR"}, "schema_version": 2, "trace": [1]}
    row = validate(sent).row
    assert row.pop("payload_hash") == validate(sent).row["payload_hash"]
    assert row == {
        "source": "till-4",
        "event_id": "e-1",
        "channel": "till",
        "type": "sale.made",
        "place": "ride",
        "occurred_at": AT_MS / 1000,
        "occurred_text": "2025-07-05T12:00:00Z",
        "received_at": RECEIVED_MS / 1000,
        "sent_at": AT_MS / 1000 + 1,
        "identifier": "wristband:w-1",
        "identifiers": {"wristband": "w-1"},
        "amount": "9.90",
        "currency": "EUR",
        "data": '{"amount":"9.90","currency":"EUR","receipt":"r"}',
        "extra": '{"trace":[1]}',
        "operated_by": "Bistro",
        "audience": "customer",
        "schema_version": 2,
        "topic": "touchpoints",
        "partition": 3,
        "offset": 7,
        "import_file": "",
        "import_line": 0,
        "version": FIRST_WINS - RECEIVED_MS * 2**21 - 7,
    }


@pytest.mark.parametrize(("name", "example"), golden("good"), ids=lambda value: value if isinstance(value, str) else "")
def test_every_good_example_becomes_a_row_with_the_columns_of_the_table(name: str, example: Json) -> None:
    said = validate(example)
    assert set(said.row) == set(ROWS["touchpoints"].columns)
    assert said.row["type"] == name
    assert "rejected" not in said.rows
    texts = [
        column for column, kind in ROWS["touchpoints"].columns.items() if kind in ("String", "LowCardinality(String)")
    ]
    assert all(isinstance(said.row[column], str) for column in texts)


@pytest.mark.parametrize(("name", "bad"), golden("bad"), ids=lambda value: value if isinstance(value, str) else "")
def test_every_bad_example_becomes_a_dead_letter_with_reason_and_field(name: str, bad: Json) -> None:
    value = orjson.dumps(bad["touchpoint"])
    said = validate(value)
    assert (said.rejected["reason"], said.rejected["field"]) == (bad["reason"], bad["field"])
    assert said.messages == [("touchpoints.rejected", "touchpoints/3/7", said.rejected)]
    assert b64decode(said.rejected["payload"]) == value
    assert list(said.rows) == ["rejected"]


BYTES: dict[str, bytes | None] = {
    "empty": None,
    "too_large": b"x" * (MAX_BYTES + 1),
    "not_utf8": b"\xff\xfe{\x00}\x00",
    "not_json": b"hello",
    "not_an_object": b"[]",
    "too_deep": b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
}


@pytest.mark.parametrize("reason", BYTES)
def test_bytes_that_hold_no_object_become_dead_letters(reason: str) -> None:
    refused = validate(BYTES[reason]).rejected
    assert (refused["reason"], refused["field"], refused["source"]) == (reason, "", "")
    assert b64decode(refused["payload"]) == (BYTES[reason] or b"")
    assert refused["rejected_at"] == RECEIVED_MS / 1000


def test_every_reason_of_the_closed_list_is_reached_or_written_by_another_room() -> None:
    reached = {*BYTES, *(bad["reason"] for _, bad in golden("bad"))}
    others = {"conflicting_duplicate", "store_refused"}
    assert reached | others == set(REASONS)
    for reason in others:
        row = rejected_row(reason, "", "d", topic="t", partition=0, offset=0, rejected_at_ms=0, source="", payload=b"")  # type: ignore[arg-type]  # names of the list
        assert row["reason"] == reason


@pytest.mark.parametrize(
    ("source", "shown"),
    [("web-shop", "web-shop"), ("Web Shop!", "Web Shop!"), (5, ""), (None, ""), ("x" * 99, "x" * 64)],
)
def test_a_dead_letter_names_its_producer_where_that_can_be_read(source: Any, shown: str) -> None:
    assert validate(touchpoint(source=source, type="no.such")).rejected["source"] == shown


def test_an_oversize_record_is_kept_whole_up_to_a_mebibyte_and_cut_beyond() -> None:
    whole = validate(b"x" * (1 << 20)).rejected
    cut = validate(b"x" * ((1 << 20) + 1)).rejected
    assert len(b64decode(whole["payload"])) == len(b64decode(cut["payload"])) == 1 << 20
    assert "only the first" not in whole["detail"]
    assert "only the first 1048576 of 1048577 bytes" in cut["detail"]


def test_the_first_copy_received_has_the_highest_version() -> None:
    versions = [
        validate(touchpoint(), offset=offset, timestamp=at).row["version"]
        for offset, at in ((7, RECEIVED_MS), (999, RECEIVED_MS), (1_000, RECEIVED_MS), (5, RECEIVED_MS + 1))
    ]
    assert versions == sorted(set(versions), reverse=True)
    assert all(0 < version < 2**64 for version in versions)


def test_a_copy_has_the_same_hash_however_it_was_written_and_sent() -> None:
    first = validate(touchpoint(identifiers={"email": "Anna@Example.org", "cookie": "c"}, data={"page": "/", "x": 1}))
    copy = touchpoint(data={"x": 1, "page": "/"}, identifiers={"cookie": "c", "email": " anna@example.org"})
    again = validate(
        {**dict(reversed(copy.items())), "sent_at": "2025-07-05T12:00:09Z"}, offset=99, timestamp=AT_MS + 9_000
    )
    assert again.row["payload_hash"] == first.row["payload_hash"]
    assert len(first.row["payload_hash"]) == 16


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "app"},
        {"place": "hall"},
        {"occurred_at": "2025-07-05T12:00:00.001Z"},
        {"identifiers": {"cookie": "c-2"}},
        {"data": {"page": "/other"}},
        {"operated_by": "Bistro"},
        {"schema_version": 2},
        {"trace": 1},
    ],
)
def test_another_content_has_another_hash(change: Json) -> None:
    assert validate(touchpoint(**change)).row["payload_hash"] != validate(touchpoint()).row["payload_hash"]


@pytest.mark.parametrize("absurd", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", None])
def test_an_absurd_time_of_sending_is_unknown(absurd: str | None) -> None:
    assert validate(touchpoint(sent_at=absurd)).row["sent_at"] is None


@pytest.mark.parametrize(
    ("occurred_at", "reason"),
    [
        ("1990-01-01T00:00:00Z", None),
        ("1989-12-31T23:59:59.999Z", "time_out_of_range"),
        ("2025-07-06T12:00:00.500Z", None),
        ("2025-07-06T12:00:00.501Z", "time_out_of_range"),
    ],
)
def test_occurred_at_lies_between_1990_and_a_day_ahead_of_the_record(occurred_at: str, reason: str | None) -> None:
    said = validate(touchpoint(occurred_at=occurred_at))
    assert ("rejected" in said.rows) == (reason is not None)
    assert reason is None or said.rejected["reason"] == reason


def test_a_touchpoint_is_not_changed_by_being_validated() -> None:
    state = new_state()
    assert validate(touchpoint(), state) == validate(touchpoint(), state)
    assert state.entries == {}
