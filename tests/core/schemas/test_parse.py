"""`parse`: what services ask before they send."""

from typing import Any

import pytest

from schemas.touchpoint import TYPES, ContractError, parse

PAGE: dict[str, Any] = {
    "event_id": "e-1",
    "source": "web-shop",
    "channel": "web",
    "type": "page.viewed",
    "occurred_at": "2026-05-04T10:15:30Z",
    "identifiers": {"cookie": "c-1"},
    "data": {"page": "/"},
}


def test_a_dictionary_and_its_bytes_give_the_same_model() -> None:
    from_dictionary = parse(PAGE)
    assert type(from_dictionary) is TYPES["page.viewed"]
    assert from_dictionary == parse(from_dictionary.model_dump_json(exclude_unset=True).encode())


def test_unknown_fields_are_kept_in_the_envelope_and_in_data() -> None:
    touchpoint = parse({**PAGE, "trace": "t-1", "data": {"page": "/", "theme": "dark"}})
    assert touchpoint.model_dump(exclude_unset=True)["trace"] == "t-1"
    assert touchpoint.model_dump(exclude_unset=True)["data"]["theme"] == "dark"


def test_a_broken_touchpoint_is_refused_with_reason_field_and_the_fix() -> None:
    with pytest.raises(ContractError, match="missing_field") as caught:
        parse({**PAGE, "data": {}})
    assert (caught.value.reason, caught.value.field) == ("missing_field", "data.page")
    assert caught.value.detail == "data.page is missing; page.viewed needs it"


@pytest.mark.parametrize("half", ["\ud800", {"\udfff": 1}])
def test_what_json_cannot_hold_is_refused_before_it_is_sent(half: Any) -> None:
    with pytest.raises(ContractError) as caught:
        parse({**PAGE, "data": {"page": "/", "note": half}})
    assert caught.value.reason == "not_json"


def test_a_time_further_ahead_than_asked_for_is_refused() -> None:
    with pytest.raises(ContractError) as caught:
        parse(PAGE, latest_ms=0)
    assert (caught.value.reason, caught.value.field) == ("time_out_of_range", "occurred_at")
