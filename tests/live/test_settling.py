"""Waiting for rest on each kind of broker: ticks are told from what somebody must still read."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaProducer
from support.kafka import Broker, within

from streams.kafka.cut import begin_at
from streams.kafka.outgoing import NO_HEADERS, Destination, Record
from streams.kafka.producer import BatchProducer
from streams.kafka.pulse import HEARTBEAT
from streams.kafka.sight import Sight
from streams.sources import settling
from streams.sources.settling import Settling, is_tick, until_at_rest
from streams.topology import EVENTS, PUBLIC, of_epoch, rows_topic

INPUT, LOG = Destination(PUBLIC, 0), Destination(of_epoch(EVENTS, 2), 0)
INPUTS = {"workers": [INPUT, LOG]}
TOUCHPOINT: Record = (b"any", b"{}", NO_HEADERS)
MARK: Record = (b"validate/0", b'{"k": "wm", "f": "validate/0", "t": 1}', NO_HEADERS)
TOUCH: Record = (b"wristband:1", b'{"k": "touch"}', NO_HEADERS)
CONTROL = [("touchline", b"control")]


@pytest.fixture
def logs(broker: Broker) -> Broker:
    for topic, _ in (INPUT, LOG):
        broker.create(topic)
    return broker


async def post(broker: Broker, to: Destination, *records: Record) -> None:
    producer = BatchProducer(broker.connection, {})
    await producer.start()
    try:
        await producer.post({to: list(records)})
    finally:
        await producer.stop()


async def commit(broker: Broker, **offsets: int) -> None:
    read = {INPUT: offsets["input"], LOG: offsets["log"]}
    await begin_at(broker.connection, "workers", read)


async def beating(broker: Broker, over: asyncio.Event) -> None:
    """Heartbeats, and what is told of the time."""
    while not over.is_set():
        await post(broker, INPUT, HEARTBEAT)
        await post(broker, LOG, MARK)


async def reading(broker: Broker, over: asyncio.Event) -> None:
    """Commit where both logs were a moment ago: there is always something new."""
    while not over.is_set():
        async with Sight(broker.connection) as sight:
            ends = await sight.ends([INPUT, LOG])
        await commit(broker, input=ends[INPUT], log=ends[LOG])


def test_the_end_is_seen_right_after_each_record(logs: Broker) -> None:
    async def look() -> list[int]:
        async with Sight(logs.connection) as sight:
            found = [(await sight.ends([LOG]))[LOG]]
            for _ in range(3):
                await post(logs, LOG, TOUCH, TOUCH)
                found.append((await sight.ends([LOG]))[LOG])
            return found

    assert within(30, look()) == [0, 2, 4, 6]


@pytest.mark.parametrize(("waiting", "ticks"), [([MARK], True), ([MARK, MARK, TOUCH], False), ([TOUCH, MARK], False)])
def test_only_what_waits_is_looked_at(logs: Broker, waiting: list[Record], *, ticks: bool) -> None:
    async def look() -> bool:
        await post(logs, LOG, TOUCH, TOUCH)
        await post(logs, INPUT, TOUCHPOINT, HEARTBEAT)
        await post(logs, LOG, *waiting)
        async with Sight(logs.connection) as sight:
            spans = {INPUT: (1, 2), LOG: (2, 2 + len(waiting))}
            return await sight.all_there(spans, is_tick)

    assert within(30, look()) is ticks


def test_at_rest_while_heartbeats_go_on_for_ever(logs: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "LOOK_AGAIN_SECONDS", 0.02)

    async def story() -> None:
        over = asyncio.Event()
        await post(logs, INPUT, TOUCHPOINT)
        await commit(logs, input=0, log=0)
        others = asyncio.gather(beating(logs, over), reading(logs, over))
        await until_at_rest(logs.connection, INPUTS, 20)
        over.set()
        await others

    within(50, story())


def test_a_chunk_that_is_not_committed_is_no_rest_even_if_all_else_is(logs: Broker) -> None:
    async def story() -> bool:
        await post(logs, LOG, TOUCH, MARK)
        await commit(logs, input=0, log=0)
        async with Sight(logs.connection) as sight:
            resting = [await at_rest(sight)]
            await commit(logs, input=0, log=1)
            return [*resting, await at_rest(sight)] == [False, True]

    assert within(30, story())


@pytest.mark.kafka
@pytest.mark.parametrize("ending", ["commit_transaction", "abort_transaction"])
def test_a_transaction_of_a_service_is_waited_for_while_it_is_open(clean_kafka: Broker, ending: str) -> None:
    clean_kafka.create(PUBLIC)
    clean_kafka.create(LOG.topic)

    async def story() -> list[bool]:
        service = AIOKafkaProducer(**clean_kafka.connection.client(), transactional_id="service")
        await service.start()
        await service.begin_transaction()
        await service.send_and_wait(PUBLIC, b"{}", partition=0)
        async with Sight(clean_kafka.connection) as sight:
            await commit(clean_kafka, input=0, log=0)
            found = [await at_rest(sight)]
            await getattr(service, ending)()
            found.append(await at_rest(sight))
            await commit(clean_kafka, input=1, log=0)  # before the mark of the end, which no reader is shown
            found.append(await at_rest(sight))
        await service.stop()
        return found

    assert within(60, story()) == [False, ending == "abort_transaction", True]


async def at_rest(sight: Sight) -> bool:
    """What one look says, past the rounds for the time."""
    settled = Settling(sight, INPUTS, 1.0)
    spans = await settled._waiting()
    return not spans or await settled._only_ticks(spans)


@pytest.mark.parametrize(
    ("topic", "headers", "value", "tick"),
    [
        (PUBLIC, [("touchline", b"heartbeat")], b"", True),
        (PUBLIC, CONTROL, b'{"control": "advance", "by_ms": 1}', False),
        (PUBLIC, [("touchline", b"command")], b"{}", False),
        (PUBLIC, [], b'{"k": "wm"}', False),
        (LOG.topic, [], b'{"k": "wm", "f": "validate/0", "t": 1}', True),
        (LOG.topic, [], b'{"k": "bye", "f": "validate/-1"}', False),
        (LOG.topic, [], b"garbled", False),
        (LOG.topic, [], None, False),
        (rows_topic("pipeline"), [], b"{}", True),
        (rows_topic("stays"), [], b"{}", False),
    ],
)
def test_what_is_a_tick(topic: str, headers: list[tuple[str, bytes]], value: bytes | None, *, tick: bool) -> None:
    assert is_tick(SimpleNamespace(topic=topic, headers=headers, value=value)) is tick
