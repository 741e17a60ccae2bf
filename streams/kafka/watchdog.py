"""Ends a worker that stands still although there is work and the broker answers: the supervisor starts a fresh one."""

import asyncio
from collections.abc import Callable, Mapping
from typing import NoReturn

from streams.clock import steady_seconds
from streams.kafka.arrival import reachable
from streams.kafka.connection import Connection
from streams.kafka.ending import die_stuck
from streams.kafka.progress import Runner
from streams.kafka.pulse import Pulse
from streams.topology import PUBLIC

PATIENCE_SECONDS = 180.0


class Watchdog:
    """Heartbeats give every input partition a record a second, so a lane of one that does not move is stuck.

    A lane further down is stuck if it has a chunk in hand and does not move.
    """

    def __init__(
        self,
        connection: Connection,
        runners: Mapping[str, Runner],
        pulse: Pulse,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        die: Callable[..., NoReturn] = die_stuck,
    ) -> None:
        self._connection, self._runners, self._pulse = connection, runners, pulse
        self.patience_seconds, self._die = patience_seconds, die

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self.patience_seconds / 10)
            lanes = self.stuck(steady_seconds())
            answers = bool(lanes) and await asyncio.to_thread(reachable, self._connection)
            if answers:
                self._die("worker stands still", lanes=lanes, seconds=self.patience_seconds)

    def stuck(self, now: float, *, patience_seconds: float | None = None) -> list[str]:
        """The lanes that have not moved for the patience, unless the broker is away. Also for other threads."""
        patience = patience_seconds or self.patience_seconds
        if now - self._pulse.beaten > patience / 2:
            return []  # not even a heartbeat gets through: the broker is away, and everybody waits for it
        return [
            f"{runner.stage.name}/{lane.number}"
            for runner in self._runners.values()
            for lane in list(runner.lanes.values())
            if now - lane.moved > patience and (runner.stage.reads == PUBLIC or not lane.idle)
        ]
