"""Dead letters on their way back and the books about them, as records on a broker."""

import asyncio

import orjson
import pytest
from support.kafka import Broker

from streams.run.rejected.letters import Letter, Position
from streams.run.rejected.log import from_log
from streams.run.rejected.send import AUDIT, Deed, carry_out
from streams.sources.producer import Producer

BAD = orjson.dumps({"source": "gate", "event_id": "e1"})
GOOD = orjson.dumps({"source": "gate", "event_id": "e1", "place": "comet"})


@pytest.fixture
def topics(broker: Broker) -> None:
    for topic in ("touchpoints", "rows.stays", AUDIT):
        broker.create(topic)


@pytest.mark.parametrize(("row", "found"), [("", b"one\ntwo"), ("2", b"two"), ("3", None), ("x", None)])
def test_what_the_store_does_not_have_is_read_from_the_log(
    broker: Broker, topics: None, row: str, found: bytes | None
) -> None:
    with Producer(broker.connection.servers, topic="rows.stays", idempotent=broker.is_kafka) as producer:
        producer.send_checked("a", b"zero")
        producer.send_checked("a", b"one\ntwo")
    one = asyncio.run(from_log(broker.connection, Position("rows.stays", 0, 1, row)))
    assert (one.payload if one else None) == found
    assert asyncio.run(from_log(broker.connection, Position("rows.stays", 0, 2, row))) is None
    assert asyncio.run(from_log(broker.connection, Position("rows.stays", 7, 0, row))) is None


def letter(offset: int, reason: str = "missing_field", topic: str = "touchpoints", row: str = "") -> Letter:
    return Letter(Position(topic, 0, offset, row), 5_000, reason, "place", "place is missing", "gate", BAD)


def send(broker: Broker, action, *deeds: Deed):
    def producer(topic: str) -> Producer:
        return Producer(broker.connection.servers, topic=topic, idempotent=broker.is_kafka)

    return carry_out(deeds, action, by="ops", why="a fixed release", producer=producer)


def books(broker: Broker) -> list[dict]:
    return [orjson.loads(record.value) for record in broker.records(AUDIT)]


def test_a_fixed_touchpoint_goes_to_the_public_topic_and_the_books_name_both(broker: Broker, topics: None) -> None:
    report = send(broker, "fixed", Deed(letter(7), GOOD), Deed(letter(9), GOOD))
    assert (report.done, report.failed) == (2, [])
    assert [(r.key, r.value) for r in broker.records("touchpoints")] == [(b"gate:e1", GOOD)] * 2
    first, second = books(broker)
    assert first.pop("at") > 1_700_000_000
    assert first == {
        "topic": "touchpoints", "partition": 0, "offset": 7, "row": "", "rejected_at": 5.0, "action": "fixed",
        "by": "ops", "why": "a fixed release", "reason": "missing_field", "source": "gate", "changes": "set place",
        "new_topic": "touchpoints", "new_partition": 0, "new_offset": 0,
    }  # fmt: skip
    assert (second["offset"], second["new_offset"]) == (9, 1)


def test_a_row_that_the_store_refused_goes_back_to_its_row_topic(broker: Broker, topics: None) -> None:
    send(broker, "replayed", Deed(letter(3, "store_refused", "rows.stays", "2"), BAD))
    assert [record.value for record in broker.records("rows.stays")] == [BAD]
    assert broker.records("touchpoints") == []
    assert [(row["new_topic"], row["row"], row["changes"]) for row in books(broker)] == [("rows.stays", "2", "")]


def test_what_is_discarded_is_written_down_and_not_sent(broker: Broker, topics: None) -> None:
    assert send(broker, "discarded", Deed(letter(3), None)).done == 1
    assert [(row["action"], row["new_topic"]) for row in books(broker)] == [("discarded", "")]
    assert broker.records("touchpoints") == []
