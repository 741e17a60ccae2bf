"""The account where the log itself is asked: marks, transactions given up, records deleted, a log made anew."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaProducer
from kafka import TopicPartition
from support.engine import Engine
from support.kafka import Broker

from streams.kafka.inspection import open_logs
from streams.run.doctor.account import HOUR_MS, HourAccount
from streams.run.doctor.facts import Checked, Reading
from streams.run.doctor.log import Accounting
from streams.validate.marker import COMMAND_HEADER

HEARTBEAT = [("touchline", b"heartbeat")]
COMMAND = b'{"command": "u"}'
NOW = time.time()


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(tmp_path_factory.mktemp("store"))
    yield engine
    engine.close()


def append(broker: Broker, *batches: list[bytes | None], abort: bool = False) -> None:
    """Touchpoints, commands and, for None, heartbeats, batch by batch."""

    async def send() -> None:
        extra = {"transactional_id": "tests"} if abort else {}
        producer = AIOKafkaProducer(**broker.connection.client(), acks="all", **extra)
        await producer.start()
        if abort:
            await producer.begin_transaction()
        for batch in batches:
            for value in batch:
                headers = HEARTBEAT if value is None else [COMMAND_HEADER] if value == COMMAND else []
                await producer.send_and_wait("touchpoints", value or b"", partition=0, headers=headers)
        if abort:
            await producer.abort_transaction()
        await producer.stop()

    asyncio.run(send())


def store(engine: Engine, *offsets: int, at: float | None = None) -> None:
    at = at or time.time()
    row = {"source": "gate", "occurred_at": NOW, "received_at": at, "topic": "touchpoints", "partition": 0}
    engine.insert(
        "touchpoints", [{**row, "event_id": f"e{at}-{o}", "offset": o, "version": 2**63 - o} for o in offsets]
    )


def account(broker: Broker, engine: Engine, settled: int, most: int = 1_000) -> tuple[list[HourAccount], Checked]:
    async def ask() -> tuple[list[HourAccount], list[Checked]]:
        since_ms = round(NOW * 1_000) // HOUR_MS * HOUR_MS - HOUR_MS
        accounting = Accounting(engine.store, since_ms, most, by_time=broker.connection.abilities.exact_end_offsets)
        async with open_logs(broker.connection) as logs:
            reading = Reading("validate", 0, "touchpoints", 0, 0, None, None)
            return await accounting.accounts(logs, [reading], {0: settled})

    accounts, (checked,) = asyncio.run(ask())
    return accounts, checked


def test_only_what_is_a_touchpoint_in_the_log_can_be_missing(broker: Broker, engine: Engine) -> None:
    broker.create("touchpoints")
    append(broker, [b"0", None, b"2", b"3", None, b"5", b"6"])
    store(engine, 0, 2)
    (hour,), checked = account(broker, engine, settled=6)
    assert (hour.stored, hour.missing, hour.first_missing, hour.under_way) == (2, 2, 3, 1)
    assert (checked.unread, checked.end) == (0, 7)


def test_a_command_whose_row_is_lost_is_missing(broker: Broker, engine: Engine) -> None:
    broker.create("touchpoints")
    append(broker, [b"0", COMMAND, COMMAND])
    store(engine, 0)
    engine.insert("identity_commands", [{"command": "u", "at": time.time(), "topic": "touchpoints", "offset": 1}])
    (hour,), _ = account(broker, engine, settled=3)
    assert (hour.stored, hour.missing, hour.first_missing) == (1, 1, 2)


def test_what_may_not_be_read_is_said(broker: Broker, engine: Engine) -> None:
    broker.create("touchpoints")
    append(broker, [None] * 20)
    _, checked = account(broker, engine, settled=20, most=5)
    assert (checked.looked, checked.unread) == (5, 15)


def test_offsets_of_a_former_life_of_the_log_are_not_taken_for_this_one(broker: Broker, engine: Engine) -> None:
    broker.create("touchpoints")
    store(engine, 0, 1, 2, at=NOW - 600)
    append(broker, [b"0", b"1"])
    store(engine, 0)
    hours, checked = account(broker, engine, settled=2)
    assert sum(hour.stored for hour in hours) == 1
    assert [hour.first_missing for hour in hours if hour.missing] == [1]
    assert (checked.known_before, checked.log_begins_ms is not None) == ((3, 0), True)


@pytest.mark.kafka
def test_a_transaction_that_was_given_up_is_missing_nowhere(clean_kafka: Broker, engine: Engine) -> None:
    clean_kafka.create("touchpoints")
    append(clean_kafka, [b"0"])
    append(clean_kafka, [b"1", b"2"], abort=True)
    append(clean_kafka, [b"4"])
    store(engine, 0, 4)
    (hour,), checked = account(clean_kafka, engine, settled=5)
    assert (hour.appended, hour.stored, hour.missing, checked.end) == (2, 2, 0, 5)


@pytest.mark.kafka
def test_an_hour_whose_beginning_is_deleted_is_not_called_lost(clean_kafka: Broker, engine: Engine) -> None:
    clean_kafka.create("touchpoints")
    append(clean_kafka, [b"0", b"1", b"2", b"3"])
    with clean_kafka.admin() as admin:
        admin.delete_records({TopicPartition("touchpoints", 0): 2})
    store(engine, 3)
    (hour,), checked = account(clean_kafka, engine, settled=4)
    assert (hour.missing, hour.first_missing, hour.deleted) == (1, 2, True)
    assert (checked.begin, checked.log_begins_ms is not None) == (2, True)
