"""Notices an event loop that stands still, from a thread beside it: whatever runs in the loop could not."""

import asyncio
import threading
from collections.abc import Callable

from streams.clock import steady_seconds
from streams.kafka.ending import die_stuck

BEAT_SECONDS = 0.25


class LoopBeat:
    """`idle_seconds` grows while one call keeps the event loop from everything else. Readable from any thread."""

    def __init__(self) -> None:
        self._at = steady_seconds()

    def beat(self) -> None:
        """It comes round."""
        self._at = steady_seconds()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_SECONDS)

    @property
    def idle_seconds(self) -> float:
        return max(0.0, steady_seconds() - self._at - BEAT_SECONDS)


class LoopWatch:
    """Ends the process, with the stacks of all threads, once its event loop has stood still for `patience_seconds`.

    A shorter stall is survived: groups and transactions wait longer than that for us.
    """

    def __init__(self, beat: LoopBeat, patience_seconds: float, *, die: Callable[..., object] = die_stuck) -> None:
        self._beat, self._patience, self._die = beat, patience_seconds, die
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="loop-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        looked, interval = steady_seconds(), self._patience / 10
        while not self._stop.wait(interval):
            before, looked = looked, steady_seconds()
            if looked - before > 3 * interval:
                continue  # the whole process was paused, this thread, too: the loop gets its chance
            idle = self._beat.idle_seconds
            if idle > self._patience:
                self._die("the event loop stands still", seconds=round(idle, 1))
