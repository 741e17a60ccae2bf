"""Headers: heartbeats, control records, imported lines; whatever is garbled is an ordinary record."""

from typing import Any

import orjson
import pytest
from support.touchpoints import RECEIVED_MS, new_state, touchpoint, validate

from streams.validate.marker import LIVE, Advance, Heartbeat, imported_from, marker

BEAT = [("touchline", b"heartbeat")]
CONTROL = [("touchline", b"control")]
DAY = orjson.dumps({"control": "advance", "by_ms": 86_400_000})


@pytest.mark.parametrize("value", [None, b""])
def test_a_heartbeat_is_a_header_without_a_value(value: bytes | None) -> None:
    assert marker(BEAT, value) == Heartbeat()
    said = validate(value, headers=BEAT)
    assert (said.messages, said.rows) == ([], {})


def test_a_control_record_moves_the_clock_on() -> None:
    assert marker(tuple(CONTROL), DAY) == Advance(86_400_000)
    said = validate(DAY, headers=CONTROL)
    assert (said.messages, said.rows) == ([], {})


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        (BEAT, b"{}"),
        (CONTROL, b""),
        (CONTROL, None),
        (CONTROL, b"{"),
        (CONTROL, b"[]"),
        (CONTROL, b"\xff"),
        (CONTROL, b'{"control":"stop","by_ms":5}'),
        (CONTROL, b'{"control":"advance"}'),
        (CONTROL, b'{"control":"advance","by_ms":0}'),
        (CONTROL, b'{"control":"advance","by_ms":-5}'),
        (CONTROL, b'{"control":"advance","by_ms":true}'),
        (CONTROL, b'{"control":"advance","by_ms":"5"}'),
        (CONTROL, b'{"control":"advance","by_ms":1.5}'),
        (CONTROL, b'{"control":"advance","by_ms":99999999999999999}'),
        ([("touchline", b"HEARTBEAT")], b""),
        ([("Touchline", b"heartbeat")], b""),
        ([("touchline", None)], b""),
    ],
)
def test_a_garbled_marker_is_an_ordinary_record(headers: Any, value: bytes | None) -> None:
    state = new_state("event")
    assert marker(headers, value) is None
    assert list(validate(value, state, headers=headers).rows) == ["rejected"]
    assert state.watermark is None


@pytest.mark.parametrize("kind", [b"heartbeat", b"control", b"anything"])
def test_a_touchpoint_with_a_marker_of_touchline_is_still_a_touchpoint(kind: bytes) -> None:
    assert "touchpoints" in validate(touchpoint(), headers=[("touchline", kind)]).rows


@pytest.mark.parametrize(
    "headers",
    [
        None,
        (),
        [],
        "touchline",
        5,
        [None],
        [()],
        [("a",)],
        [("a", b"1", b"2")],
        [(None, None)],
        [(b"touchline", b"x")],
        {},
    ],
)
def test_odd_headers_are_passed_over(headers: Any) -> None:
    assert validate(touchpoint(), headers=headers).row["import_file"] == ""
    assert list(validate(b"", headers=headers).rows) == ["rejected"]


def test_an_imported_line_is_noted_in_its_row_and_in_its_dead_letter() -> None:
    headers = [("other", b"1"), ("touchline-import", b"0123456789abcdef:17")]
    row = validate(touchpoint(), headers=headers).row
    refused = validate(b"{", headers=headers).rejected
    assert (row["import_file"], row["import_line"]) == ("0123456789abcdef", 17)
    assert (refused["import_file"], refused["import_line"]) == ("0123456789abcdef", 17)


@pytest.mark.parametrize(
    "garbled", [b"", b"17", b"0123456789abcdef", b"0123456789ABCDEF:1", b"0123456789abcdef:-1", b"\xff"]
)
def test_a_garbled_import_header_is_no_import(garbled: bytes) -> None:
    assert imported_from([("touchline-import", garbled)]) == LIVE


def test_a_backfilled_touchpoint_becomes_a_row_and_nothing_else() -> None:
    state = new_state("event")
    said = validate(touchpoint(), state, headers=[("touchline-backfill", b"1")])
    assert said.messages == []
    assert said.row["event_id"] == "e-1"
    assert state.watermark is None


def test_a_backfilled_touchpoint_moves_no_event_clock_but_the_append_clock_like_any_record() -> None:
    state = new_state("append")
    validate(touchpoint(), state, headers=[("touchline-backfill", b"1")])
    assert state.watermark == RECEIVED_MS


def test_with_the_append_clock_every_record_moves_the_watermark() -> None:
    for value, headers in ((b"", BEAT), (DAY, CONTROL), (b"{", ()), (orjson.dumps(touchpoint()), ())):
        state = new_state("append")
        validate(value, state, headers=headers)
        assert state.watermark == RECEIVED_MS
