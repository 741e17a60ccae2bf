"""Who hears of a touchpoint, in which words and in which order."""

import pytest
from support.touchpoints import AT_MS, RECEIVED_MS, Json, golden, happening, touchpoint, validate

from schemas.touchpoint.identifiers import IN_HAND, STRENGTH

WHO = {"email": "anna@example.org", "device": "d-1", "cookie": "c-1"}


def test_the_strongest_identifier_gets_the_touchpoint() -> None:
    ((key, touch),) = validate(touchpoint(identifiers={"cookie": "c-1", "customer": "c-7"}, place="hall")).of_kind(
        "touch"
    )
    assert key == "customer:c-7"
    assert touch.pop("o")[:5] == ["touchpoints", 3, 7, 1, RECEIVED_MS]  # the cookie was linked first
    assert touch == {
        "k": "touch",
        "t": AT_MS,
        "s": "web-shop",
        "e": "e-1",
        "c": "web",
        "y": "page.viewed",
        "p": "hall",
        "d": {},
        "i": {"cookie": "c-1", "customer": "c-7"},
    }


@pytest.mark.parametrize("number", range(len(STRENGTH) - 2))
def test_of_any_identifiers_the_strongest_is_told(number: int) -> None:
    weaker = {kind: f"{kind}-x" for kind in STRENGTH[number:-2] if kind not in ("email", "phone")}
    strongest = next(kind for kind in STRENGTH if kind in weaker)
    assert validate(touchpoint(identifiers=weaker)).of_kind("touch")[0][0] == f"{strongest}:{strongest}-x"


def test_the_thing_in_the_hand_hears_where_it_is() -> None:
    said = validate(happening("queue.joined", identifiers={"customer": "c-7", "wristband": "w-1"}, event_id="e-9"))
    ((_, touch),) = said.of_kind("touch")
    ((key, seen),) = said.of_kind("seen")
    assert key == "wristband:w-1"
    assert "h" not in touch
    assert seen.pop("o")[2:4] == [7, 2]
    assert seen == {
        "k": "seen",
        "t": AT_MS,
        "s": "web-shop",
        "e": "e-9",
        "y": "queue.joined",
        "p": "ride",
        "d": {},
        "w": "customer:c-7",
    }


def test_where_it_is_the_strongest_itself_the_touchpoint_says_so() -> None:
    said = validate(happening("queue.joined"))
    assert said.of_kind("touch")[0][1]["h"] == 1
    assert said.of_kind("seen") == []


def test_a_call_or_token_alone_is_nobody_and_still_told() -> None:
    said = validate(happening("queue.joined", identifiers=None, data={"token": "A17"}))
    ((key, touch),) = said.of_kind("touch")
    assert (key, touch["h"], said.row["identifier"]) == ("token:ride/A17", 1, "token:ride/A17")


def test_a_token_with_a_call_beside_a_person_is_what_is_in_the_hand() -> None:
    said = validate(touchpoint(type="call.entered", identifiers={"cookie": "c-1"}, data={"call": "42", "line": "l"}))
    assert said.of_kind("touch")[0][0] == "cookie:c-1"
    assert said.of_kind("seen")[0][0] == "call:web-shop/42"
    assert said.of_kind("seen")[0][1]["w"] == "cookie:c-1"
    assert said.of_kind("seen")[0][1]["d"] == {"call": "42", "line": "l"}


WHEREABOUTS = {
    *("queue.joined", "queue.left", "service.started", "service.ended", "call.entered", "call.queued"),
    *("call.answered", "call.abandoned", "call.ended", "place.entered", "place.left", "presence.seen", "sale.made"),
    *("refund.made", "room.unlocked", "meal.ordered", "photo.taken", "bus.boarded"),
}
GOOD = [example for _, example in golden("good")]
WITH_PLACE = [example for example in GOOD if example.get("place")]


@pytest.mark.parametrize("example", WITH_PLACE, ids=lambda example: example["event_id"])
def test_whereabouts_are_told_for_these_types_only(example: Json) -> None:
    said = validate({**example, "identifiers": {"customer": "c-1", "device": "d-1"}})
    told = bool(said.of_kind("seen")) or any("h" in touch for _, touch in said.of_kind("touch"))
    assert told == (example["type"] in WHEREABOUTS)


@pytest.mark.parametrize("kind", sorted(WHEREABOUTS & {"meal.ordered", "photo.taken", "bus.boarded", "room.unlocked"}))
def test_something_physical_without_a_place_says_nothing_of_where(kind: str) -> None:
    said = validate(happening(kind, place=None, identifiers={"customer": "c-1", "device": "d-1"}))
    assert [message["k"] for _, _, message in said.messages] == ["link", "touch"]
    assert "h" not in said.messages[1][2]


