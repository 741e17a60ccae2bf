"""Anything at all on the log: it is folded in or passed over, and nothing is raised."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stitch_world import LIMITS, LogEntry

from streams.outbox import Outbox
from streams.stitch.state import StitchState
from streams.stitch.step import fire, step

WHOLE: dict[str, dict[str, Any]] = {
    "touch": {"k": "touch", "c": "app", "i": {}, "h": 1, "a": "1.5", "u": "EUR"},
    "seen": {"k": "seen", "w": "customer:c"},
    "fact": {"k": "fact"},
    "closing": {"k": "closing"},
}
COMMON = {"o": ["touchpoints", 0, 1, 0, 5, "0" * 16], "t": 5, "s": "gate", "e": "e1", "p": "ride", "d": {"order": "x"}}
KINDS = ["queue.joined", "place.left", "call.ended", "order.placed", "order.cancelled", "place.closed", "sale.made", ""]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["touch", "seen", "wm", "0" * 16, "zz" * 8, "e" * 5_000, "\x1fe\x1f0\x1fx"]),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.sampled_from("kotseypdiwhauf"), inner, max_size=5),
    max_leaves=8,
)


def fold(values: list[tuple[bytes | None, bytes | None]]) -> StitchState:
    state = StitchState(0, epoch=1, senders=1, **LIMITS)
    for offset, (key, value) in enumerate(values):
        out = Outbox()
        state.begin(offset)
        step(state, LogEntry(offset, 0, key, value), out)
        while fire(state, out, 3):
            pass
        for entry in state.changes.values():
            assert entry is None or state.encode(entry)
        state.settle()
    return state


NO_RECORDS = [None, b"", b"\x00\xff", b"{", b"[]", b"1", b'"touch"', b"{}", b'{"k":"touch"}', b'{"k":[]}']
NO_RECORDS += [b"[" * 100_000, b'{"k":"wm"}', b'{"k":"wm","f":1,"t":2}', b'{"k":"wm","f":"validate/0","t":"soon"}']
NO_RECORDS += [b'{"k":"\\ud800"}']


@pytest.mark.parametrize("value", NO_RECORDS)
def test_what_is_no_record_is_passed_over(value):
    assert fold([(b"wristband:w", value)]).entries == {}


@pytest.mark.parametrize("key", [None, b"", b"\xff\xfe", b"\x1fi\x1f0\x1fcookie:a"])
def test_a_key_that_names_nobody_is_passed_over(key):
    value = orjson.dumps(WHOLE["touch"] | COMMON | {"y": "queue.joined"})
    assert fold([(key, value)]).entries == {}


BAD_FIELDS = [
    ("w", []),
    ("w", None),
    ("t", 2**63),
    ("t", 2**62),
    ("t", -1),
    ("t", 1.5),
    ("t", True),
    ("p", 7),
    ("p", []),
]
BAD_FIELDS += [("s", None), ("e", 7), ("y", []), ("d", None), ("d", []), ("u", []), ("a", 5), ("o", []), ("k", {})]
BAD_FIELDS += [("o", ["touchpoints", 0, 1, 0, 5, "x" * 16]), ("o", ["touchpoints", 0, 1, 0, 5, "00"])]
BAD_FIELDS += [("o", ["touchpoints", [], 1, 0, 5, "0" * 16]), ("o", ["touchpoints", 0, "1", 0, 5, "0" * 16])]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
@pytest.mark.parametrize("kind", list(WHOLE))
def test_no_field_does_harm_whatever_is_in_it(kind, field, value):
    records = [WHOLE[kind] | COMMON | {"y": what, field: value} for what in KINDS]
    for number, record in enumerate(records):
        if field != "o":
            record["o"] = ["touchpoints", 0, number, 0, 5, "0" * 16]
        if field != "e":
            record["e"] = f"e{number}"
    later = {"k": "wm", "f": "validate/0", "t": 10**12}
    fold([(b"wristband:w", orjson.dumps(record)) for record in [*records, later, *records]])


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(list(WHOLE)), st.sampled_from(KINDS), st.data()), min_size=1, max_size=4))
def test_any_field_may_be_missing_or_anything_else(records):
    values: list[tuple[bytes | None, bytes | None]] = []
    for number, (kind, what, data) in enumerate(records):
        record: dict[str, Any] = WHOLE[kind] | COMMON | {"y": what}
        record["o"] = ["touchpoints", 0, number, 0, 5, "0" * 16]
        for field in data.draw(st.sets(st.sampled_from(sorted(record)), max_size=2)):
            record[field] = data.draw(ANYTHING)
            if data.draw(st.booleans()):
                del record[field]
        values.append((b"wristband:w", orjson.dumps(record)))
    fold([*values, (None, orjson.dumps({"k": "wm", "f": "validate/0", "t": 10**12}))])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.binary(max_size=8) | st.none(), ANYTHING.map(orjson.dumps) | st.binary()), max_size=4))
def test_anything_at_all_is_survived(values):
    fold(values)
