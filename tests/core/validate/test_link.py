"""Who is told to whom it belongs: links upwards to stable identifiers, before anything else is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.touchpoints import AT_MS, PSEUDONYMISER, RECEIVED_MS, Json, happening, touchpoint, validate

from schemas.touchpoint.identifiers import STABLE, STRENGTH

EVERYBODY = {
    "customer": "c",
    "loyalty_card": "l",
    "email": "ann@example.org",
    "phone": "+49301234567",
    "wristband": "w",
    "device": "d",
    "cookie": "k",
    "booking": "b",
}
EMAIL, PHONE = PSEUDONYMISER.identifier("email", "ann@example.org"), PSEUDONYMISER.identifier("phone", "+49301234567")
SEND = st.dictionaries(st.sampled_from(list(EVERYBODY)), st.just(None), min_size=1, max_size=8)


def links(sent: Json) -> list[tuple[str | None, str]]:
    return [(key, link["w"]) for key, link in validate(sent).of_kind("link")]


def test_every_weaker_identifier_hears_of_the_strongest_and_a_group_is_nobody() -> None:
    weaker = ["loyalty_card:l", EMAIL, PHONE, "wristband:w", "device:d", "cookie:k"]
    assert links(touchpoint(identifiers=EVERYBODY)) == [(weak, "customer:c") for weak in weaker]


def test_a_link_says_when_and_by_what() -> None:
    said = validate(touchpoint(type="account.signed_in", identifiers={"customer": "c", "cookie": "k"}, data={}))
    ((key, link),) = said.of_kind("link")
    assert key == "cookie:k"
    assert link.pop("o")[:5] == ["touchpoints", 3, 7, 0, RECEIVED_MS]
    assert link == {
        "k": "link",
        "t": AT_MS,
        "s": "web-shop",
        "e": "e-1",
        "y": "account.signed_in",
        "w": "customer:c",
    }


def test_two_leased_identifiers_alone_are_not_linked() -> None:
    assert links(touchpoint(identifiers={"wristband": "w", "device": "d", "cookie": "k"})) == []


@pytest.mark.parametrize("holder", ["wristband", "device", "cookie"])
def test_a_token_alone_may_hang_on_something_leased(holder: str) -> None:
    joined = happening("queue.joined", identifiers={holder: "x", "booking": "b"}, data={"token": "A17"})
    assert links(joined) == [("token:ride/A17", f"{holder}:x")]


def test_of_several_leased_ones_a_token_hangs_on_the_strongest() -> None:
    joined = happening("queue.joined", identifiers={"cookie": "k", "device": "d"}, data={"token": "A17"})
    assert links(joined) == [("token:ride/A17", "device:d")]


def test_a_caller_whom_the_agent_identifies_is_linked_with_the_phone() -> None:
    call = touchpoint(type="call.answered", identifiers={"customer": "c", "phone": "+49301234567"}, data={"call": "9"})
    assert links(call) == [(PHONE, "customer:c"), ("call:web-shop/9", "customer:c")]


def test_a_token_and_nobody_else_are_linked_with_nothing() -> None:
    assert links(happening("queue.joined", identifiers=None, data={"token": "A17"})) == []


@pytest.mark.parametrize("kind", ["wristband.issued", "wristband.returned"])
@pytest.mark.parametrize(
    ("others", "holder"),
    [
        ({}, ""),
        ({"device": "d", "booking": "b"}, ""),
        ({"email": "ann@example.org", "device": "d"}, EMAIL),
        ({"customer": "c"}, "customer:c"),
    ],
)
def test_a_wristband_that_is_handed_over_is_told_in_any_case_once(kind: str, others: Json, holder: str) -> None:
    told = links(touchpoint(type=kind, identifiers={"wristband": "w", **others}, data={}))
    assert [strong for weak, strong in told if weak == "wristband:w"] == [holder]


def test_handing_over_no_wristband_marks_nothing() -> None:
    assert links(touchpoint(type="wristband.issued", identifiers={"device": "d"}, data={})) == []


def test_links_come_before_the_touch_and_whereabouts_after_it() -> None:
    said = validate(happening("queue.joined", identifiers={"customer": "c", "wristband": "w", "device": "d"}))
    told = [(message["k"], message["o"][3]) for _, _, message in said.messages]
    assert told == [("link", 0), ("link", 1), ("touch", 2), ("seen", 3)]


def test_people_who_are_not_meant_are_not_linked() -> None:
    assert links(happening("place.opened", identifiers={"customer": "c", "cookie": "k"})) == []


@given(SEND)
def test_links_go_upwards_from_each_identifier_once_and_only_to_stable_ones(chosen: Json) -> None:
    told = links(touchpoint(identifiers={kind: EVERYBODY[kind] for kind in chosen}))
    kinds = [(str(weak).partition(":")[0], strong.partition(":")[0]) for weak, strong in told]
    assert all(STRENGTH.index(weak) > STRENGTH.index(strong) and strong in STABLE for weak, strong in kinds)
    used = [kind for kind in STRENGTH if kind in chosen]
    assert [weak for weak, _ in kinds] == (used[1:] if used and used[0] in STABLE else [])


def merged(**data: str) -> list[tuple[str | None, Json]]:
    return validate(touchpoint(type="account.merged", identifiers={"customer": "c"}, data=data)).of_kind("merged")


def test_two_customers_become_one_where_all_merges_are_decided() -> None:
    ((key, message),) = merged(**{"from": "a", "into": "b"})
    assert key == "merges"
    assert message.pop("o")[3] == 0
    assert message == {
        "k": "merged",
        "t": AT_MS,
        "s": "web-shop",
        "e": "e-1",
        "f": "customer:a",
        "w": "customer:b",
    }


def test_customers_of_a_merge_are_trimmed_and_hashed_as_identifiers_are() -> None:
    ((_, message),) = merged(**{"from": " Ann@example.org ", "into": " b "})
    pseudonym = PSEUDONYMISER.value("customer", "ann@example.org")
    assert (message["f"], message["w"]) == (f"customer:{pseudonym}", "customer:b")


def test_a_customer_merged_into_itself_is_nothing() -> None:
    assert merged(**{"from": "a", "into": " a"}) == []


def test_a_merge_is_told_after_links_and_before_the_touch() -> None:
    sent = touchpoint(
        type="account.merged", identifiers={"customer": "c", "cookie": "k"}, data={"from": "a", "into": "b"}
    )
    assert [message["k"] for _, _, message in validate(sent).messages] == ["link", "merged", "touch"]


def test_consent_travels_with_its_purpose() -> None:
    sent = touchpoint(type="consent.changed", data={"purpose": "mail", "granted": False})
    assert validate(sent).of_kind("touch")[0][1]["d"] == {"purpose": "mail", "granted": False}
