"""Rows of a few people as the stages would have written them: what the page and the commands are asked about."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Protocol

from support.touchpoints import PSEUDONYMISER

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BEGINNING = -(1 << 63)
ANN, BOB = "customer:ann", "customer:bob"
ANNS_EMAIL = PSEUDONYMISER.identifier("email", "ann@example.org")
THEIR_PHONE = PSEUDONYMISER.identifier("phone", "+49301234567")
RANKS = {"wristband.returned": 0, "wristband.issued": 2}
Row = dict[str, Any]
DATA: dict[str, Row] = {
    "page.viewed": {"page": "/"},
    "call.entered": {"call": "7"},
    "sale.made": {"receipt": "r", "currency": "EUR"},
    "order.placed": {"order": "o", "currency": "EUR"},
}


class Rows(Protocol):
    def insert(self, table: str, rows: list[Mapping[str, Any]], /) -> None: ...


def seed_people(into: Any, now_ms: int) -> None:
    """Ann over five channels, whose wristband Bob wears a day later; a disputed phone, a blocked tablet, strangers."""
    start = now_ms - 3 * DAY
    sent = list(_touchpoints(start, now_ms))
    into.insert("touchpoints", sent)
    into.insert("identifiers_all", list(_identifiers(sent)))
    into.insert("identity_links_all", list(_links(start, now_ms)))
    into.insert("identity_ledger_all", list(_ledger(start, now_ms)))
    into.insert("identity_commands", [_command(start)])
    into.insert("customers_all", list(_customers(start, now_ms)))
    into.insert("visits_all", list(_visits(start, now_ms)))
    into.insert("stays_all", list(_stays(start, now_ms)))
    into.insert("places", [{"id": "comet", "name": "Comet", "declared": 1, "version": 1}])


def pos(kind: str, at_ms: int) -> int:
    return at_ms * 4 + RANKS.get(kind, 3)


def _touchpoints(start: int, now_ms: int) -> Iterator[Row]:
    def one(number: int, at: int, kind: str, channel: str, carried: Row, place: str = "", **more: Any) -> Row:
        strength = ("customer", "loyalty_card", "email", "phone", "wristband", "device", "cookie", "call", "token")
        strongest = next(kind for kind in strength if kind in carried)
        return {
            "source": channel, "event_id": f"e{number}", "channel": channel, "type": kind, "occurred_at": at / 1_000,
            "received_at": at / 1_000, "identifier": f"{strongest}:{carried[strongest]}", "identifiers": carried,
            "place": place or None, "currency": "EUR" if "amount" in more else "", "audience": "customer",
            "topic": "touchpoints", "offset": number, "version": 2**63 - number, "schema_version": 1,
            "occurred_text": datetime.fromtimestamp(at / 1_000, timezone.utc).isoformat(),
            "data": json.dumps({**DATA.get(kind, {}), **({"amount": more["amount"]} if "amount" in more else {})}),
            **more,
        }  # fmt: skip

    email, phone = ANNS_EMAIL.partition(":")[2], THEIR_PHONE.partition(":")[2]
    yield one(1, start, "page.viewed", "web", {"cookie": "ann-web"})
    yield one(2, start + MINUTE, "account.signed_in", "web", {"customer": "ann", "email": email, "cookie": "ann-web"})
    yield one(3, start + HOUR, "call.entered", "call_center", {"phone": phone, "call": "call_center/7"})
    yield one(4, start + DAY, "wristband.issued", "desk", {"customer": "ann", "wristband": "w-1"}, "gate")
    yield one(5, start + DAY + HOUR, "queue.joined", "wristband", {"wristband": "w-1"}, "comet")
    yield one(6, start + DAY + 2 * HOUR, "sale.made", "till", {"loyalty_card": "L7"}, "shop", amount="12.50")
    yield one(7, start + DAY + 3 * HOUR, "order.placed", "app", {"customer": "ann", "device": "ann-app"}, amount="30")
    yield one(8, start + DAY + 8 * HOUR, "wristband.returned", "desk", {"wristband": "w-1"}, "gate")
    yield one(9, now_ms - 2 * HOUR, "wristband.issued", "desk", {"customer": "bob", "wristband": "w-1"}, "gate")
    yield one(10, now_ms - HOUR, "queue.joined", "wristband", {"wristband": "w-1"}, "comet")
    yield one(11, now_ms - HOUR, "page.viewed", "web", {"cookie": "stranger"})
    yield one(12, now_ms - HOUR, "page.viewed", "app", {"device": "tablet"})
    for number in range(60):
        yield one(100 + number, start + 2 * DAY + number * MINUTE, "page.viewed", "web", {"cookie": "ann-web"})


def _identifiers(sent: list[Row]) -> Iterator[Row]:
    for identifier in sorted({one["identifier"] for one in sent}):
        yield {"identifier": identifier, "touchpoints": 1, "epoch": 1, "version": 1}


def _links(start: int, now_ms: int) -> Iterator[Row]:
    def link(identifier: str, holder: str, number: int, at: int, kind: str, status: str = "held", **more: Any) -> Row:
        return {
            "identifier": identifier, "from_pos": 0, "from_time": None, "holder": holder, "holder_pos": 0,
            "customer": holder or identifier, "status": status, "evidence_at": at / 1_000, "evidence_source": "web",
            "evidence_event_id": f"e{number}", "evidence_type": kind, "epoch": 1, "version": 1, **more,
        }  # fmt: skip

    def run(holder: str, number: int, at: int | None, kind: str, status: str = "held") -> Row:
        after = int(kind == "wristband.returned")  # the return itself still belongs to the wearer
        began = {"from_pos": BEGINNING} if at is None else {"from_pos": pos(kind, at) + after, "from_time": at / 1_000}
        return link("wristband:w-1", holder, number, at or start + DAY, kind, status, **began)

    yield link(ANNS_EMAIL, ANN, 2, start + MINUTE, "account.signed_in")
    yield link("cookie:ann-web", ANN, 2, start + MINUTE, "account.signed_in", from_pos=BEGINNING)
    yield link("device:ann-app", ANN, 7, start + DAY + 3 * HOUR, "order.placed", from_pos=BEGINNING)
    yield link("loyalty_card:L7", ANN, 6, start + DAY, "sale.made")
    yield link(THEIR_PHONE, ANN, 3, start + HOUR, "call.entered", "conflict")
    yield link("call:call_center/7", THEIR_PHONE, 3, start + HOUR, "call.entered", customer=ANN)
    yield run(ANN, 4, None, "wristband.issued")
    yield run("", 8, start + DAY + 8 * HOUR, "wristband.returned", "open")
    yield run(BOB, 9, now_ms - 2 * HOUR, "wristband.issued")
    yield link("device:tablet", "", 12, now_ms - HOUR, "page.viewed", "blocked", from_pos=BEGINNING)
    yield link("cookie:shared", "", 2, start, "account.signed_in", "unlinked", from_pos=BEGINNING)


def _ledger(start: int, now_ms: int) -> Iterator[Row]:
    def entry(number: int, identifier: str, change: str, after: str, other: str, rule: str, at: int) -> Row:
        return {
            "known_at": at / 1_000, "identifier": identifier, "change": change, "before": "", "after": after,
            "other": other, "rule": rule, "evidence_at": at / 1_000, "evidence_source": "web",
            "evidence_event_id": f"e{number}", "evidence_type": "account.signed_in", "epoch": 1, "version": number,
        }  # fmt: skip

    yield entry(2, ANNS_EMAIL, "holder", ANN, ANN, "the strongest, then the earliest", start + MINUTE)
    yield entry(3, THEIR_PHONE, "holder", ANN, ANN, "the strongest, then the earliest", start + HOUR)
    yield entry(4, "wristband:w-1", "holder", ANN, ANN, "the first holder of a lease", start + DAY)
    yield entry(9, "wristband:w-1", "holder", BOB, BOB, "the first holder of a lease", now_ms - 2 * HOUR)
    yield entry(10, THEIR_PHONE, "conflict", ANN, BOB, "two customers claim it", now_ms - HOUR)
    yield entry(12, "device:tablet", "blocked", "", "", "more than 16 holders in one lease", now_ms - HOUR)


def _command(start: int) -> Row:
    return {
        "command": "u-1", "at": (start + HOUR) / 1_000, "kind": "unlink", "weak": "cookie:shared", "strong": ANN,
        "who": "ops", "why": "a shared tablet", "topic": "touchpoints", "partition": 0, "offset": 1, "version": 1,
    }  # fmt: skip


def _customers(start: int, now_ms: int) -> Iterator[Row]:
    def person(name: str, first: int, last: int, touchpoints: int, visits: int, **more: Any) -> Row:
        return {
            "customer": name, "first_seen": first / 1_000, "last_seen": last / 1_000, "touchpoints": touchpoints,
            "visits": visits, "orders": 0, "amount": "0", "other_currencies": {}, "is_returning": int(visits > 1),
            "waits": 0, "wait_seconds": 0, "consents": {}, "audiences": ["customer"], "epoch": 1, "version": 1, **more,
        }  # fmt: skip

    money = {"orders": 1, "amount": "42.50", "other_currencies": {"USD": "5.00"}, "consents": {"mail": 1}}
    yield person(ANN, start, now_ms - HOUR, 68, 4, waits=1, wait_seconds=600, **money)
    yield person(BOB, now_ms - 2 * HOUR, now_ms - HOUR, 2, 1)
    yield person("cookie:stranger", now_ms - HOUR, now_ms - HOUR, 1, 1)
    yield person("device:tablet", now_ms - HOUR, now_ms - HOUR, 1, 1)


def _visits(start: int, now_ms: int) -> Iterator[Row]:
    def visit(who: str, first: int, last: int, cover: int, number: int, channels: list[str], **more: Any) -> Row:
        return {
            "customer": who, "started_at": first / 1_000, "ended_at": last / 1_000,
            "covers_until": (last + cover) / 1_000, "touchpoints": number, "channels": channels, "places": [],
            "bookings": [], "amount": "0", "waits": 0, "wait_seconds": 0, "epoch": 1, "version": 1, **more,
        }  # fmt: skip

    day = start + DAY
    yield visit(ANN, start, start + MINUTE, HOUR // 2, 2, ["web"])
    yield visit(ANN, start + HOUR, start + HOUR, HOUR // 2, 1, ["call_center"])
    park: Row = {"bookings": ["family-7"]}
    park |= {"places": ["comet", "gate", "shop"], "amount": "42.50", "waits": 1, "wait_seconds": 600}
    yield visit(ANN, day, day + 3 * HOUR, 4 * HOUR, 4, ["app", "desk", "till", "wristband"], **park)
    yield visit(ANN, start + 2 * DAY, start + 2 * DAY + HOUR, HOUR // 2, 60, ["web"])
    yield visit(
        BOB,
        now_ms - 2 * HOUR,
        now_ms - HOUR,
        4 * HOUR,
        2,
        ["desk", "wristband"],
        places=["comet", "gate"],
        bookings=["family-7"],
    )
    yield visit("cookie:stranger", now_ms - HOUR, now_ms - HOUR, HOUR // 2, 1, ["web"])


def _stays(start: int, now_ms: int) -> Iterator[Row]:
    joined = start + DAY + HOUR
    stay = {"place": "comet", "token": "w-1", "identifier": "wristband:w-1", "kind": "queue", "epoch": 1, "version": 1}
    yield {
        **stay, "customer": ANN, "joined_at": joined / 1_000, "started_at": joined / 1_000 + 600,
        "ended_at": joined / 1_000 + 700, "outcome": "served", "wait_seconds": 600, "service_seconds": 100,
    }  # fmt: skip
    yield {**stay, "customer": BOB, "joined_at": (now_ms - HOUR) / 1_000, "outcome": ""}
