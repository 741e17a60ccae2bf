"""Touchpoints from lines and flags: the good ones go, the bad ones are named."""

import orjson
import pytest

from streams.sources.emit import emit_lines, touchpoint_of
from streams.sources.producer import Producer

GOOD = touchpoint_of("wait.posted", source="signs", channel="sensor", place="comet", data=["minutes=20"])
LATE_GOOD = touchpoint_of("wait.posted", source="signs", channel="sensor", place="comet", data=["minutes=25"])
BAD = GOOD.replace(b"wait.posted", b"wait.guessed")


@pytest.fixture
def producer(servers, topic):
    with Producer(servers, topic=topic, idempotent=False) as producer:
        yield producer


def test_good_lines_go_and_bad_ones_are_named_with_line_field_and_fix(producer, topic, read_all):
    report = emit_lines([GOOD, b"\n", BAD, b"{oops", LATE_GOOD], producer)

    assert [value for _, value, _ in read_all(topic, 2)] == [GOOD, LATE_GOOD]
    assert not report.ok
    assert [(r.line, r.reason, r.field) for r in report.refusals] == [(3, "unknown_type", "type"), (4, "not_json", "")]
    assert report.lines()[0].startswith("line 3: unknown_type in type: type 'wait.guessed' is not in the catalogue")
    assert report.lines()[-1] == "2 sent, 2 refused"


def test_all_or_nothing_sends_nothing_where_one_line_is_bad(producer, topic, read_all):
    assert emit_lines([GOOD, BAD], producer, all_or_nothing=True).sent == 0
    assert emit_lines([LATE_GOOD], producer, all_or_nothing=True).ok
    assert [value for _, value, _ in read_all(topic, 1)] == [LATE_GOOD]


def test_a_source_is_filled_in_where_a_line_has_none(producer, topic, read_all):
    line = orjson.loads(GOOD)
    del line["source"]
    assert emit_lines([orjson.dumps(line), GOOD], producer, source="gate-1").ok
    assert [orjson.loads(value)["source"] for _, value, _ in read_all(topic, 2)] == ["gate-1", "signs"]


def test_what_the_broker_does_not_take_is_said_and_not_counted_as_sent(freezing):
    producer = Producer(freezing.servers, idempotent=False, delivery_seconds=0.5)
    emit_lines([GOOD], producer)
    freezing.freeze()
    report = emit_lines([GOOD, LATE_GOOD], producer)
    producer.close()

    assert (report.ok, report.sent) == (False, 0)
    assert report.undelivered.startswith("2 events were not delivered: signs:")


def test_flags_make_a_touchpoint_with_json_values_and_texts():
    line = orjson.loads(
        touchpoint_of(
            "sale.made",
            source="till-1",
            channel="till",
            identifiers=["wristband=w=1"],
            data=["receipt=r-1", "amount=4.50", "currency=EUR", 'lines=[{"product":"cap"}]'],
        )
    )
    assert line["identifiers"] == {"wristband": "w=1"}
    assert line["data"] == {"receipt": "r-1", "amount": 4.5, "currency": "EUR", "lines": [{"product": "cap"}]}


def test_a_flag_that_is_no_pair_says_how_to_write_it():
    with pytest.raises(ValueError, match=r"--data 'minutes' is not name=value"):
        touchpoint_of("wait.posted", source="s", channel="sensor", data=["minutes"])
