"""Once a second: heartbeats into our inputs, a row for each lane; and the watchdog that looks at both."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from support.kafka_lane import Ledger, chunk, lane, record, stage, until
from support.kafka_toy import Counts

from streams.kafka.connection import Connection
from streams.kafka.lane import StageCode
from streams.kafka.outgoing import Destination
from streams.kafka.pulse import HEARTBEAT, Pulse
from streams.kafka.watchdog import Watchdog
from streams.topology import PUBLIC


class Runner:
    """A stage's lanes, as the pulse sees them."""

    def __init__(self, name: str, lanes: dict[int, Any]) -> None:
        self.stage, self.lanes = stage(name), lanes


def with_lane(body: Callable[[Any, Ledger], Awaitable[None]], name: str = "stitch") -> None:
    async def run() -> None:
        ledger = Ledger()

        def step(state: Counts, message: Any, _: Any) -> None:
            state.hear(*orjson.loads(message.value))

        served = lane(ledger, StageCode(step, None, lambda n: Counts(n, epoch=1, senders=2)), name)
        await body(served, ledger)
        await served.close()

    asyncio.run(run())


def pulse(served: Any, end: int | None = None) -> Pulse:
    return Pulse(served._road, {"stitch": Runner("stitch", {0: served})}, lambda: [0, 2], lambda *_: end)


def test_every_input_that_we_own_gets_a_heartbeat():
    async def body(served: Any, _: Ledger) -> None:
        parcels = pulse(served).parcels(1_000)
        assert parcels == {Destination(PUBLIC, 0): [HEARTBEAT], Destination(PUBLIC, 2): [HEARTBEAT]}

    with_lane(body)


def test_a_row_says_how_far_a_lane_is_and_who_holds_it_back():
    async def body(served: Any, ledger: Ledger) -> None:
        served.put(chunk(ledger, record(7, b'["validate/1", 4000]')))
        await until(lambda: served.offset == 7)
        ((_, value, _),) = pulse(served, end=12).parcels(9_500)[Destination("rows.pipeline", 0)]
        row = orjson.loads(value)
        assert row == {
            "stage": "stitch",
            "partition": 0,
            "input": "events",
            "at": 9.5,
            "watermark": None,
            "offset": 7,
            "end_offset": 12,
            "lag": 4,
            "delay_seconds": None,
            "events": 1,
            "held_by": "validate/0",
            "paused": "",
        }

    with_lane(body)


def test_with_every_sender_heard_the_lowest_holds_the_watermark():
    async def body(served: Any, ledger: Ledger) -> None:
        served.put(chunk(ledger, record(0, b'["validate/1", 4000]'), record(1, b'["validate/0", 5000]')))
        await until(lambda: served.offset == 1)
        ((_, value, _),) = pulse(served).parcels(9_500)[Destination("rows.pipeline", 0)]
        row = orjson.loads(value)
        assert (row["watermark"], row["held_by"], row["delay_seconds"], row["lag"]) == (4.0, "validate/1", 5.5, 0)

    with_lane(body)


def watchdog(served: Any, name: str = "stitch") -> tuple[Watchdog, Pulse]:
    beating = pulse(served)
    runners: dict[str, Any] = {name: Runner(name, {0: served})}
    return Watchdog(Connection("127.0.0.1:1"), runners, beating, patience_seconds=60), beating


def test_a_lane_with_a_chunk_in_hand_that_does_not_move_is_stuck():
    async def body(served: Any, ledger: Ledger) -> None:
        ledger.write = lambda _: asyncio.Event().wait()  # type: ignore[assignment,method-assign]
        dog, beating = watchdog(served)
        served.put(chunk(ledger, record(0, b'["validate/1", 4000]')))
        await until(lambda: served._unacked)
        beating.beaten = now = served.moved + 61
        assert dog.stuck(now) == ["stitch/0"]
        assert dog.stuck(served.moved + 59) == []

    with_lane(body)


def test_an_idle_lane_is_not_stuck_but_an_input_that_gets_heartbeats_is():
    async def body(served: Any, _: Ledger) -> None:
        for name, found in (("stitch", []), ("validate", ["validate/0"])):
            dog, beating = watchdog(served, name)
            beating.beaten = served.moved + 61
            assert dog.stuck(served.moved + 61) == found

    with_lane(body)


def test_nobody_is_stuck_while_no_heartbeat_gets_through():
    async def body(served: Any, _: Ledger) -> None:
        dog, beating = watchdog(served, "validate")
        beating.beaten = served.moved
        assert dog.stuck(served.moved + 1_000) == []

    with_lane(body)
