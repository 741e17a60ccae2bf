"""What is on its way to the broker: each event until it has arrived or failed, limited in bytes and in time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

NAMED_FAILURES = 1_000
"""So many failed events are kept by name until they are asked for; the rest is counted."""

GRACE_SECONDS = 2.0
"""The client's own answer, if there is one, comes within this after the limit."""


class Position(NamedTuple):
    """Where the broker keeps the event."""

    topic: str
    partition: int
    offset: int


class Failure(NamedTuple):
    """One event that the broker did not take, as far as is known: its key `source:event_id`, and why."""

    event: str
    error: str


class DeliveryError(Exception):
    """Events were not delivered. `failures` names up to 1,000 of them, `count` says how many there are."""

    def __init__(self, failures: tuple[Failure, ...], count: int) -> None:
        self.failures, self.count = failures, count
        named = "; ".join(f"{failure.event}: {failure.error}" for failure in failures[:5])
        more = f"; and {count - 5} more" if count > 5 else ""
        super().__init__(f"{count} event{'s were' if count != 1 else ' was'} not delivered: {named}{more}")


class BufferFullError(TimeoutError):
    """The broker is slower than the service, and waiting for room took longer than was allowed."""


class Delivery:
    """One event on its way; `due`: after that (monotonic seconds) it has failed, whatever the client still does."""

    __slots__ = ("due", "event", "future", "size")

    def __init__(self, event: str, size: int, due: float) -> None:
        self.event, self.size, self.due = event, size, due
        self.future: Future[Position] = Future()
        self.future.set_running_or_notify_cancel()


class Deliveries:
    """Thread-safe. Bounded by `most_bytes` of keys and values; each delivery ends exactly once."""

    def __init__(self, most_bytes: int, seconds: float, on_failure: Callable[[Failure], None] | None) -> None:
        self._most_bytes, self._seconds, self._on_failure = most_bytes, seconds, on_failure
        self._changed = threading.Condition()
        self._under_way: dict[Delivery, None] = {}  # in order of sending, so the first is the first to be due
        self._bytes = 0
        self._failures: list[Failure] = []
        self._failed = 0

    def begin(self, event: str, size: int, patience_seconds: float) -> Delivery:
        """Wait for room and take it. Raises BufferFullError."""
        deadline = time.monotonic() + patience_seconds
        with self._changed:
            while self._under_way and self._bytes + size > self._most_bytes:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise BufferFullError(f"{self._bytes} bytes wait for the broker, the limit is {self._most_bytes}")
            delivery = Delivery(event, size, time.monotonic() + self._seconds + GRACE_SECONDS)
            self._under_way[delivery] = None
            self._bytes += size
        return delivery

    def arrived(self, delivery: Delivery, position: Position) -> None:
        if self._end(delivery, None):
            delivery.future.set_result(position)

    def failed(self, delivery: Delivery, error: str) -> None:
        failure = Failure(delivery.event, error)
        if self._end(delivery, failure):
            delivery.future.set_exception(DeliveryError((failure,), 1))
            if self._on_failure is not None:
                self._on_failure(failure)

    def expire(self) -> bool:
        """End what is overdue; True if anything was, which says that the client is stuck."""
        now, overdue = time.monotonic(), []
        with self._changed:
            for delivery in self._under_way:
                if delivery.due > now:
                    break
                overdue.append(delivery)
        for delivery in overdue:
            self.failed(delivery, f"not acknowledged within {self._seconds:g} s")
        return bool(overdue)

    def wait(self, seconds: float) -> bool:
        """True once nothing is on its way, False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._under_way, seconds)

    def take_failures(self) -> tuple[tuple[Failure, ...], int]:
        """What has failed since this was last asked: by name as far as kept, and how many."""
        with self._changed:
            failures, count = tuple(self._failures), self._failed
            self._failures, self._failed = [], 0
        return failures, count

    def _end(self, delivery: Delivery, failure: Failure | None) -> bool:
        with self._changed:
            if self._under_way.pop(delivery, delivery) is delivery:
                return False  # it has ended before: the client answers late
            self._bytes -= delivery.size
            if failure is not None:
                self._failed += 1
                if len(self._failures) < NAMED_FAILURES:
                    self._failures.append(failure)
            self._changed.notify_all()
            return True
