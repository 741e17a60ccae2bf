"""Bytes to one object: every way in which bytes are none, and garbage of any kind."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.touchpoint.decode import MAX_BYTES, MAX_DEPTH, _is_json, decode, deeper_than
from schemas.touchpoint.reasons import Defect


def reason(value: bytes | None) -> str:
    found = decode(value)
    return found.reason if isinstance(found, Defect) else "an object"


def nested(levels: int, inner: bytes = b"1") -> bytes:
    """An object so deep, the object itself being the first level."""
    return b'{"a":' * levels + inner + b"}" * levels


BAD: dict[str, list[bytes | None]] = {
    "empty": [None, b"", b" ", b"\n\t "],
    "too_large": [b" " * (MAX_BYTES + 1), b"\xff" * (MAX_BYTES + 1), nested(100_000)],
    "not_utf8": [b'\xff{"a":1}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc3"}', "{}".encode("utf-16"), b"\x80" * 9],
    "not_json": [
        *(b"{", b"{]", b"hello", b"{'a':1}", b'{"a":1,}', b"{} {}", b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":01}'),
        *(b"\xef\xbb\xbf{}", rb'{"a":"\ud800"}', rb'{"a":"\udc00x"}', rb'{"\ud83d":1}', b'{"a":"\x00"}', b"\x00"),
        *(b'{"a":1e999}', b'{"a":-1e999}', b'{"a":' + b"9" * 5_000 + b"}", nested(30_000, b"")),
        *(b'{"a":' * 40_000, b"[" * 200_000, b"[" * 100_000 + b"}" * 100_000, b'{"a":' * 2_000 + b'"'),
    ],
    "not_an_object": [
        b"1",
        b'"text"',
        b"null",
        b"true",
        b"[]",
        b"[{}]",
        b"[" * 50 + b"]" * 50,
        b"[" * 99_999 + b"]" * 99_999,
    ],
    "too_deep": [nested(MAX_DEPTH + 1), nested(5_000), nested(30_000), b'{"a":' + b"[" * 32 + b"]" * 32 + b"}"],
}


@pytest.mark.parametrize(("expected", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_what_is_no_object_is_refused_for_the_first_reason(expected: str, value: bytes | None) -> None:
    assert reason(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        b"{}",
        b' {"a":1} \n',
        nested(MAX_DEPTH),
        b'{"a":' + b"[" * 31 + b"]" * 31 + b"}",
        b'{"a":"\\u0000"}',
        b" " * (MAX_BYTES - 2) + b"{}",
    ],
)
def test_what_just_fits_is_taken(value: bytes) -> None:
    assert reason(value) == "an object"


def test_brackets_in_texts_and_breadth_are_not_depth() -> None:
    assert decode(orjson.dumps({"a": "[" * 1_000})) == {"a": "[" * 1_000}
    assert reason(orjson.dumps({"a": [[]] * 5_000})) == "an object"


def test_a_repeated_field_keeps_its_last_value() -> None:
    assert decode(b'{"a":1,"a":2}') == {"a": 2}


def test_details_say_what_to_do() -> None:
    for values in BAD.values():
        for value in values:
            found = decode(value)
            assert isinstance(found, Defect)
            assert found.field == ""
            assert found.detail.startswith(("the record", "byte", "objects and lists"))
            assert ";" in found.detail


@given(st.binary())
@example(b"\xf4\x90\x80\x80")
def test_no_bytes_raise_and_what_is_taken_is_json(value: bytes) -> None:
    found = decode(value)
    if not isinstance(found, Defect):
        assert found == json.loads(value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.integers(0, 40), st.text(max_size=2))
def test_the_checker_for_deep_records_agrees_with_a_parser(value: Any, cut: int, inserted: str) -> None:
    text = json.dumps(value, ensure_ascii=False)
    for candidate in (text, text[:cut] + inserted + text[cut:]):
        assert _is_json(candidate.encode()) == _parses(candidate)


def _parses(text: str) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


@given(st.integers(1, 45), st.booleans())
def test_depth_counts_from_the_root(levels: int, lists: bool) -> None:
    value: Any = {}
    for _ in range(levels - 1):
        value = [value] if lists else {"a": value}
    assert deeper_than(value, MAX_DEPTH) == (levels > MAX_DEPTH)
