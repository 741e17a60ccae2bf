"""The normal form: trimmed, nobody left out, personal values hashed wherever they stand, calls and tokens made."""

import json
from typing import Any

import pytest
from support.touchpoints import PSEUDONYMISER, Json, happening, new_state, touchpoint, validate

ANNA = PSEUDONYMISER.value("email", "anna@example.org")
PHONE = PSEUDONYMISER.value("phone", "+491701234567")


def identifiers_of(**sent: Any) -> dict[str, str]:
    found: dict[str, str] = validate(touchpoint(identifiers=sent)).row["identifiers"]
    return found


def test_blanks_are_trimmed_and_case_is_kept() -> None:
    assert identifiers_of(customer="  C 1 ", cookie="\tAb\n") == {"customer": "C 1", "cookie": "Ab"}


def test_emails_and_phones_are_hashed_in_their_normal_form() -> None:
    assert identifiers_of(email=" ANNA@example.org", phone="0170/1234567") == {"email": ANNA, "phone": PHONE}


@pytest.mark.parametrize(
    "nobody",
    [None, "", "  ", "guest", "GUEST", " Anonymous ", "0", "undefined", "null", "[object Object]", "NaN", "not set"],
)
def test_what_names_nobody_is_absent_and_counted(nobody: str | None) -> None:
    state = new_state()
    said = validate(touchpoint(identifiers={"customer": nobody, "cookie": "c-1"}), state)
    assert said.row["identifiers"] == {"cookie": "c-1"}
    assert said.row["identifier"] == "cookie:c-1"
    assert state.warnings == {"identifier names nobody": 1}


def test_a_touchpoint_of_nobody_is_kept_anonymously() -> None:
    said = validate(touchpoint(identifiers={"customer": "guest", "phone": "0000000"}))
    assert said.messages == []
    assert (said.row["identifier"], said.row["identifiers"]) == ("", {})


def test_unknown_types_are_kept_and_not_used() -> None:
    said = validate(touchpoint(identifiers={"kundennummer": " 7 ", "cookie": "c-1"}))
    assert said.row["identifiers"] == {"kundennummer": "7", "cookie": "c-1"}
    assert said.of_kind("touch")[0][1]["i"] == {"cookie": "c-1"}
    assert validate(touchpoint(identifiers={"kundennummer": "7"})).messages == []


def test_a_booking_is_kept_and_told_but_makes_nobody() -> None:
    said = validate(touchpoint(identifiers={"booking": "b-1", "cookie": "c-1"}))
    assert said.row["identifiers"] == {"booking": "b-1", "cookie": "c-1"}
    assert said.of_kind("touch")[0][1]["i"] == {"cookie": "c-1"}
    assert said.of_kind("touch")[0][1]["d"]["booking"] == "b-1"
    assert validate(touchpoint(identifiers={"booking": "b-1"})).messages == []


def test_an_email_used_as_customer_number_is_hashed_with_and_without_the_email_beside_it() -> None:
    assert identifiers_of(customer="Anna@example.org") == {"customer": ANNA}
    assert identifiers_of(customer="Anna@example.org", email="anna@example.org") == {"customer": ANNA, "email": ANNA}


def test_a_merge_names_the_same_customers_as_their_touchpoints() -> None:
    said = validate(touchpoint(type="account.merged", data={"from": " c-2 ", "into": "Anna@example.org"}))
    assert said.of_kind("touch")[0][1]["d"] == {"from": "c-2", "into": ANNA}


@pytest.mark.parametrize(
    ("repeated", "kept"),
    [
        ("anna@example.org", ANNA),
        ("Write to ANNA@Example.org, please", f"Write to {ANNA}, please"),
        ({"deep": [{"to": "anna@example.org"}]}, {"deep": [{"to": ANNA}]}),
        ({"anna@example.org": 1}, {ANNA: 1}),
        ("0170 1234567", PHONE),
        ("+49-170-1234567", PHONE),
        ("call 491701234567 now", f"call {PHONE} now"),
        (491701234567, PHONE),
        (1701234567, PHONE),
        ([True, None, 1.5, 7, "other@example.org"], [True, None, 1.5, 7, "other@example.org"]),
    ],
)
def test_personal_values_are_hashed_wherever_data_repeats_them(repeated: Any, kept: Any) -> None:
    who = {"email": "Anna@Example.org", "phone": "0170 1234567"}
    row = validate(touchpoint(identifiers=who, data={"page": "/", "note": repeated}, trace=repeated)).row
    assert json.loads(row["data"])["note"] == kept
    assert json.loads(row["extra"])["trace"] == kept


def test_personal_values_are_hashed_in_the_partner_and_in_unknown_types_too() -> None:
    who = {"email": "anna@example.org", "contact": "mail anna@example.org"}
    row = validate(touchpoint(identifiers=who, operated_by="anna@example.org")).row
    assert row["operated_by"] == ANNA
    assert row["identifiers"]["contact"] == f"mail {ANNA}"


def test_no_output_of_a_touchpoint_holds_a_personal_value() -> None:
    who = {"email": "Anna@Example.org", "phone": "+49 170 1234567", "customer": "c-1"}
    said = validate(happening("queue.joined", identifiers=who, data={"token": "A", "caller": "0170 1234567"}))
    everything = str(said).lower()
    assert "anna" not in everything
    assert "1701234567" not in everything
    assert "170 1234567" not in everything


def test_a_touchpoint_hashed_before_is_the_same_touchpoint() -> None:
    plain = validate(touchpoint(identifiers={"email": "anna@example.org", "phone": "+491701234567"}))
    again = validate(touchpoint(identifiers={"email": ANNA, "phone": PHONE}))
    assert again == plain


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"identifiers": {"email": "h2:" + "0" * 64}}, "identifiers.email"),
        ({"identifiers": {"customer": "h2:" + "0" * 64}}, "identifiers.customer"),
        ({"type": "account.merged", "data": {"from": "h2:" + "0" * 64, "into": "c-1"}}, "data.from"),
    ],
)
def test_a_pseudonym_of_another_key_is_refused(sent: Json, field: str) -> None:
    refused = validate(touchpoint(**sent)).rejected
    assert (refused["reason"], refused["field"]) == ("bad_identifier", field)
    later = validate(touchpoint(**sent, occurred_at="1980-01-01T00:00:00Z")).rejected
    assert later["reason"] == "bad_identifier"


def test_a_call_is_unique_within_its_source_and_a_token_within_its_place() -> None:
    call = validate(touchpoint(type="call.entered", identifiers=None, data={"call": " 42 "}))
    token = validate(happening("queue.joined", identifiers=None, data={"token": " A17 "}))
    assert call.row["identifiers"] == {"call": "web-shop/42"}
    assert token.row["identifiers"] == {"token": "ride/A17"}


def test_calls_and_tokens_are_not_taken_from_identifiers() -> None:
    state = new_state()
    said = validate(happening("queue.joined", identifiers={"token": "A17", "call": "42"}), state)
    assert said.row["identifiers"] == {}
    assert list(state.warnings.values()) == [2]


@pytest.mark.parametrize("nobody", ["0", "null", " undefined"])
def test_a_token_that_names_nobody_makes_no_identifier(nobody: str) -> None:
    assert validate(happening("queue.joined", identifiers=None, data={"token": nobody})).messages == []


def test_identifiers_of_touchpoints_about_places_are_kept_and_not_used() -> None:
    said = validate(happening("staff.assigned", data={"count": 2}))
    assert (said.row["identifier"], said.row["identifiers"]) == ("", {"wristband": "w-1"})
    assert said.of_kind("touch") == []
