"""Anything at all on the log: validate answers with a row or a dead letter, and never raises."""

import json
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from support.touchpoints import PSEUDONYMISER, Json, Said, golden, happening, new_state, touchpoint, validate

from schemas.publish.json_schema import all_schemas
from schemas.rejection import Rejected
from schemas.touchpoint import REASONS
from streams.validate.pseudonym import Pseudonymiser
from streams.validate.state import ValidateState

EXAMPLES = [example for _, example in golden("good")]
READERS = {name: Draft7Validator(schema) for name, schema in all_schemas().items()}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["2025-07-05T12:00:00Z", "12.50", "EUR", "c-1", "", "0", "h1:" + "0" * 64, "h9:" + "0" * 64, "\x00"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WHERE = [(), ("data",), ("identifiers",)]


def answer(value: bytes | None, **record: Any) -> Said:
    """What validate says, after checking that it is a row or a dead letter and readable."""
    said = validate(value, **record)
    assert sorted(map(len, said.rows.values())) == [1]
    if "rejected" in said.rows:
        assert Rejected.model_validate(said.rejected).reason in REASONS
        assert said.rejected["detail"]
        assert [topic for topic, _, _ in said.messages] == ["touchpoints.rejected"]
    return said


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """A good example with some fields replaced, removed or added, in the envelope, in data or among identifiers."""
    sent = deepcopy(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        holder: Any = sent
        for name in draw(st.sampled_from(WHERE)):
            holder = holder.get(name) if isinstance(holder, dict) else None
        if not isinstance(holder, dict):
            continue
        field = draw(st.sampled_from(sorted(holder)) if holder else st.text(max_size=5)) or draw(st.text(max_size=5))
        if draw(st.booleans()):
            holder[field] = draw(VALUES)
        else:
            holder.pop(field, None)
    return sent


@given(st.binary(max_size=300))
def test_any_bytes(value: bytes) -> None:
    assert "rejected" in answer(value).rows


@given(st.dictionaries(st.sampled_from([*touchpoint(), "place", "sent_at", "schema_version", "x"]), VALUES))
def test_any_object_with_the_names_of_a_touchpoint(sent: Json) -> None:
    answer(orjson.dumps(sent))


@settings(max_examples=400)
@given(mutated())
def test_any_mutation_of_a_good_example_and_a_second_reader_agrees(sent: Json) -> None:
    said = answer(orjson.dumps(sent))
    kind = sent.get("type")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if "touchpoints" in said.rows:
        assert reader is not None
        assert reader.is_valid(json.loads(orjson.dumps(sent)))
    elif said.rejected["reason"] in ("missing_field", "wrong_type", "unknown_channel"):
        assert reader is None or not reader.is_valid(sent)


@given(mutated(), st.data())
def test_any_bytes_of_a_mutated_example_cut_or_overwritten(sent: Json, data: st.DataObject) -> None:
    value = bytearray(orjson.dumps(sent))
    at = data.draw(st.integers(0, len(value) - 1))
    value[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    answer(bytes(value))


HEADERS = st.lists(st.tuples(st.sampled_from(["touchline", "touchline-import", "x", None]), st.none() | st.binary()))


@given(st.none() | st.binary(max_size=20), st.integers(0, 2**41), HEADERS, st.none() | st.binary())
def test_any_key_time_and_headers(value: bytes | None, timestamp: int, headers: Any, key: bytes | None) -> None:
    for clock in ("append", "event"):
        state = new_state("append" if clock == "append" else "event")
        said = validate(value, state, timestamp=timestamp, headers=headers, key=key)
        assert len(said.rows) <= 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_large"),
        (b"[" * 100_000 + b"]" * 100_000, "not_an_object"),
        (b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
        (b"9" * 5_000, "not_json"),
        (orjson.dumps(touchpoint())[:-1] + b',"n":' + b"9" * 5_000 + b"}", "not_json"),
        (orjson.dumps(touchpoint())[:-1] + b',"n":NaN}', "not_json"),
        (orjson.dumps(touchpoint())[:-1] + b',"n":1e999}', "not_json"),
        (orjson.dumps(touchpoint())[:-1] + rb',"n":"\ud800"}', "not_json"),
        (orjson.dumps(touchpoint())[:-1] + b',"n":"\xed\xa0\x80"}', "not_utf8"),
        (b"\xef\xbb\xbf" + orjson.dumps(touchpoint()), "not_json"),
        (orjson.dumps(touchpoint()).decode().encode("utf-16"), "not_utf8"),
        (orjson.dumps(touchpoint(identifiers={str(n): "x" for n in range(20_000)})), "too_many_identifiers"),
        (orjson.dumps(touchpoint(**{"x" * 200_000: 1}, event_id=None)), "missing_field"),
        (orjson.dumps(touchpoint(identifiers={"x" * 200_000: 1})), "wrong_type"),
        (orjson.dumps(touchpoint(type="x" * 200_000)), "unknown_type"),
        (orjson.dumps(touchpoint(channel="x" * 200_000)), "unknown_channel"),
        (orjson.dumps(touchpoint(occurred_at="2025-07-05T12:00:00." + "1" * 200_000 + "Z")), "bad_time"),
    ],
)
def test_the_known_poisons(value: bytes, reason: str) -> None:
    refused = answer(value).rejected
    assert refused["reason"] == reason
    assert len(refused["detail"]) + len(refused["field"]) < 1_000


@pytest.mark.parametrize(
    "good",
    [
        orjson.dumps(touchpoint(data={"page": "\x00"}, event_id="\x00 \x01", identifiers={"cookie": "c\x00"})),
        orjson.dumps(touchpoint())[:-1] + b',"n":123456789012345678901234567890}',
        orjson.dumps(touchpoint())[:-1] + b',"n":5e-324,"m":-0.0}',
        orjson.dumps(touchpoint())[:-1] + rb',"n":"\u0000\ud83c\udfa1"}',
        orjson.dumps(touchpoint(data={"page": "/", "list": list(range(40_000))})),
        orjson.dumps(touchpoint(**{f"field {n}": n for n in range(10_000)})),
        b" \n" + orjson.dumps(touchpoint()) + b"\r\n",
    ],
)
def test_odd_but_good_records_become_rows(good: bytes) -> None:
    assert "touchpoints" in answer(good).rows


@given(
    st.from_regex(r"[a-z]{3,8}[.][A-Z]{3,8}@[a-z]{3,8}[.]org", fullmatch=True),
    st.from_regex(r"[+]49170[1-9]{7}", fullmatch=True),
    VALUES,
)
def test_no_output_repeats_an_email_or_a_phone(email: str, phone: str, beside: Any) -> None:
    national = f"0{phone[3:]}"
    notes = [email, email.upper(), f"<{email}>", phone, national, f"({national[:4]}) {national[4:]}", int(phone[1:])]
    who = {"email": email, "phone": national, "device": "d"}
    sent = happening("queue.joined", identifiers=who, data={"notes": notes, "beside": beside, email: 1}, extra=notes)
    said = answer(orjson.dumps(sent))
    everything = str(said).lower()
    assert email.lower() not in everything
    assert phone[3:] not in everything
    assert PSEUDONYMISER.identifier("email", email) in everything


class Broken(Pseudonymiser):
    """Fails as a defect of our own would."""

    def value(self, kind: str, raw: str) -> str:  # noqa: ARG002  # a fake with the same signature
        raise RecursionError(f"{kind} is too deep")


def test_a_defect_of_our_own_is_a_dead_letter_and_not_the_end() -> None:
    state = ValidateState(3, pseudonymiser=Broken(b"0123456789abcdef"))
    refused = answer(orjson.dumps(touchpoint()), state=state).rejected
    assert (refused["reason"], refused["field"], refused["source"]) == ("bad_value", "", "web-shop")
    assert "RecursionError" in refused["detail"]
