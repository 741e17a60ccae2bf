"""Erasing: what names a person is gone for good from every table and epoch, others stay, and the receipt says so."""

import asyncio
from collections.abc import Callable
from time import time
from typing import Any

import pytest

from schemas.erased import ERASED, hash_of
from streams.sink import forget
from streams.sink.forget import until_forgotten
from streams.sources.stored import commands
from streams.store.client import Store
from streams.store.erase import Erasure, asked, erase, survivors
from streams.validate.command import Command, read_command
from streams.validate.pseudonym import Pseudonymiser

Insert = Callable[..., None]
ANN, BAND = "customer:ann", "wristband:7"
WHOLE = {"command": "c1", "identifier": ANN, "from_ms": 0, "until_ms": 4_000_000_000_000, "whole": 1}
WORN = {"command": "c1", "identifier": BAND, "from_ms": 100_000, "until_ms": 200_000, "whole": 0}


def of_two_people(insert: Insert) -> None:
    """Ann and Bob, who wore one wristband after the other; every table names both."""
    for number, who in enumerate((ANN, "customer:bob")):
        at, event = 150.0 + 100 * number, f"{who} e"
        told = {"occurred_at": at, "received_at": time()}
        insert("touchpoints", {**told, "event_id": event, "identifier": who, "payload_hash": "ab"})
        insert("touchpoints", {**told, "event_id": f"{event} band", "identifier": BAND})
        insert("customers", {"customer": who}, {"customer": who, "epoch": 2})
        insert("visits", {"customer": who}, {"customer": who, "version": 99, "is_deleted": 1})
        insert("identity_links", {"identifier": f"email:{number}", "holder": who, "customer": who})
        insert("identity_links", {"identifier": BAND, "from_pos": number, "holder": who, "customer": who})
        insert("identity_ledger", {"identifier": BAND, "after": who, "nth": number, "version": 7})
        insert("identifiers", {"identifier": who})
        insert("stays", {"identifier": BAND, "customer": who, "joined_at": at})


def rows(store: Store, table: str) -> int:
    return int(store.query(f"SELECT count() FROM {table}", settings={"final": 0}).rows[0][0])


def forgotten(
    store: Store, on_pause: Callable[[], None] = lambda: None, all_is_stored: Callable[[], bool] = lambda: True
) -> int:
    """How often it was looked again."""
    pauses = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        on_pause()

    asyncio.run(until_forgotten(store, pause, all_is_stored=all_is_stored))
    return len(pauses)


NAMED = ("touchpoints", "customers_all", "visits_all", "identity_links_all", "identity_ledger_all", "identifiers_all")


def test_one_of_two_goes_and_the_other_stays(store: Store, insert: Insert) -> None:
    of_two_people(insert)
    before = {table: rows(store, table) for table in (*NAMED, "stays_all")}
    insert("erasures", WHOLE, WORN)
    forgotten(store)
    assert {table: 2 * rows(store, table) for table in before} == before
    assert store.query("SELECT DISTINCT customer FROM customers_all").rows == [("customer:bob",)]
    assert store.query("SELECT toUnixTimestamp(occurred_at) FROM touchpoints").rows == [(250,), (250,)]


def test_the_list_itself_names_nobody_any_more(store: Store, insert: Insert) -> None:
    of_two_people(insert)
    insert("erasures", WHOLE, WORN)
    forgotten(store)
    assert asked(store) == []
    assert rows(store, "erasures") == 0


def test_the_receipt_says_what_went_from_where_and_until_when_topics_keep_it(store: Store, insert: Insert) -> None:
    of_two_people(insert)
    insert("erasures", WHOLE, WORN)
    forgotten(store)
    sql = "SELECT store, erased, survivors FROM erasure_receipts WHERE command = 'c1' AND {} ORDER BY store"
    tables = store.query(sql.format("survivors = 0")).rows
    assert ("touchpoints", 2, 0) in tables
    assert ("customers_all", 2, 0) in tables
    topics = "SELECT store, gone_by > now() + INTERVAL 7 DAY FROM erasure_receipts WHERE startsWith(store, 'topic:')"
    dated = dict(store.query(topics).rows)
    assert dated["topic:touchpoints"] == dated["topic:rows.stays"] == 1
    assert dated["topic:touchline-stitch-changelog"] is None  # compaction has no date


def test_of_dead_letters_that_nobody_can_read_the_receipt_says_how_many_and_when_they_expire(
    store: Store, insert: Insert
) -> None:
    came = int(time()) - 3_600
    insert("rejected", *({"offset": n, "rejected_at": came, "readable": n == 2} for n in range(3)))
    insert("erasures", WHOLE)
    forgotten(store)
    sql = "SELECT survivors, unreadable, toUnixTimestamp(gone_by) FROM erasure_receipts WHERE store = 'rejected'"
    assert store.query(sql).rows == [(None, 2, came + forget.LETTERS_HOURS * 3_600)]
    (statement,) = store.query("SHOW CREATE TABLE rejected").rows[0]
    assert f"TTL toDateTime(rejected_at) + toIntervalDay({forget.LETTERS_HOURS // 24})" in statement


def test_where_every_dead_letter_can_be_read_none_survives(store: Store, insert: Insert) -> None:
    insert("rejected", {"rejected_at": time(), "readable": 1})
    insert("erasures", WHOLE)
    forgotten(store)
    sql = "SELECT survivors, unreadable, gone_by FROM erasure_receipts WHERE store = 'rejected'"
    assert store.query(sql).rows == [(0, 0, None)]


