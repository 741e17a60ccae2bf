"""Waiting for a broker that does not answer."""

import asyncio
import socket

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.kafka import arrival
from streams.kafka.arrival import Outage, once_it_answers, reachable
from streams.kafka.connection import Connection
from streams.kafka.topics import RefusedError


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival, "TRY_AGAIN_SECONDS", 0.01)


@pytest.fixture
def closed() -> Connection:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Connection(f"127.0.0.1:{probe.getsockname()[1]}")


class Asked:
    """Raises so many errors, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def serve_and_ask(asked: Asked, outage: Outage) -> str | None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        connection = Connection(f"127.0.0.1:{server.getsockname()[1]}")
        return asyncio.run(asyncio.wait_for(once_it_answers(connection, asked, asyncio.Event(), outage), 10))


def test_it_asks_again_until_it_is_answered():
    outage = Outage()
    assert serve_and_ask(Asked(KafkaConnectionError("gone"), TimeoutError(), OSError("reset")), outage) == "answer"
    assert not outage.lasts


def test_an_error_that_is_no_outage_is_not_waited_out():
    with pytest.raises(ZeroDivisionError):
        serve_and_ask(Asked(ZeroDivisionError()), Outage())


def test_a_refused_password_is_not_tried_again():
    outage = Outage()
    outage.notice("Unable connect: SaslAuthenticationFailed: Invalid username or password")
    with pytest.raises(RefusedError, match=r"refuses us: .*Invalid username or password"):
        serve_and_ask(Asked(KafkaConnectionError("Unable to bootstrap")), outage)


def test_whoever_waits_can_be_asked_to_stop(closed: Connection):
    async def run() -> None:
        stop, outage = asyncio.Event(), Outage()
        waiting = asyncio.create_task(once_it_answers(closed, Asked(), stop, outage))
        while not outage.lasts:
            await asyncio.sleep(0)
        stop.set()
        assert await asyncio.wait_for(waiting, 10) is None

    asyncio.run(run())


def test_any_one_server_is_enough(closed: Connection):
    assert not reachable(closed)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert reachable(Connection(f"{closed.servers},127.0.0.1:{server.getsockname()[1]}"))
