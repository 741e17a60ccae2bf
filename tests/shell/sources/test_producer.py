"""The producer of services against a real broker process."""

import socket
import subprocess
import sys
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import orjson
import pytest

from schemas.touchpoint import ContractError, parse
from streams.sources.producer import (
    BrokerUnreachableError,
    BufferFullError,
    DeliveryError,
    Failure,
    Producer,
    new_event_id,
    now,
)


def page(**more: Any) -> dict[str, Any]:
    return {
        "event_id": new_event_id(),
        "type": "page.viewed",
        "channel": "web",
        "occurred_at": now(),
        "identifiers": {"cookie": "c-1"},
        "data": {"page": "/"},
        **more,
    }


def test_what_is_sent_arrives_as_sent_under_source_and_event_id(servers, topic, read_all):
    with Producer(servers, source="web", topic=topic, idempotent=False) as producer:
        position = producer.send(page(event_id="e-1", mood="good")).result(10)

    [(key, value, _)] = read_all(topic, 1)
    assert (key, position) == (b"web:e-1", (topic, 0, 0))
    assert orjson.loads(value)["mood"] == "good"


def test_a_model_keywords_datetimes_and_decimals_become_the_same_json(servers, topic, read_all):
    at = datetime(2026, 5, 4, 10, 0, tzinfo=timezone.utc)
    sale = {"receipt": "r", "amount": Decimal("12.50"), "currency": "EUR"}
    with Producer(servers, source="till-1", topic=topic, idempotent=False) as producer:
        producer.send(parse(page(source="web", event_id="e-1")))
        producer.send(event_id="e-2", type="sale.made", channel="till", occurred_at=at, place="shop", data=sale)

    (_, model, _), (_, sold, _) = read_all(topic, 2)
    assert orjson.loads(model)["data"] == {"page": "/"}
    assert orjson.loads(sold)["data"]["amount"] == "12.50"
    assert orjson.loads(sold)["occurred_at"] == "2026-05-04T10:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"type": "page.exploded"}, "unknown_type", "type"),
        ({"occurred_at": datetime(2026, 5, 4, 10, 0)}, "bad_time", "occurred_at"),  # noqa: DTZ001 this is the defect
        ({"occurred_at": "2093-05-04T10:00:00Z"}, "time_out_of_range", "occurred_at"),
        ({"identifiers": {}}, "missing_field", "identifiers"),
        ({"data": {"page": {1, 2}}}, "not_json", ""),
    ],
)
def test_what_breaks_the_contract_is_refused_before_it_is_sent(servers, topic, change, reason, field):
    with Producer(servers, source="web", topic=topic, idempotent=False) as producer:
        with pytest.raises(ContractError) as refused:
            producer.send(page(**change))
        producer.flush()

    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_events_that_the_broker_does_not_take_are_named(freezing):
    heard: list[Failure] = []
    producer = Producer(
        freezing.servers,
        source="web",
        idempotent=False,
        delivery_seconds=1.0,
        max_block_seconds=2,
        on_failure=heard.append,
    )
    producer.send(page(event_id="e-1")).result(10)
    freezing.freeze()
    lost = [producer.send(page(event_id=f"e-{number}")) for number in (2, 3)]

    with pytest.raises(DeliveryError, match=r"2 events were not delivered: web:e-2: .*; web:e-3: "):
        producer.flush()
    assert [failure.event for failure in heard] == ["web:e-2", "web:e-3"]
    assert isinstance(lost[0].exception(1), DeliveryError)
    producer.close()


def test_leaving_the_block_raises_what_was_not_delivered_and_hides_no_error_of_the_block(freezing):
    def service(error: Exception | None) -> None:
        freezing.thaw()
        with Producer(freezing.servers, source="web", idempotent=False, delivery_seconds=0.5) as producer:
            producer.send(page()).result(10)
            freezing.freeze()
            producer.send(page())
            if error:
                raise error

    with pytest.raises(DeliveryError):
        service(None)
    with pytest.raises(KeyError):
        service(KeyError("own"))


def test_a_service_that_just_ends_has_still_sent_everything(servers, topic, read_all):
    program = f"""
from streams.sources.producer import Producer, now
producer = Producer({servers!r}, source="web", topic={topic!r}, idempotent=False, linger_ms=5_000)
for n in range(500):
    producer.send(event_id=f"e-{{n}}", type="page.viewed", channel="web", occurred_at=now(),
                  identifiers={{"cookie": "c"}}, data={{"page": "/"}})
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

    assert [key for key, _, _ in read_all(topic, 500)] == [f"web:e-{n}".encode() for n in range(500)]


def test_gzip_and_batches_change_nothing_of_what_arrives(servers, topic, read_all):
    with Producer(servers, source="web", topic=topic, idempotent=False, compression="gzip") as producer:
        for number in range(2_000):
            producer.send(page(event_id=f"e-{number}"))

    assert len({key for key, _, _ in read_all(topic, 2_000)}) == 2_000


def test_no_broker_is_one_clear_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(BrokerUnreachableError, match=f"no broker at 127.0.0.1:{port}"):
            Producer(f"127.0.0.1:{port}", max_block_seconds=1)


def test_a_full_buffer_makes_the_service_wait_and_then_says_so(servers, topic):
    producer = Producer(
        servers,
        source="web",
        topic=topic,
        idempotent=False,
        buffer_bytes=2_000,
        linger_ms=60_000,
        max_block_seconds=0.3,
    )
    producer.send(page(data={"page": "/", "note": "x" * 1_900}))

    with pytest.raises(BufferFullError):
        producer.send(page())
    producer.close()
