"""What the rows say of a stretch of the log, on the real engine: gaps, duplicates, lost rows, copies that differ."""

import time
from base64 import b64encode
from typing import Any

import orjson
import pytest
from support.engine import Engine

from streams.kafka.outgoing import Destination
from streams.run.doctor import store as doctor_store
from streams.run.doctor.account import Appended, Ledger, Span, joined
from streams.store.erase import Erasure, erase

HOUR = int(time.time()) // 3_600 * 3_600 - 7_200
LOG = Destination("touchpoints", 1)


def touchpoint(offset: int, event_id: str, **changes: Any) -> dict[str, Any]:
    row = {
        "source": "gate",
        "event_id": event_id,
        "type": "queue.joined",
        "occurred_at": HOUR + 1.0,
        "received_at": HOUR + offset / 10,
        "identifier": "wristband:1",
        "payload_hash": "00",
        "topic": LOG.topic,
        "partition": LOG.partition,
        "offset": offset,
        "version": 2**63 - offset,
    }
    return {**row, **changes}


def letter(offset: int, reason: str = "bad_time", **changes: Any) -> dict[str, Any]:
    row = {
        "topic": LOG.topic,
        "partition": LOG.partition,
        "offset": offset,
        "row": "",
        "rejected_at": HOUR + offset / 10,
        "reason": reason,
        "source": "gate",
        "payload": "",
    }
    return {**row, **changes}


def ledger(engine: Engine, stop: int = 10, start: int = 0) -> Ledger:
    return joined(doctor_store.ledgers(engine.store, LOG, start, stop, (HOUR - 3_600) * 1_000))


def test_a_command_whose_row_is_stored_leaves_no_gap(engine: Engine) -> None:
    order = {"command": "u", "kind": "unlink", "weak": "cookie:k", "strong": "customer:c"}
    where = {"topic": LOG.topic, "partition": LOG.partition, "offset": 4, "at": HOUR + 0.4}
    engine.insert("identity_commands", [{**order, **where}])
    assert ledger(engine, stop=7).gaps == [Span(0, 4), Span(5, 7)]


def test_stored_duplicates_rejected_and_gaps_are_told_apart(engine: Engine) -> None:
    engine.insert("touchpoints", [touchpoint(1, "a"), touchpoint(2, "b"), touchpoint(3, "a"), touchpoint(6, "b")])
    engine.insert("rejected", [letter(4), letter(2, "conflicting_duplicate")])
    engine.insert("touchpoints", [touchpoint(7, "c", partition=0), touchpoint(8, "d", topic="elsewhere")])
    found = ledger(engine)
    hour = HOUR * 1_000
    assert (found.stored, found.duplicates) == ({hour: 2}, {hour: 2})
    assert (found.rejected, found.gone) == ({(hour, "bad_time"): 1}, [])
    assert found.gaps == [Span(0, 1), Span(5, 6), Span(7, 10)]


def test_a_row_that_was_deleted_is_gone_and_its_copies_are_not(engine: Engine) -> None:
    engine.insert("touchpoints", [touchpoint(1, "a"), touchpoint(2, "b"), touchpoint(3, "a")])
    engine.store.command("DELETE FROM touchpoints WHERE event_id = 'b'")
    found = ledger(engine)
    assert found.gone == [Appended(2, HOUR * 1_000 + 200)]
    assert (sum(found.stored.values()), sum(found.duplicates.values())) == (1, 1)


def test_a_row_that_was_erased_on_purpose_is_not_gone(engine: Engine) -> None:
    engine.insert("touchpoints", [touchpoint(1, "a"), touchpoint(2, "b", identifier="customer:ann")])
    erase(engine.store, [Erasure("c", "customer:ann", 0, (HOUR + 60) * 4_000, whole=True)])
    found = ledger(engine, stop=3, start=1)
    assert (found.gone, found.gaps) == ([], [])
    assert sum(found.stored.values()) == 1


def test_the_receipts_of_one_partition_only_are_asked_and_hours_are_those_of_arrival(engine: Engine) -> None:
    engine.insert("touchpoints", [touchpoint(1, "a"), touchpoint(2, "b", received_at=HOUR + 3_601.0)])
    assert ledger(engine).stored == {HOUR * 1_000: 1, (HOUR + 3_600) * 1_000: 1}


@pytest.mark.parametrize("at", ["received_at", "rejected_at"])
def test_a_touchpoint_whose_row_the_store_refused_is_rejected_until_it_is_stored(engine: Engine, at: str) -> None:
    refused = orjson.dumps({"topic": LOG.topic, "partition": 1, "offset": 5, at: HOUR + 9.5})
    payload = b64encode(refused).decode()
    row = letter(99, "store_refused", topic="rows.touchpoints", partition=0, row="3", payload=payload)
    engine.insert("rejected", [row])
    assert ledger(engine).rejected == {(HOUR * 1_000, "store_refused"): 1}
    assert ledger(engine).gaps == [Span(0, 5), Span(6, 10)]
    engine.insert("touchpoints", [touchpoint(5, "a")])
    assert (ledger(engine).rejected, sum(ledger(engine).stored.values())) == ({}, 1)