def test_a_dead_letter_with_a_clear_address_goes_by_its_hash(store: Store, insert: Insert) -> None:
    hashed = "h1:" + "ab" * 32
    for number, names in enumerate(([f"email:{hashed}"], [hashed], ["h1:" + "cd" * 32])):
        insert("rejected", {"offset": number, "rejected_at": time(), "names": names, "readable": 1})
    insert("erasures", {**WHOLE, "identifier": f"email:{hashed}"})
    forgotten(store)
    assert store.query("SELECT offset FROM rejected").rows == [(2,)]


def test_receipts_of_one_command_add_up(store: Store, insert: Insert) -> None:
    for number in range(2):
        insert("touchpoints", {"event_id": f"{number}", "identifier": ANN, "occurred_at": 150.0})
        insert("erasures", WHOLE)
        forgotten(store)
    assert store.query("SELECT erased FROM erasure_receipts WHERE store = 'touchpoints'").rows == [(2,)]


def test_no_command_names_who_was_erased_and_a_rebuild_still_knows(store: Store, insert: Insert) -> None:
    insert("identity_commands", {"command": "c1", "kind": "erase", "weak": ANN})
    insert("identity_commands", {"command": "u1", "kind": "unlink", "weak": BAND, "strong": ANN})
    insert("erasures", WHOLE)
    forgotten(store)
    assert store.query("SELECT command, weak FROM identity_commands").rows == [("c1", ERASED + hash_of(ANN))]
    (fed,) = commands(store, [])
    assert fed.timestamp == WHOLE["until_ms"]
    found = read_command(fed.value, Pseudonymiser(bytes(16)))
    assert isinstance(found, Command)
    assert found.weak == ERASED + hash_of(ANN)


def test_what_was_on_its_way_goes_too(store: Store, insert: Insert) -> None:
    late = iter([{"event_id": "late", "identifier": ANN, "occurred_at": 150.0}])
    insert("erasures", WHOLE)
    looks = forgotten(store, lambda: [insert("touchpoints", row) for row in late] and None)
    assert rows(store, "touchpoints") == 0
    assert looks == 3


def test_it_does_not_end_before_what_other_topics_held_is_stored(store: Store, insert: Insert) -> None:
    insert("erasures", WHOLE)
    behind = iter([False, False, True, True])
    assert forgotten(store, all_is_stored=lambda: next(behind)) == 3


def test_the_receipts_of_records_stay_in_the_account_without_a_name(store: Store, insert: Insert) -> None:
    of_two_people(insert)
    insert("erasures", WHOLE)
    forgotten(store)
    account = store.query("SELECT identifier, payload_hash, erased FROM receipts ORDER BY event_id").rows
    assert account == [("", "", 1), (BAND, "", 0), ("customer:bob", "ab", 0), (BAND, "", 0)]


@pytest.mark.parametrize(
    ("letter", "left"),
    [
        ('{"identifiers": {"customer": "ann"}}', 0),
        ('{"identifier":"customer:ann","orders":1}', 0),
        ('{"identifiers": {"customer": "joanne"}}', 1),
        ("no JSON at all", 1),
    ],
)
def test_dead_letters_that_name_the_person_go(store: Store, insert: Insert, letter: str, left: int) -> None:
    payload = store.query("SELECT base64Encode({letter:String})", {"letter": letter}).rows[0][0]
    insert("rejected", {"topic": "touchpoints", "rejected_at": time(), "payload": payload})
    insert("erasures", WHOLE)
    forgotten(store)
    assert rows(store, "rejected") == left


def test_broken_off_it_is_done_again_from_the_list(store: Store, insert: Insert, monkeypatch: Any) -> None:
    of_two_people(insert)
    insert("erasures", WHOLE, WORN)
    monkeypatch.setattr(forget, "close", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        forgotten(store)
    monkeypatch.undo()
    assert len(asked(store)) == 2
    forgotten(store)
    assert asked(store) == []


def test_a_name_with_quotes_is_only_a_name(store: Store, insert: Insert) -> None:
    odd = "customer:o'brien\\' OR 1 --"
    insert("touchpoints", {"event_id": "1", "identifier": odd}, {"event_id": "2", "identifier": ANN})
    one = Erasure("c", odd, 0, 16_000_000_000_000, whole=True)
    assert survivors(store, [one])["touchpoints"] == 1
    assert erase(store, [one])["touchpoints"] == 1
    assert rows(store, "touchpoints") == 1


def test_of_topics_the_receipt_says_what_the_broker_has_been_told_and_why(store: Store, insert: Insert) -> None:
    told = {
        "touchpoints": {"cleanup.policy": "delete", "retention.ms": "3600000", "segment.ms": "60000"},
        "events": {"cleanup.policy": "delete", "retention.ms": "-1"},
    }
    insert("erasures", WHOLE)
    asyncio.run(until_forgotten(store, _at_once, topic_settings=lambda: told))
    sql = "SELECT dateDiff('second', checked_at, gone_by), reason FROM erasure_receipts WHERE store = 'topic:{}'"
    assert store.query(sql.format("touchpoints")).rows == [(3_660, "retention.ms=3600000 and segment.ms=60000")]
    ((date, why),) = store.query(sql.format("events")).rows
    assert (date, why.startswith("retention.ms=-1")) == (None, True)
    ((_, unseen),) = store.query(sql.format("rows.stays")).rows
    assert unseen.endswith("since the broker does not tell")


async def _at_once(_: float) -> None:
    return None
