"""`POST /v1/entries`: what people enter becomes a touchpoint, and nobody else's site can enter anything."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.http_ask import ask
from support.seeded_park import pipeline_rows

from schemas.place import Place, Places
from schemas.touchpoint.check import parse
from streams.store.migrate import migrate

JSON = {"Content-Type": "application/json"}
STAFF = {"type": "staff.assigned", "place": "gate", "data": {"count": 3}, "by": "Ann"}


@pytest.fixture(scope="module")
def gate(served: Any) -> Iterator[Any]:
    served.engine.clear()
    migrate(served.engine.store, Places((Place(id="gate", name="Main gate"),)))
    yield served
    served.engine.clear()


@pytest.fixture(autouse=True)
def _nothing_sent(gate: Any) -> None:
    gate.producer.sent.clear()
    gate.producer.away = False


def enter(gate: Any, entry: Any, **headers: str) -> tuple[int, Any]:
    sent = entry if isinstance(entry, bytes) else json.dumps(entry).encode()
    answer = ask(
        gate.port, sent, path="/v1/entries", headers=JSON | {k.replace("_", "-"): v for k, v in headers.items()}
    )
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("entry", "data"),
    [
        (STAFF, {"count": 3, "by": "Ann"}),
        ({"type": "place.opened", "place": "gate", "by": " Ann "}, {"by": "Ann"}),
        ({"type": "place.closed", "place": "gate", "by": "Ann"}, {"by": "Ann"}),
        (
            {"type": "advice.answered", "data": {"advice": "a-1", "answer": "declined"}, "by": "Ann"},
            {"advice": "a-1", "answer": "declined", "by": "Ann"},
        ),
    ],
)
def test_an_entry_is_a_touchpoint_of_the_page_that_keeps_the_contract(gate: Any, entry: Any, data: Any) -> None:
    status, said = enter(gate, entry)
    sent = gate.producer.last()
    assert (status, said["event_id"], said["occurred_at"]) == (201, sent["event_id"], sent["occurred_at"])
    assert (sent["source"], sent["type"], sent.get("place")) == ("page", entry["type"], entry.get("place"))
    assert sent["data"] == data
    assert parse(dict(sent)).type == entry["type"]


def test_each_entry_has_an_id_of_its_own(gate: Any) -> None:
    assert enter(gate, STAFF)[1]["event_id"] != enter(gate, STAFF)[1]["event_id"]


@pytest.mark.parametrize(
    ("entry", "field", "says"),
    [
        (STAFF | {"data": {"count": -1}}, "data.count", "data.count"),
        (STAFF | {"data": {}}, "data.count", "is missing"),
        (STAFF | {"data": [3]}, "data", "an object"),
        (STAFF | {"by": " "}, "by", "who enters this"),
        (STAFF | {"by": "A" * 129}, "by", "1 to 128 characters"),
        (STAFF | {"by": 7}, "by", "a text"),
        (STAFF | {"place": "gaet"}, "place", "no place 'gaet'"),
        (STAFF | {"place": ""}, "place", "needs it"),
        (STAFF | {"type": "sale.made"}, "type", "cannot be entered here"),
        (STAFF | {"spot": "gate"}, "spot", "not known here"),
        ([STAFF], None, "one JSON object"),
        (b"count=3", None, "not JSON"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_field_and_the_fix(gate: Any, entry: Any, field: str, says: str) -> None:
    status, said = enter(gate, entry)
    assert (status, said["error"]["field"]) == (400, field)
    assert says in said["error"]["message"]
    assert gate.producer.sent == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_another_site_cannot_enter_anything(gate: Any, headers: dict[str, str], status: int) -> None:
    assert enter(gate, STAFF, **headers)[0] == status
    assert gate.producer.sent == []


@pytest.mark.parametrize("host", ["localhost:1", "touchline.example", "[::1]:9"])
def test_the_page_itself_may_under_a_name_that_is_its_own(gate: Any, host: str) -> None:
    assert enter(gate, STAFF, Host=host, Origin=f"https://{host}", Sec_Fetch_Site="same-origin")[0] == 201


def test_what_the_broker_does_not_take_is_said_and_not_counted_as_entered(gate: Any) -> None:
    gate.producer.away = True
    status, said = enter(gate, STAFF)
    assert status == 503
    assert "not acknowledged in time" in said["error"]["message"]


def test_a_store_that_is_away_is_said(gate: Any) -> None:
    gate.away = "nobody there"
    try:
        assert enter(gate, STAFF)[0] == 503
    finally:
        gate.away = ""
    assert gate.producer.sent == []


@pytest.mark.parametrize(("behind", "status"), [((3_601, 3_600), 503), ((3_600, 3_600), 201), ((301, 300), 201)])
def test_an_entry_waits_while_the_past_is_read_since_it_would_make_the_rest_late(
    gate: Any, behind: tuple[int, int], status: int
) -> None:
    """Far behind and moving: refused; far behind and at rest, or near the present: taken."""
    reports = [
        pipeline_rows(gate.now_ms - ago, gate.now_ms - late * 1_000)
        for ago, late in zip((2_000, 1_000), behind, strict=True)
    ]
    gate.engine.insert("pipeline", [row for rows in reports for row in rows])
    try:
        assert enter(gate, STAFF)[0] == status
    finally:
        gate.engine.store.command("TRUNCATE TABLE pipeline")