def test_a_long_log_is_asked_in_stretches_that_lose_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [touchpoint(offset, f"e{offset}") for offset in range(40) if offset not in (9, 10, 11, 30)]
    engine.insert("touchpoints", rows)
    whole = ledger(engine, 45, 2)
    monkeypatch.setattr(doctor_store, "STRETCH_OFFSETS", 7)
    assert ledger(engine, 45, 2) == whole
    assert whole.gaps == [Span(9, 12), Span(30, 31), Span(40, 45)]


def test_copies_of_another_person_or_day_are_found_and_harmless_ones_are_not(engine: Engine) -> None:
    engine.insert("touchpoints", [touchpoint(n, event) for n, event in enumerate(["same", "who", "when", "both"])])
    again = [touchpoint(4, "same"), touchpoint(5, "who", identifier="wristband:2")]
    day_later = HOUR + 86_400.0
    again += [touchpoint(6, "when", occurred_at=day_later)]
    again += [touchpoint(7, "both", occurred_at=day_later, identifier="phone:h1:0")]
    engine.insert("touchpoints", again)
    found = doctor_store.escaped(engine.store, HOUR * 1_000)
    assert found.total == 3
    assert [(named.event_id, named.how) for named in found.newest] == [
        ("both", "another person, another day"),
        ("when", "another day"),
        ("who", "another person"),
    ]


def test_noted_conflicts_are_counted_and_the_newest_five_are_named(engine: Engine) -> None:
    def conflict(number: int) -> dict[str, Any]:
        payload = b64encode(orjson.dumps({"event_id": f"e{number}"})).decode()
        return letter(number, "conflicting_duplicate", payload=payload)

    engine.insert("rejected", [conflict(number) for number in range(7)])
    found = doctor_store.conflicts(engine.store, HOUR * 1_000)
    assert found.total == 7
    assert [(named.source, named.event_id) for named in found.newest] == [("gate", f"e{n}") for n in (6, 5, 4, 3, 2)]


def test_the_newest_word_of_each_lane_counts_and_standing_still_has_a_beginning(engine: Engine) -> None:
    now = int(time.time())
    marks = [(now - 9, now - 20), (now - 6, now - 10), (now - 3, now - 10), (now, now - 10)]
    rows = [
        {"stage": "load", "partition": 2, "input": "place-events", "at": at, "watermark": mark, "offset": at,
         "delay_seconds": at - mark, "events": 5, "held_by": "stitch/1"}
        for at, mark in marks
    ]  # fmt: skip
    engine.insert("pipeline", rows)
    told = doctor_store.standings(engine.store)["load", 2]
    assert (told.offset, told.watermark_ms, told.held_by, told.at_ms) == (
        now,
        (now - 10) * 1_000,
        "stitch/1",
        now * 1_000,
    )
    assert doctor_store.watermark_since(engine.store, "load", 2, told.watermark_ms or 0) == (now - 6) * 1_000
    assert engine.store.query(doctor_store.RESTARTS).rows == [("load", 2, 0)]


def test_a_counter_that_begins_anew_is_a_restart(engine: Engine) -> None:
    now = int(time.time())
    counts = [5, 9, 2, 3, 1]
    rows = [{"stage": "load", "partition": 0, "at": now - 60 + n, "events": events} for n, events in enumerate(counts)]
    engine.insert("pipeline", rows)
    assert engine.store.query(doctor_store.RESTARTS).rows == [("load", 0, 2)]


def test_what_the_log_has_forgotten_is_counted_from_the_rows(engine: Engine) -> None:
    engine.insert("touchpoints", [touchpoint(1, "a"), touchpoint(2, "b"), touchpoint(900, "c")])
    engine.insert("rejected", [letter(3)])
    until = (HOUR + 10) * 1_000
    assert doctor_store.before_the_log(engine.store, LOG, HOUR * 1_000, until) == (2, 1)


def test_letters_that_nobody_has_dealt_with_are_counted(engine: Engine) -> None:
    engine.insert("rejected", [letter(1), letter(2)])
    done = {name: letter(1)[name] for name in ("topic", "partition", "offset", "row", "rejected_at")}
    engine.insert("rejected_audit", [{**done, "at": HOUR + 50.0, "action": "discarded"}])
    assert engine.store.query(doctor_store.OPEN_LETTERS).rows == [(1, (HOUR * 1_000) + 200)]
