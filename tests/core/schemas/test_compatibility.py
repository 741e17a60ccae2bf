"""The comparison of two contracts: it finds every way to break a producer, and lets additions pass."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from schemas.publish.compatibility import breaking_changes
from schemas.publish.json_schema import all_schemas

Json = dict[str, Any]
PUBLISHED = all_schemas()


def changed(change: Callable[[Json], object]) -> list[str]:
    """What is reported after a change to a copy of the published contract."""
    contract = deepcopy(PUBLISHED)
    change(contract)
    return breaking_changes(PUBLISHED, contract)


def properties(contract: Json, name: str) -> Json:
    found: Json = contract[name]["properties"]
    return found


def data(contract: Json, name: str) -> Json:
    found: Json = properties(contract, name)["data"]
    return found


BREAKING: dict[str, tuple[Callable[[Json], object], str]] = {
    "a type removed": (lambda c: c.pop("sale.made"), "sale.made: the type was removed"),
    "a new required field": (
        lambda c: data(c, "sale.made")["required"].append("discount"),
        "sale.made.data.discount: is now required",
    ),
    "a place now required": (
        lambda c: c["page.viewed"]["required"].append("place"),
        "page.viewed.place: is now required",
    ),
    "a field removed": (
        lambda c: data(c, "sale.made")["properties"].pop("lines"),
        "sale.made.data.lines: the field is no longer known",
    ),
    "a channel removed": (
        lambda c: properties(c, "sale.made")["channel"]["enum"].remove("till"),
        "sale.made.channel: till is no longer accepted",
    ),
    "a currency removed": (
        lambda c: data(c, "order.placed")["properties"]["currency"]["enum"].remove("DEM"),
        "order.placed.data.currency: DEM is no longer accepted",
    ),
    "a free text now listed": (
        lambda c: data(c, "message.sent")["properties"]["kind"].update(enum=["reminder"]),
        "message.sent.data.kind: any other value is no longer accepted",
    ),
    "null no longer taken": (
        lambda c: properties(c, "page.viewed")["place"].update(type="string"),
        "page.viewed.place: null is no longer accepted",
    ),
    "another type": (
        lambda c: properties(c, "page.viewed")["event_id"].update(type="integer"),
        "page.viewed.event_id: string is no longer accepted",
    ),
    "a type where there was none": (
        lambda c: data(c, "page.viewed")["properties"]["audience"].update(type="string"),
        "page.viewed.data.audience: array, boolean, integer, null, number, object is no longer accepted",
    ),
    "a form of money removed": (
        lambda c: data(c, "sale.made")["properties"]["amount"]["anyOf"].pop(0),
        "sale.made.data.amount: integer, number is no longer accepted",
    ),
    "whole numbers only": (
        lambda c: data(c, "wait.posted")["properties"]["minutes"].update(type="integer"),
        "wait.posted.data.minutes: number is no longer accepted",
    ),
    "a shorter text": (
        lambda c: data(c, "page.viewed")["properties"]["page"].update(maxLength=4095),
        "page.viewed.data.page: maxLength is now 4095, was 4096",
    ),
    "a limit where there was none": (
        lambda c: data(c, "wait.posted")["properties"]["minutes"].update(maximum=300),
        "wait.posted.data.minutes: maximum is now 300, was unlimited",
    ),
    "a higher minimum": (
        lambda c: data(c, "staff.assigned")["properties"]["count"].update(minimum=1),
        "staff.assigned.data.count: minimum is now 1, was 0",
    ),
    "fewer identifiers": (
        lambda c: properties(c, "page.viewed")["identifiers"].update(maxProperties=7),
        "page.viewed.identifiers: maxProperties is now 7, was 8",
    ),
    "another pattern": (
        lambda c: properties(c, "page.viewed")["source"].update(pattern="^[a-z]+$"),
        "page.viewed.source: pattern is now '^[a-z]+$', was '^[a-z0-9._-]{1,64}$'",
    ),
    "unknown fields refused": (
        lambda c: data(c, "page.viewed").update(additionalProperties=False),
        "page.viewed.data (additionalProperties): nothing is accepted any more",
    ),
    "narrower list items": (
        lambda c: data(c, "agent.changed")["properties"]["queues"]["items"].update(maxLength=10),
        "agent.changed.data.queues (items): maxLength is now 10, was 128",
    ),
    "one of two ways to say where": (
        lambda c: c["presence.seen"]["anyOf"].pop(1),
        "presence.seen.place: is now required",
    ),
    "a keyword nobody thought about": (
        lambda c: data(c, "page.viewed")["properties"]["page"].update(contentEncoding="base64"),
        "page.viewed.data.page: contentEncoding cannot be compared; teach schemas/publish/compatibility.py",
    ),
}

ADDITIVE: dict[str, Callable[[Json], object]] = {
    "nothing": lambda _: None,
    "a new type": lambda c: c.update({"page.scrolled": c["page.viewed"]}),
    "a new optional field": lambda c: data(c, "sale.made")["properties"].update(till={"type": "string"}),
    "a field no longer required": lambda c: data(c, "sale.made")["required"].remove("receipt"),
    "a new channel": lambda c: properties(c, "sale.made")["channel"]["enum"].append("kiosk"),
    "a longer text": lambda c: data(c, "page.viewed")["properties"]["page"].update(maxLength=8192),
    "a limit gone": lambda c: data(c, "page.viewed")["properties"]["page"].pop("maxLength"),
    "numbers where whole ones were": lambda c: data(c, "staff.assigned")["properties"]["count"].update(type="number"),
    "null as well": lambda c: properties(c, "page.viewed")["event_id"].update(type=["string", "null"]),
    "another form": lambda c: data(c, "sale.made")["properties"]["amount"]["anyOf"].append({"type": "array"}),
    "other words": lambda c: c["page.viewed"].update(description="A page.", title="page", examples=[]),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_narrowing_is_found(name: str) -> None:
    change, report = BREAKING[name]
    assert report in changed(change)


@pytest.mark.parametrize("name", ADDITIVE)
def test_an_addition_passes(name: str) -> None:
    assert changed(ADDITIVE[name]) == []


def test_a_change_to_a_shared_kind_of_field_is_reported_for_every_type() -> None:
    def shorten(contract: Json) -> None:
        for name in contract:
            properties(contract, name)["event_id"]["maxLength"] = 64

    assert len(changed(shorten)) == len(PUBLISHED)
