"""What the client libraries log, made fit to read: an outage is one line, whatever they try meanwhile."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from streams.clock import steady_seconds
from streams.kafka.arrival import Outage

LIBRARIES = ("aiokafka", "faust", "mode", "kafka", "asyncio")
AGAIN_AFTER_SECONDS = 30.0
PASSING_SECONDS = 10.0
"""How long a hiccup may last before it is worth a line."""

OUTAGE = (
    "Unable connect to",
    "Unable to request metadata",
    "Unable to update metadata",
    "Unable to bootstrap",
    "ConnectionError",
    "NodeNotReady",
    "NodeNotConnected",
    "RequestTimedOut",
    "Connection to",
)
HARMLESS = ("Unable to decode member_metadata",)
"""Said of every group whose members are not kafka-python's own."""

HICCUP = (
    "Heartbeat session expired",
    "Marking the coordinator dead",
    "NotEnoughReplicas",
    "NotLeaderForPartition",
    "LeaderNotAvailable",
    "CoordinatorNotAvailable",
    "CoordinatorLoadInProgress",
    "NotCoordinator",
    "RebalanceInProgress",
    "Heartbeat failed",
    "UnknownTopicOrPartition",
    "is overlapping",
)


class _Streak(NamedTuple):
    began: float
    last: float


class QuietFilter(logging.Filter):
    """On a handler. Outages go to `outage`; hiccups are said if they last; any other warning once in half a minute.

    Tracebacks of libraries are dropped; our own errors keep theirs.
    """

    def __init__(self, outage: Outage, clock: Callable[[], float] = steady_seconds) -> None:
        super().__init__()
        self._outage, self._clock = outage, clock
        self._said: dict[str, float] = {}
        self._hiccups: dict[str, _Streak] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in LIBRARIES or record.levelno < logging.WARNING:
            return True
        record.exc_info = record.exc_text = record.stack_info = None
        text = _text(record)
        if any(sign in text for sign in HARMLESS):
            return False
        if any(sign in text for sign in OUTAGE):
            self._outage.notice(text)
            return False
        hiccup = next((sign for sign in HICCUP if sign in text), None)
        if hiccup is not None and (self._outage.lasts or not self._lasts(hiccup)):
            return False
        if not self._first_in_a_while(hiccup or str(record.msg)):
            return False
        record.name = f"touchline.{record.name}"  # what is left is ours to say, whoever else filters by name
        return True

    def _lasts(self, hiccup: str) -> bool:
        now = self._clock()
        streak = self._hiccups.get(hiccup)
        fresh = streak is None or now - streak.last > PASSING_SECONDS
        began = now if streak is None or fresh else streak.began
        self._hiccups[hiccup] = _Streak(began, now)
        return now - began >= PASSING_SECONDS

    def _first_in_a_while(self, template: str) -> bool:
        now = self._clock()
        if now - self._said.get(template, -AGAIN_AFTER_SECONDS) < AGAIN_AFTER_SECONDS:
            return False
        if len(self._said) > 1_000:  # templates are few; a library that formats before it logs makes many
            self._said.clear()
        self._said[template] = now
        return True


def _text(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # a library's own mistake in its arguments
        return str(record.msg)


def make_quiet(servers: str, outage: Outage | None = None) -> None:
    """Put the filter on every handler of the root logger, before any other: it must hear of outages.

    `outage`: with whom to share the line about one.
    """
    outage = outage or Outage(servers)
    for handler in logging.getLogger().handlers:
        handler.filters.insert(0, QuietFilter(outage))
