"""One person over five channels on the whole road: shown, explained, taken apart as foreseen, put together again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.kafka import Broker
from support.letters import road_on
from support.road import Road
from support.touchpoints import touchpoint

DAY, NEXT = "2026-03-01T", "2026-03-02T"
ANN, BOB = {"customer": "ann"}, {"customer": "bob"}
MAIL, PHONE, WRISTBAND = {"email": "ann@example.org"}, {"phone": "+49301234567"}, {"wristband": "w-1"}


def happening(number: int, at: str, kind: str, channel: str, who: dict[str, str], **more: Any) -> dict[str, Any]:
    fields = {"data": {}, **more}
    return touchpoint(
        event_id=f"e{number}", occurred_at=f"{at}Z", type=kind, channel=channel, identifiers=who, **fields
    )


SALE = {"receipt": "r", "amount": "12.50", "currency": "EUR"}
SENT = [
    happening(1, f"{DAY}08:00:00", "page.viewed", "web", {"cookie": "ann-web"}, data={"page": "/"}),
    happening(2, f"{DAY}08:01:00", "account.signed_in", "web", {**ANN, **MAIL, "cookie": "ann-web"}),
    happening(3, f"{DAY}08:30:00", "account.signed_in", "app", {**ANN, **PHONE, "device": "ann-app"}),
    happening(4, f"{DAY}09:00:00", "call.entered", "call_center", PHONE, data={"call": "7"}),
    happening(5, f"{DAY}10:00:00", "wristband.issued", "desk", {**ANN, **WRISTBAND}),
    happening(6, f"{DAY}11:00:00", "queue.joined", "wristband", WRISTBAND, place="comet"),
    happening(7, f"{DAY}11:20:00", "service.started", "wristband", WRISTBAND, place="comet"),
    happening(8, f"{DAY}12:00:00", "sale.made", "till", WRISTBAND, place="shop", data=SALE),
    happening(9, f"{DAY}18:00:00", "wristband.returned", "desk", WRISTBAND),
    happening(10, f"{NEXT}10:00:00", "wristband.issued", "desk", {**BOB, **WRISTBAND}),
    happening(11, f"{NEXT}11:00:00", "queue.joined", "wristband", WRISTBAND, place="comet"),
]


@pytest.fixture
def road(broker: Broker, tmp_path: Path) -> Iterator[Road]:
    with road_on(broker, tmp_path) as running:
        yield running


def asked(road: Road, *words: str) -> Any:
    done = road.touchline("identity", *words, "--json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def send_everything(road: Road) -> None:
    lines = "".join(json.dumps(one) + "\n" for one in SENT)
    done = road.touchline("emit", said=lines.encode())
    assert done.returncode == 0, done.stderr
    anns = "SELECT touchpoints FROM customers WHERE customer = 'customer:ann'"
    road.until(lambda: road.query("SELECT count() FROM touchpoints") == [(11,)], 60, "everything is stored")
    road.until(lambda: road.query(anns) == [(9,)], 60, "everything is one person's")


def figures(road: Road, who: str) -> dict[str, Any]:
    totals = asked(road, "show", who)["totals"]
    return {name: totals[name] for name in ("touchpoints", "visits", "waits")} | {"amount": float(totals["amount"])}


def test_a_person_is_seen_whole_taken_apart_as_foreseen_and_put_together_again(road: Road, tmp_path: Path) -> None:
    send_everything(road)
    whole = figures(road, "ann@example.org")
    assert whole["amount"] == 12.5
    hands = [run["holder"] for run in asked(road, "show", "wristband:w-1")["line"]]
    assert hands == ["", "customer:ann", "", "customer:bob"]
    assert asked(road, "explain", "call:web-shop/7", "cookie:ann-web")["one"]
    assert road.touchline("identity", "explain", "wristband:w-1", "customer:ann").returncode == 1

    foreseen = asked(road, "unlink", "phone:+49301234567", "customer:ann", "--preview")
    after = {side["person"]: side["after"] for side in foreseen["sides"] if side["before"] != side["after"]}
    assert len(after) == 2
    assert foreseen["exact"]
    unlinked = road.touchline("identity", "unlink", "+49301234567", "customer:ann", "--yes", "--why", "not hers")
    assert unlinked.returncode == 0, unlinked.stderr
    for person, expected in after.items():
        seen = figures(road, person)
        assert seen == {name: expected[name] for name in ("touchpoints", "visits", "waits")} | {
            "amount": float(expected["amount"])
        }
    reasons = asked(road, "explain", "+49301234567", "customer:ann")["reasons"]
    assert reasons[0]["obstacle"] == "unlinked"
    assert "not hers" in reasons[0]["words"]

    assert (
        road.touchline("identity", "relink", "customer:ann", "+49301234567", "--yes", "--why", "hers").returncode == 0
    )
    assert figures(road, "customer:ann") == whole


@pytest.fixture
def embedded_road(tmp_path: Path) -> Iterator[Road]:
    with Road(tmp_path) as running:
        yield running


def test_a_person_is_forgotten_everywhere_with_a_receipt_and_nobody_else_is(embedded_road: Road) -> None:
    road = embedded_road
    send_everything(road)
    done = road.touchline("erase", "ann@example.org", "--yes", "--why", "asked for by letter", "--json")
    assert done.returncode == 0, done.stderr
    foreseen, receipt = (json.loads(part) for part in done.stdout.replace("}\n{", "}\0{").split("\0"))
    assert (foreseen["person"], foreseen["touchpoints"]) == ("customer:ann", 9)
    tables = {one["store"]: one for one in receipt["receipts"] if not one["store"].startswith("topic:")}
    assert {"touchpoints", "stays_all", "customers_all", "identity_links_all"} <= tables.keys()
    assert {one["survivors"] for name, one in tables.items() if name != "rejected"} == {0}

    assert road.touchline("identity", "show", "ann@example.org").returncode == 1
    named = "countIf(has(mapValues(identifiers), 'ann') OR has(mapKeys(identifiers), 'email'))"
    assert road.query(f"SELECT count(), {named} FROM touchpoints") == [(2, 0)]
    people = {row[0] for row in road.query("SELECT customer FROM customers")}
    assert "customer:bob" in people
    assert not {name for name in people if name.startswith(("customer:ann", "email:", "phone:", "cookie:", "device:"))}
    assert figures(road, "customer:bob")["touchpoints"] == 2
