"""The watchdog ends a process only where the broker answers: otherwise everybody just waits."""

import asyncio
import socket
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from support.kafka_lane import stage

from streams.clock import steady_seconds
from streams.kafka.connection import Connection
from streams.kafka.watchdog import Watchdog


class EndedError(Exception):
    """In place of the process's end."""


def watchdog(servers: str) -> tuple[Watchdog, list[dict[str, Any]]]:
    """Over one lane that has had a chunk in hand for an hour, while heartbeats get through."""
    last_words: list[dict[str, Any]] = []

    def die(what: str, **facts: Any) -> NoReturn:
        last_words.append({"what": what, **facts})
        raise EndedError

    lane = SimpleNamespace(number=2, moved=steady_seconds() - 3_600, idle=False)
    runner: Any = SimpleNamespace(stage=stage("stitch"), lanes={2: lane})
    pulse: Any = SimpleNamespace(beaten=steady_seconds() + 3_600)
    return Watchdog(Connection(servers), {"stitch": runner}, pulse, patience_seconds=0.2, die=die), last_words


def test_it_names_the_lane_that_stands_still_and_ends_the_process():
    with socket.socket() as broker:
        broker.bind(("127.0.0.1", 0))
        broker.listen()
        dog, last_words = watchdog(f"127.0.0.1:{broker.getsockname()[1]}")
        with pytest.raises(EndedError):
            asyncio.run(asyncio.wait_for(dog.run(), 10))
    assert last_words == [{"what": "worker stands still", "lanes": ["stitch/2"], "seconds": 0.2}]


def test_it_waits_while_no_broker_answers():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dog, last_words = watchdog(f"127.0.0.1:{probe.getsockname()[1]}")
        with pytest.raises(asyncio.TimeoutError):
            asyncio.run(asyncio.wait_for(dog.run(), 0.5))
    assert last_words == []
