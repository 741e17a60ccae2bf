"""The end that was asked for: the first signal stops gracefully, a second one or the time limit at once."""

import asyncio
import signal
import threading
from types import FrameType

import structlog

from streams.kafka.ending import UNEXPECTED, leave

SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger("touchline.process")


class Stopping:
    """Made in the main thread, inside the loop. `asked` is set by SIGTERM or SIGINT; then `limit_seconds` are left.

    The limit does not need the loop: it ends a process that stands still, too. Ending at once is always safe; what was
    in hand is read again.
    """

    def __init__(self, limit_seconds: float) -> None:
        self.asked = asyncio.Event()
        self._limit = limit_seconds
        self._loop = asyncio.get_running_loop()
        self._timer: threading.Timer | None = None
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def done(self) -> None:
        """The end was graceful: nobody needs to force it."""
        if self._timer is not None:
            self._timer.cancel()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._timer is not None:
            self._at_once("asked a second time: ending at once; what is in hand will be read again")
        self._timer = threading.Timer(self._limit, self._too_late)
        self._timer.daemon = True
        self._timer.start()
        self._loop.call_soon_threadsafe(self.asked.set)

    def _too_late(self) -> None:
        self._at_once("not done within the limit: ending at once; what is in hand will be read again")

    def _at_once(self, what: str) -> None:
        log.warning(what, limit_seconds=self._limit)
        leave(UNEXPECTED)
