"""Whatever validate writes, the real engine takes, and gives back what was sent."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
import pytest
from support.touchpoints import Json, golden, happening, touchpoint, validate

from schemas.place import Places
from streams.store.client import Store
from streams.store.migrate import migrate
from streams.store.opening import connect

ODD: list[Json] = [
    touchpoint(event_id="\x00 \n\t\\'\"", identifiers={"cookie": "c\x00\u2028", "k" * 64: "\U0001f3a1"}, place="\x00p"),
    touchpoint(event_id="old", occurred_at="1990-01-01T00:00:00Z", sent_at="1990-01-01T00:00:00.001Z"),
    touchpoint(event_id="offset", occurred_at="2025-07-04T23:59:59.999999999-23:59"),
    touchpoint(event_id="versions", schema_version=65_535, data={"page": "/", "deep": [[[{}]]], "big": 2**64 - 1}),
    touchpoint(event_id="extra", **{"": 1, "extra": {"extra": None}}),
]
MONEY = ["1000000000000.0000", "999999999999.9999", "000012.5", "-0.00", "0", "-3.1", "12.3456"]
SALES = [
    happening("sale.made", event_id=text, data={"receipt": "r", "amount": text, "currency": "EUR"}) for text in MONEY
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = connect(f"chdb://{tmp_path_factory.mktemp('store')}")
    migrate(opened, Places())
    yield opened
    opened.close()


def keep(store: Store, table: str, rows: list[Json]) -> None:
    store.command(f"TRUNCATE TABLE {table}")
    store.insert_rows(table, b"\n".join(map(orjson.dumps, rows)))


def query(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in store.query(sql).rows]


def test_every_good_example_and_every_odd_record_is_stored_once(store: Store) -> None:
    sent = [example for _, example in golden("good")] + ODD + SALES
    keep(store, "touchpoints", [validate(one, offset=number).row for number, one in enumerate(sent)])
    stored = dict(query(store, "SELECT event_id, (type, data) FROM touchpoints FINAL"))
    assert stored == {one["event_id"]: (one["type"], validate(one).row["data"]) for one in sent}


def test_odd_texts_and_times_come_back_as_they_were_sent(store: Store) -> None:
    keep(store, "touchpoints", [validate(one).row for one in ODD])
    columns = "event_id, identifiers, coalesce(place, '') , occurred_text, toUnixTimestamp64Milli(occurred_at)"
    stored = {row[0]: row[1:] for row in query(store, f"SELECT {columns} FROM touchpoints FINAL")}
    for one in ODD:
        row = validate(one).row
        expected = (row["identifiers"], row["place"] or "", one["occurred_at"], round(row["occurred_at"] * 1000))
        assert stored[one["event_id"]] == expected


def test_money_is_stored_to_the_last_decimal(store: Store) -> None:
    keep(store, "touchpoints", [validate(sale).row for sale in SALES])
    stored = query(store, "SELECT event_id, amount FROM touchpoints FINAL")
    assert sorted(stored) == sorted((text, Decimal(text)) for text in MONEY)


def test_of_several_copies_the_first_received_is_stored(store: Store) -> None:
    arrivals = [(9, 1_751_716_900_000), (8, 1_751_716_800_500), (7, 1_751_716_800_500)]
    rows = [validate(touchpoint(), offset=offset, timestamp=at).row for offset, at in arrivals]
    keep(store, "touchpoints", rows)
    assert query(store, "SELECT offset FROM touchpoints FINAL") == [(7,)]


def test_every_dead_letter_is_stored_with_its_bytes(store: Store) -> None:
    now_ms = query(store, "SELECT toUnixTimestamp64Milli(now64(3))")[0][0]
    sent = [orjson.dumps(bad["touchpoint"]) for _, bad in golden("bad")] + [None, b"\x00\xff", b"x" * 300_000]
    rows = [validate(value, offset=number, timestamp=now_ms).rejected for number, value in enumerate(sent)]
    keep(store, "rejected", rows)
    stored = query(store, "SELECT hex(base64Decode(payload)), reason, field FROM rejected FINAL ORDER BY offset")
    assert stored == [((v or b"").hex().upper(), r["reason"], r["field"]) for v, r in zip(sent, rows, strict=True)]
