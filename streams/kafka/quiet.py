"""What the client libraries log, made fit to read: an outage is one line, whatever they try meanwhile."""

import logging
from collections.abc import Callable

from streams.run.clock import steady_seconds

LIBRARIES = ("aiokafka", "faust", "mode", "kafka", "asyncio")
AGAIN_AFTER_SECONDS = 30.0

OUTAGE = (
    "Unable connect to",
    "Unable to request metadata",
    "Unable to update metadata",
    "Failed fetch",
    "Failed fetch messages",
    "Heartbeat",
    "Marking the coordinator dead",
    "Group Coordinator Request failed",
    "Got error produce response",
    "Could not send",
    "Cannot send",
    "Connection to",
    "Request timed out",
    "ConnectionError",
    "KafkaConnectionError",
    "NodeNotReadyError",
    "OffsetCommit failed",
    "JoinGroup",
    "FindCoordinator",
    "No broker metadata found",
)


class OneLinePerOutage(logging.Filter):
    """On a handler: says once in AGAIN_AFTER_SECONDS that the broker is away, and each other warning once in that time.

    Tracebacks of libraries are dropped; our own errors keep theirs.
    """

    def __init__(self, servers: str, clock: Callable[[], float] = steady_seconds) -> None:
        super().__init__()
        self._servers, self._clock = servers, clock
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in LIBRARIES:
            return True
        record.exc_info = record.exc_text = record.stack_info = None
        if _is_outage(record):
            record.msg, record.args = "Kafka at %s does not answer; trying again", (self._servers,)
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return self._first_in_a_while(str(record.msg))

    def _first_in_a_while(self, template: str) -> bool:
        now = self._clock()
        if now - self._said.get(template, -AGAIN_AFTER_SECONDS) < AGAIN_AFTER_SECONDS:
            return False
        if len(self._said) > 1_000:  # templates are few; a library that formats before it logs makes many
            self._said.clear()
        self._said[template] = now
        return True


def _is_outage(record: logging.LogRecord) -> bool:
    try:
        text = record.getMessage()
    except (TypeError, ValueError):  # a library's own mistake in its arguments
        text = str(record.msg)
    return any(sign in text for sign in OUTAGE)


def make_quiet(servers: str) -> None:
    """Put the filter on every handler of the root logger, once."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, OneLinePerOutage) for known in handler.filters):
            handler.addFilter(OneLinePerOutage(servers))
