"""Whatever the arrival order, the copies, the cuts and the crashes: in the end all know what the oracle knows."""

import random
from typing import Any

import orjson
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.stitch_log import Log, random_log
from support.stitch_oracle import Read, names_of, read, row_of, stays_of
from support.stitch_world import HOUR, LIMITS, PLACES, LogEntry, Receivers, Shell


def run(rnd: random.Random, log: Log, *, crashes: int) -> Shell:
    entries = [LogEntry(number, 0, key.encode(), orjson.dumps(record)) for number, (key, record) in enumerate(log)]
    shell = Shell(entries, lambda most: rnd.randint(0, most), crashes=crashes)
    shell.run()
    return shell


def check(rnd: random.Random, log: Log, *, crashes: int = 0) -> None:
    """What receivers know after the stage has read the log, against the oracle."""
    receivers = run(rnd, log, crashes=crashes).receivers
    truth = read(log, lateness_ms=LIMITS["lateness_ms"], window_ms=LIMITS["window_ms"], currency="EUR")
    check_stays(receivers, truth)
    check_counts(receivers, truth)
    assert receivers.rejected == {log[offset][1]["o"][2] for offset in truth.conflicts}
    facts = [orjson.loads(fact)["o"][2] for fact in receivers.facts]
    assert set(facts) == {log[offset][1]["o"][2] for offset in truth.facts}


def check_stays(receivers: Receivers, truth: Read) -> None:
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    messages: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    names: dict[tuple[Any, ...], set[str]] = {}
    assert truth.watermark is not None
    for thing, told in truth.told.items():
        for stay in stays_of(thing, told, truth.closed, PLACES, truth.watermark - 5_000):
            row, name = row_of(thing, stay), (stay.place, thing, stay.joined / 1000, stay.nth)
            rows[name], names[name] = row, names_of(truth, thing, stay, LIMITS["lateness_ms"])
            if stay.kind != "menu" and stay.place:
                said = (stay.kind, stay.started, stay.ended, stay.outcome, stay.guessed)
                messages[stay.place, thing, stay.joined, stay.nth] = said
    got = {name: row for name, row in receivers.rows.get("stays", {}).items() if not row["is_deleted"]}
    assert {name: {column: row[column] for column in rows.get(name, row)} for name, row in got.items()} == rows
    heard = {name: message for name, message in receivers.messages.items() if "x" not in message}
    fields = ("m", "st", "en", "out", "g")
    assert {name: tuple(message[field] for field in fields) for name, message in heard.items()} == messages
    assert {name: row["customer"] for name, row in got.items() if row["customer"] not in names[name]} == {}
    assert all(
        message["w"] == got[name[0], name[1], name[2] / 1000, name[3]]["customer"] for name, message in heard.items()
    )


def check_counts(receivers: Receivers, truth: Read) -> None:
    rows = {identifier: row for (identifier,), row in receivers.rows.get("identifiers", {}).items()}
    assert rows.keys() == truth.counted.keys()
    for identifier, counted in truth.counted.items():
        row = rows[identifier]
        numbers = (row["touchpoints"], row["orders"], row["late"], row["duplicates"])
        assert numbers == (counted.touchpoints, counted.orders, counted.late, counted.duplicates)
        assert (row["first_seen"], row["last_seen"]) == (min(counted.times) / 1000, max(counted.times) / 1000)
        assert float(row["amount"]) == float(counted.amount)
        others = {currency: float(amount) for currency, amount in row["other_currencies"].items() if float(amount)}
        assert others == {currency: float(amount) for currency, amount in counted.other.items()}


SEED = st.integers(0, 1 << 40)
MANY = st.sampled_from([1, 2, 4, 8, 16, 40, 120])
SPAN = st.sampled_from([HOUR, 8 * HOUR, 72 * HOUR])
WORLDS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@WORLDS
@given(SEED, MANY, SPAN)
def test_any_order_within_the_lateness_gives_the_stays_and_counts_of_the_oracle(seed, many, span):
    rnd = random.Random(seed)
    check(rnd, random_log(rnd, delay=HOUR, span=span, many=many))


@WORLDS
@given(SEED, MANY, SPAN)
def test_crashes_and_repeats_change_nothing(seed, many, span):
    rnd = random.Random(seed)
    check(rnd, random_log(rnd, delay=HOUR, span=span, many=many), crashes=3)


@WORLDS
@given(SEED, MANY, SPAN)
@example(1207, 16, HOUR)  # a restart between two closings of a place, the first from before the stay
def test_what_is_said_in_any_chunks_and_after_any_crash_is_said_record_by_record_byte_for_byte(seed, many, span):
    rnd = random.Random(seed)
    log = random_log(rnd, delay=rnd.choice([HOUR, 30 * HOUR]), span=span, many=many)
    one_by_one = random.Random(0)
    one_by_one.randint = lambda *_: 0
    again = run(one_by_one, log, crashes=0).receivers.words
    assert run(rnd, log, crashes=4).receivers.words <= again


@WORLDS
@given(SEED, MANY, SPAN)
def test_what_comes_too_late_moves_no_stay_and_is_counted_as_late(seed, many, span):
    rnd = random.Random(seed)
    check(rnd, random_log(rnd, delay=30 * HOUR, span=span, many=many), crashes=5)
