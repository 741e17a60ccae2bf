"""One rebuild at a time, whoever starts it; a crash keeps nobody out for long, and whoever wakes up late is stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from support.kafka import Broker, within

from streams.kafka import claim
from streams.kafka.claim import Claim
from streams.kafka.control import EPOCH, read_control
from streams.kafka.topics import RefusedError, prepare_shared


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "BEAT_SECONDS", 0.3)
    monkeypatch.setattr(claim, "SILENT_SECONDS", 2.0)


def on(broker: Broker, story: Callable[[], Awaitable[None]]) -> None:
    async def told() -> None:
        await prepare_shared(broker.connection, partitions=1, replication=1)
        await story()

    within(60, told())


@asynccontextmanager
async def claimant(broker: Broker, host: str):
    """As if on a host of its own: nobody can look whether its process lives."""
    mine = Claim(broker.connection)
    mine._host = host
    try:
        yield mine
    finally:
        await mine.stop()


def test_while_one_beats_the_second_is_refused_and_told_who_it_is(broker: Broker):
    async def story() -> None:
        async with claimant(broker, "alpha") as first, claimant(broker, "beta") as second:
            assert await first.take() is None
            beats = asyncio.create_task(first.keep())
            with pytest.raises(RefusedError, match=r"running already: process \d+ on alpha"):
                await second.take()
            beats.cancel()

    on(broker, story)


def test_after_a_crash_the_next_takes_over_and_knows_what_was_interrupted(broker: Broker):
    async def story() -> None:
        async with claimant(broker, "alpha") as first, claimant(broker, "beta") as second:
            await first.take()
            await first.begin(5)
            assert await second.take() == 5
            with pytest.raises(RefusedError, match="another rebuild has taken over"):
                await first.switch(5, {})
            assert EPOCH not in await read_control(broker.connection)

    on(broker, story)


def test_one_that_is_done_leaves_nothing_to_wait_for(broker: Broker):
    async def story() -> None:
        async with claimant(broker, "alpha") as first, claimant(broker, "beta") as second:
            await first.take()
            await first.begin(2)
            await first.switch(2, {"partitions.e2": "3"})
            await first.release({"partitions": None})
            noted = await read_control(broker.connection)
            assert noted == {EPOCH: "2", "partitions.e2": "3"}
            assert await second.take() is None

    on(broker, story)


def test_on_this_machine_a_dead_process_is_known_at_once(broker: Broker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claim, "SILENT_SECONDS", 600.0)

    async def story() -> None:
        async with claimant(broker, "alpha") as first, claimant(broker, "alpha") as second:
            first._pid = 2**22 + 1  # above every process number of Linux
            await first.take()
            assert await second.take() is None

    on(broker, story)
