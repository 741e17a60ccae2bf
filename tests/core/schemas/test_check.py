"""The contract as a whole: of several defects the first listed, null as absent, forms of identifiers, limits."""

from itertools import combinations
from typing import Any

import pytest
from support.touchpoints import Json, happening, touchpoint

from schemas.touchpoint import REASONS, TYPES, AnyTouchpoint, ContractError, Data, find_defect, parse
from schemas.touchpoint.catalogue import type_name
from schemas.touchpoint.reasons import Reason

DEFECTS: dict[Reason, Json] = {
    "missing_field": {"event_id": None},
    "wrong_type": {"place": 5},
    "bad_value": {"source": "Web Shop"},
    "unknown_channel": {"channel": "fax"},
    "unknown_type": {"type": "page.vieved"},
    "bad_identifier": {"identifiers": {"email": "ask her"}},
    "bad_time": {"occurred_at": "yesterday"},
    "time_out_of_range": {"occurred_at": "1980-01-01T00:00:00Z"},
}


def reason_of(sent: Json) -> str:
    defect = find_defect(sent)
    return defect.reason if defect else "good"


@pytest.mark.parametrize("reason", DEFECTS)
def test_each_defect_alone_is_named(reason: Reason) -> None:
    assert reason_of(touchpoint(**DEFECTS[reason])) == reason


@pytest.mark.parametrize(
    ("one", "other"),
    [pair for pair in combinations(DEFECTS, 2) if not DEFECTS[pair[0]].keys() & DEFECTS[pair[1]].keys()],
)
def test_of_two_defects_the_one_listed_first_is_named(one: Reason, other: Reason) -> None:
    assert REASONS.index(one) < REASONS.index(other)
    assert reason_of(touchpoint(**DEFECTS[other], **DEFECTS[one])) == one


def test_of_two_defects_of_one_reason_the_envelope_comes_before_the_data() -> None:
    defect = find_defect(touchpoint(source=None, data={}))
    assert defect is not None
    assert defect.field == "source"


def test_within_the_identifiers_too_the_reason_listed_first_is_named() -> None:
    many = {f"kind_{number}": "x" for number in range(9)}
    assert reason_of(touchpoint(identifiers=many)) == "too_many_identifiers"
    assert reason_of(touchpoint(identifiers={**many, "email": "ask her"})) == "bad_identifier"
    assert reason_of(touchpoint(identifiers={**many, "email": "ask her", "customer": 5})) == "wrong_type"


@pytest.mark.parametrize(
    "identifiers",
    [
        {"email": " Anna@Example.org "},
        {"email": "guest"},
        {"email": ""},
        {"phone": "+49 (0) 170 / 123-45.67"},
        {"phone": "tel:+491701234567"},
        {"phone": "withheld"},
        {"phone": "0000000"},
        {"customer": None},
        {"customer": "x" * 256},
        {"loyalty-no.": "7"},
        {"email": "h1:" + "0" * 64, "phone": "h12:" + "f" * 64},
        {f"kind_{number}": "x" for number in range(8)},
    ],
)
def test_identifiers_that_are_taken(identifiers: Json) -> None:
    assert reason_of(touchpoint(identifiers=identifiers)) == "good"


@pytest.mark.parametrize(
    "identifiers",
    [
        {"email": "anna"},
        {"email": "anna@"},
        {"email": "@example.org"},
        {"email": "anna@@example.org"},
        {"email": "anna b@example.org"},
        {"email": "h1:abc"},
        {"phone": "12"},
        {"phone": "0170 CALL ME"},
        {"phone": "1" * 9 + "2" * 9},
        {"phone": "+49 170 1234567 ext. 5"},
        {"phone": "٠١٧٠١٢٣٤٥٦٧"},
        {"customer": "x" * 257},
        {"": "x"},
        {"a:b": "x"},
        {"k" * 65: "x"},
    ],
)
def test_identifiers_that_are_refused(identifiers: Json) -> None:
    assert reason_of(touchpoint(identifiers=identifiers)) == "bad_identifier"


@pytest.mark.parametrize("value", [7, 1.5, True, [], {}])
def test_an_identifier_that_is_no_text_has_the_wrong_type(value: Any) -> None:
    assert reason_of(touchpoint(identifiers={"customer": value})) == "wrong_type"


def test_identifiers_may_be_absent_where_a_place_is_what_matters() -> None:
    for absent in ({}, None):
        assert reason_of(happening("queue.joined", identifiers=absent)) == "good"
        assert reason_of(touchpoint(identifiers=absent)) == "missing_field"


def test_a_presence_needs_a_place_or_a_point() -> None:
    assert reason_of(happening("presence.seen")) == "good"
    assert reason_of(happening("presence.seen", place=None, data={"x": 0, "y": 0})) == "good"
    for somewhere in ({"x": 1}, {"y": 1}, {"x": 1, "y": None}, {}, None):
        assert reason_of(happening("presence.seen", place=None, data=somewhere)) == "missing_field"


def test_merging_nobody_is_refused() -> None:
    assert reason_of(touchpoint(type="account.merged", data={"from": "c-1", "into": "c-2"})) == "good"
    assert reason_of(touchpoint(type="account.merged", data={"from": "guest", "into": "c-2"})) == "bad_identifier"


@pytest.mark.parametrize("text", ["x" * 4096, "\U0001f3a1" * 4096])
def test_texts_are_counted_in_characters(text: str) -> None:
    assert reason_of(touchpoint(data={"page": text})) == "good"
    assert reason_of(touchpoint(data={"page": text + "x"})) == "bad_value"


def test_text_limits_bind_known_fields_only() -> None:
    assert reason_of(touchpoint(data={"page": "/", "notes": "x" * 100_000}, trace="x" * 100_000)) == "good"


def test_one_json_number_is_as_good_as_another() -> None:
    assert reason_of(touchpoint(type="thread.viewed", data={"thread": "t", "viewers": 5.0})) == "good"
    assert reason_of(touchpoint(type="thread.viewed", data={"thread": "t", "viewers": 5.5})) == "wrong_type"
    assert reason_of(happening("wait.posted", data={"minutes": -92918})) == "good"
    assert reason_of(happening("wait.posted", data={"minutes": True})) == "wrong_type"


def test_every_model_stands_for_one_type_and_says_what_it_is() -> None:
    for name, model in TYPES.items():
        assert type_name(model) == name
        assert model.__doc__
        data = model.model_fields["data"].annotation
        assert data in (Data, Data | None) or "Data" in str(data)


def test_the_union_tells_types_apart() -> None:
    from pydantic import TypeAdapter

    reader: TypeAdapter[Any] = TypeAdapter(AnyTouchpoint)
    assert type(reader.validate_python(touchpoint())) is TYPES["page.viewed"]
    assert type(reader.validate_python(happening("queue.joined"))) is TYPES["queue.joined"]


def test_an_unknown_type_is_named_shortly() -> None:
    with pytest.raises(ContractError) as caught:
        parse(touchpoint(type="x" * 10_000))
    assert caught.value.reason == "unknown_type"
    assert len(caught.value.detail) < 200


def test_a_model_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse(touchpoint()).event_id = "other"  # type: ignore[misc]  # this is what is tested
