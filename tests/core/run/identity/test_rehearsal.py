"""A look ahead asks the stages themselves: what a command would change, without giving it."""

from decimal import Decimal
from typing import Any

import orjson
from support.touchpoints import touchpoint

from schemas.place import Places
from schemas.touchpoint import instant_ms
from streams.run.identity.rehearsal import Figures, Sent, rehearse
from streams.run.settings import Settings
from streams.validate.command import Command

DAY_MS = 86_400_000
UNLINK = Command("u", "unlink", "cookie:tablet", "customer:ann", "ops", "a shared tablet")


def sent(number: int, at: str, **fields: Any) -> Sent:
    one = touchpoint(event_id=f"e{number}", occurred_at=at, **fields)
    at_ms = instant_ms(at)
    assert at_ms is not None
    return Sent(at_ms, at_ms, orjson.dumps(one))


SENT = [
    sent(1, "2026-03-01T10:00:00Z", identifiers={"cookie": "tablet"}),
    sent(2, "2026-03-01T10:01:00Z", identifiers={"cookie": "tablet", "customer": "ann"}),
    sent(3, "2026-03-01T10:02:00Z", identifiers={"customer": "ann"}, type="order.placed",
         data={"order": "o", "amount": "9.50", "currency": "EUR"}),
    sent(4, "2026-03-02T10:00:00Z", identifiers={"cookie": "tablet"}),
]  # fmt: skip
NOW = SENT[-1].at_ms + DAY_MS


def people(*commands: Command) -> dict[str, Figures]:
    given = [(NOW + number, command) for number, command in enumerate(commands)]
    return rehearse(Settings(), Places(), SENT, given, NOW)


def test_without_a_command_it_is_as_it_is() -> None:
    assert people() == {"customer:ann": Figures(4, 2, 1, Decimal("9.50"), 0, 0.0)}


def test_unlinking_leaves_each_side_what_is_its_own() -> None:
    assert people(UNLINK) == {
        "customer:ann": Figures(2, 1, 1, Decimal("9.50"), 0, 0.0),
        "cookie:tablet": Figures(2, 2, 0, Decimal(0), 0, 0.0),
    }


def test_relinking_takes_it_back() -> None:
    assert people(UNLINK, UNLINK._replace(command="r", kind="relink")) == people()


CALL = [
    sent(1, "2026-03-01T10:00:00Z", identifiers={"phone": "h1:" + "ab" * 32}, type="call.entered", data={"call": "7"}),
    sent(2, "2026-03-01T10:05:00Z", identifiers={}, type="call.ended", data={"call": "7"}),
    sent(3, "2026-03-03T10:00:00Z", identifiers={"cookie": "later"}),
]


def test_what_is_sealed_when_the_command_comes_does_not_move_and_what_is_not_does() -> None:
    call = "call:web-shop/7"
    unlink = UNLINK._replace(weak=call, strong="phone:h1:" + "ab" * 32)
    now = CALL[-1].at_ms
    before, sealed, in_time = (
        rehearse(Settings(), Places(), CALL, given, now)
        for given in ([], [(now, unlink)], [(CALL[0].at_ms + 1_000, unlink)])
    )
    assert sealed == before
    assert in_time != before


def test_personal_values_that_are_hashed_need_no_key() -> None:
    hashed = {"email": "h1:" + "ab" * 32, "cookie": "c"}
    found = rehearse(Settings(), Places(), [sent(1, "2026-03-01T10:00:00Z", identifiers=hashed)], (), NOW)
    assert list(found) == [f"email:{hashed['email']}"]
