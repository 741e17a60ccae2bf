"""Commands about people: a row and a message to whom they concern, or a dead letter with the field and the fix."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.touchpoints import PSEUDONYMISER, RECEIVED_MS, Json, Said, new_state, validate

from schemas.touchpoint.identifiers import STRENGTH
from streams.validate.marker import COMMAND_HEADER, Ordered, marker
from streams.validate.pseudonym import Pseudonymiser

UNLINK: Json = {
    "command": "u-1",
    "kind": "unlink",
    "weak": "cookie:k",
    "strong": "customer:c",
    "who": "ops",
    "why": "a shared tablet",
}
EMAIL = PSEUDONYMISER.identifier("email", "ann@example.org")
FOREIGN = Pseudonymiser(b"the key of somebody else", "h2").identifier("email", "ann@example.org")


def give(sent: Json | bytes | None, **record: Any) -> Said:
    return validate(sent, headers=[COMMAND_HEADER], **record)


def test_a_command_is_told_by_its_header() -> None:
    assert marker([COMMAND_HEADER], b"{}") == Ordered()


def test_a_command_becomes_a_row() -> None:
    ((table, (row,)),) = give(UNLINK).rows.items()
    assert table == "identity_commands"
    assert row.pop("version") < 2**63
    assert row == {**UNLINK, "at": RECEIVED_MS / 1_000, "topic": "touchpoints", "partition": 3, "offset": 7}


@pytest.mark.parametrize(("kind", "on"), [("unlink", 1), ("relink", 0)])
def test_the_weaker_one_hears_who_does_not_hold_it(kind: str, on: int) -> None:
    ((topic, key, message),) = give({**UNLINK, "kind": kind}).messages
    assert (topic, key) == ("events", "cookie:k")
    assert message.pop("o")[:5] == ["touchpoints", 3, 7, 0, RECEIVED_MS]
    assert message == {
        "k": "unlink",
        "t": RECEIVED_MS,
        "i": "cookie:k",
        "w": "customer:c",
        "on": on,
        "c": "u-1",
        "by": "ops",
    }


def test_two_customers_are_taken_apart_where_merges_are_decided() -> None:
    ((_, key, message),) = give({**UNLINK, "weak": "customer:a"}).messages
    assert (key, message["i"], message["w"]) == ("merges", "customer:a", "customer:c")


def test_erasing_names_one_identifier() -> None:
    ((_, key, message),) = give({"command": "x", "kind": "erase", "weak": EMAIL, "why": "asked for"}).messages
    assert message.pop("o")[3] == 0
    assert (key, message) == (EMAIL, {"k": "erase", "t": RECEIVED_MS, "i": EMAIL, "c": "x", "by": ""})


def test_of_copies_of_a_command_the_first_row_stands() -> None:
    first, again = (give(UNLINK, offset=offset).rows["identity_commands"][0] for offset in (7, 8))
    assert first["version"] > again["version"]


def test_a_command_says_nothing_of_event_time_and_everything_of_append_time() -> None:
    event, append = new_state("event"), new_state("append")
    give(UNLINK, state=event)
    give(UNLINK, state=append)
    assert (event.watermark, append.watermark) == (None, RECEIVED_MS)


@pytest.mark.parametrize(
    ("change", "reason", "field", "fix"),
    [
        ({"command": None}, "missing_field", "command", "touchline identity"),
        ({"strong": None}, "missing_field", "strong", "touchline identity"),
        ({"weak": "  "}, "bad_value", "weak", "touchline identity"),
        ({"kind": 7}, "wrong_type", "kind", "as a text"),
        ({"why": ["x"]}, "wrong_type", "why", "as a text"),
        ({"kind": "merge"}, "bad_value", "kind", "unlink, relink, erase"),
        ({"command": "x" * 129}, "bad_value", "command", "keep it to 128"),
        ({"weak": "k"}, "bad_value", "weak", "type:value"),
        ({"weak": "booking:b"}, "bad_value", "weak", "type:value"),
        ({"weak": "cookie:undefined"}, "bad_value", "weak", "one person's"),
        ({"weak": "email:ann@example.org"}, "bad_value", "weak", "touchline identity"),
        ({"weak": "phone:+49301234567"}, "bad_value", "weak", "touchline identity"),
        ({"weak": "cookie:ann@example.org"}, "bad_value", "weak", "touchline identity"),
        ({"weak": FOREIGN}, "bad_value", "weak", "anew"),
        ({"strong": "cookie:k2"}, "bad_value", "strong", "its holder as strong"),
        ({"weak": "customer:c", "strong": "cookie:k"}, "bad_value", "strong", "its holder as strong"),
        ({"weak": "device:d", "strong": "wristband:w"}, "bad_value", "strong", "its holder as strong"),
        ({"weak": "customer:c"}, "bad_value", "strong", "name two"),
        ({"kind": "erase"}, "bad_value", "strong", "leave strong out"),
    ],
)
def test_a_garbled_command_is_a_dead_letter_with_field_and_fix(change: Json, reason: str, field: str, fix: str) -> None:
    said = give({**UNLINK, **change})
    assert [topic for topic, _, _ in said.messages] == ["touchpoints.rejected"]
    assert (said.rejected["reason"], said.rejected["field"]) == (reason, field)
    assert fix in said.rejected["detail"]


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"\xff", b"{}"])
def test_what_is_no_object_is_a_dead_letter(value: bytes | None) -> None:
    assert list(give(value).rows) == ["rejected"]


TEXT = (
    st.none() | st.text(max_size=8) | st.integers(-9, 9) | st.sampled_from(["cookie:k", "customer:c", EMAIL, "erase"])
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(UNLINK, TEXT)))
def test_anything_at_all_is_obeyed_or_refused(change: Json) -> None:
    said = give(orjson.dumps({**UNLINK, **change}))
    assert sorted(map(len, said.rows.values())) == [1]
    assert ("rejected" in said.rows) == (said.messages[0][0] == "touchpoints.rejected")


@pytest.mark.parametrize("weak", STRENGTH)
@pytest.mark.parametrize("strong", STRENGTH)
def test_only_what_a_touchpoint_can_link_can_be_taken_apart(weak: str, strong: str) -> None:
    values = {kind: PSEUDONYMISER.identifier(kind, "+49301234567") for kind in ("email", "phone")}
    named = [values.get(kind, f"{kind}:{kind[0]}{place}") for place, kind in enumerate((weak, strong))]
    obeyed = "identity_commands" in give({**UNLINK, "weak": named[0], "strong": named[1]}).rows
    stable = strong in STRENGTH[:4] and STRENGTH.index(weak) > STRENGTH.index(strong)
    leased = strong in STRENGTH[4:7] and weak in STRENGTH[7:]
    assert obeyed == (stable or leased or weak == strong == "customer")