@pytest.mark.parametrize("kind", ["call.answered", "call.abandoned", "call.ended"])
def test_later_steps_of_a_call_are_told_without_a_place(kind: str) -> None:
    said = validate(touchpoint(type=kind, identifiers=None, data={"call": "42"}))
    assert said.of_kind("touch")[0][1]["h"] == 1


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        ("wait.posted", {"minutes": 35.5, "sign": "north"}, {"minutes": 35.5}),
        ("wait.observed", {"minutes": -7}, {"minutes": -7}),
        ("staff.assigned", {"count": 4}, {"count": 4}),
        ("place.opened", {}, {}),
        ("place.closed", {}, {}),
    ],
)
def test_facts_go_to_their_place(kind: str, data: Json, told: Json) -> None:
    said = validate(happening(kind, identifiers=None, data=data))
    ((key, fact),) = said.of_kind("fact")
    assert key == "place:ride"
    assert fact.pop("o")[3] == 0
    assert fact == {"k": "fact", "t": AT_MS, "s": "web-shop", "e": "e-1", "y": kind, "p": "ride", "d": told}


@pytest.mark.parametrize("kind", ["place.opened", "place.closed"])
def test_opening_and_closing_go_to_everybody_too(kind: str) -> None:
    said = validate(happening(kind))
    ((key, closing),) = said.of_kind("closing")
    assert key is None
    assert closing.pop("o")[3] == 1
    assert closing == {"k": "closing", "t": AT_MS, "s": "web-shop", "e": "e-1", "y": kind, "p": "ride"}


def test_what_a_person_measured_is_theirs_and_the_places() -> None:
    said = validate(happening("wait.observed", data={"minutes": 12}))
    assert [(message["k"], message["o"][3]) for _, _, message in said.messages] == [("touch", 0), ("fact", 1)]


@pytest.mark.parametrize(("name", "example"), golden("good"), ids=lambda value: value if isinstance(value, str) else "")
def test_messages_are_numbered_from_0_in_the_order_sent_and_all_go_to_events(name: str, example: Json) -> None:
    said = validate(example)
    assert [message["o"][3] for _, _, message in said.messages] == list(range(len(said.messages)))
    assert {topic for topic, _, _ in said.messages} <= {"events"}
    assert len({message["o"][5] for _, _, message in said.messages} | {said.row["payload_hash"]}) == 1


@pytest.mark.parametrize(
    ("kind", "data", "amount", "currency"),
    [
        ("sale.made", {"receipt": "r", "amount": 12.5, "currency": "USD"}, "12.5", "USD"),
        ("sale.made", {"receipt": "r", "amount": "-3.10", "currency": "EUR"}, "-3.10", "EUR"),
        ("refund.made", {"receipt": "r", "amount": "5"}, "5", "EUR"),
        ("meal.ordered", {"amount": 9}, "9", "EUR"),
        ("booking.made", {"booking": "b", "arrives_on": "2025-08-01", "amount": 900, "currency": "PLN"}, "900", "PLN"),
        ("order.placed", {"order": "o", "amount": "1.0000", "currency": "GBP"}, "1.0000", "GBP"),
        ("payment.made", {"intent": "i", "amount": 1, "currency": "GBP", "succeeded": False}, "1", "GBP"),
        ("subscription.renewed", {"plan": "p", "amount": 0.5}, "0.5", "EUR"),
    ],
)
def test_money_is_told_and_stored(kind: str, data: Json, amount: str, currency: str) -> None:
    said = validate(happening(kind, data=data))
    touch = said.of_kind("touch")[0][1]
    assert (touch["a"], touch["u"]) == (amount, currency)
    assert (said.row["amount"], said.row["currency"]) == (amount, currency)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("cart.changed", {"value": 5, "items": 1, "currency": "EUR"}),
        ("meal.ordered", {}),
        ("page.viewed", {"page": "/", "amount": "7"}),
        ("subscription.lapsed", {"plan": "p", "amount": None}),
    ],
)
def test_what_was_not_paid_is_no_money(kind: str, data: Json) -> None:
    said = validate(happening(kind, data=data))
    assert "a" not in said.of_kind("touch")[0][1]
    assert (said.row["amount"], said.row["currency"]) == (None, "")


def test_only_small_fields_of_data_travel() -> None:
    sale = {"receipt": "r-1", "amount": 1, "currency": "EUR", "lines": [{"p": 1}], "kind": "x" * 129, "order": "o-1"}
    assert validate(happening("sale.made", data=sale)).of_kind("touch")[0][1]["d"] == {"receipt": "r-1", "order": "o-1"}


def test_an_agent_is_a_server() -> None:
    call = touchpoint(type="call.answered", identifiers=None, data={"call": "42", "agent": "a-9", "bot": False})
    assert validate(call).of_kind("touch")[0][1]["d"] == {"call": "42", "bot": False, "server": "a-9"}
    service = happening("service.started", data={"server": "s-1", "agent": "a-9"})
    assert validate(service).of_kind("touch")[0][1]["d"] == {"server": "s-1"}


@pytest.mark.parametrize(("audience", "told"), [("staff", {"audience": "staff"}), ("customer", {}), ("women", {})])
def test_another_audience_than_customers_is_told(audience: str, told: Json) -> None:
    said = validate(touchpoint(data={"page": "/", "audience": audience}))
    assert said.of_kind("touch")[0][1]["d"] == told
    assert said.row["audience"] == told.get("audience", "customer")


def test_the_order_in_hand_is_nearest_to_the_body_first() -> None:
    assert sorted(IN_HAND) == sorted(STRENGTH)
    said = validate(happening("queue.joined", identifiers=WHO))
    assert said.of_kind("seen")[0][0] == "device:d-1"
