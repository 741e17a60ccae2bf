"""What people enter on the page becomes touchpoints of the source `page`, sent by our own producer."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any, NamedTuple

from schemas.touchpoint import ContractError
from schemas.touchpoint.reasons import Defect
from streams.sources.delivery import BufferFullError, DeliveryError
from streams.sources.producer import BrokerUnreachableError, Producer, new_event_id, now

SOURCE = "page"
CHANNEL = "desk"
TYPES: Mapping[str, bool] = {
    "staff.assigned": True,
    "place.opened": True,
    "place.closed": True,
    "advice.answered": False,
}
"""What may be entered by hand, and whether it names a place. What customers do has sources of its own."""

ACCEPT_SECONDS = 15.0
"""So long the broker has to acknowledge an entry."""

LONGEST_NAME = 128


class NotSentError(Exception):
    """The broker has not acknowledged the entry: it may or may not have it; enter it again."""


class Entered(NamedTuple):
    """An entry that the broker has; it counts as soon as the pipeline has read it."""

    source: str
    event_id: str
    type: str
    place: str | None
    occurred_at: str


class Entries:
    """Sends entries one at a time. The producer is opened at the first one: a page that only shows needs no broker."""

    def __init__(self, open_producer: Callable[[], Producer]) -> None:
        self._open, self._lock = open_producer, threading.Lock()
        self._producer: Producer | None = None

    def send(self, kind: str, by: str, place: str | None, data: Mapping[str, Any]) -> Entered:
        """Check it against the contract and send it, as of now; returns once the broker has it. May block.

        `by`: who entered it, kept as `data.by`. Raises ContractError (reason, field, detail) and sends nothing where
        it breaks the contract, NotSentError where the broker does not take it.
        """
        touchpoint = touchpoint_of(kind, by, place, data)
        try:
            self._producer_there().send(touchpoint).result(ACCEPT_SECONDS)
        except (BrokerUnreachableError, BufferFullError, DeliveryError) as error:
            raise NotSentError(str(error)) from error
        except FutureTimeoutError as error:  # last: a full buffer is a TimeoutError, too
            raise NotSentError(f"the broker has not answered within {ACCEPT_SECONDS:.0f} s") from error
        return Entered(SOURCE, touchpoint["event_id"], kind, place, touchpoint["occurred_at"])

    def close(self) -> None:
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(DeliveryError):  # whoever entered it was told already
                producer.close()

    def _producer_there(self) -> Producer:
        with self._lock:
            if self._producer is None:
                self._producer = self._open()
            return self._producer


def touchpoint_of(kind: str, by: str, place: str | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ContractError for a type that is not for the page, and where nobody says who enters it."""
    if kind not in TYPES:
        detail = f"type {kind[:64]!r} cannot be entered here; send one of {', '.join(TYPES)}"
        raise ContractError(Defect("unknown_type", "type", detail))
    by = by.strip()
    if not 1 <= len(by) <= LONGEST_NAME:
        detail = f"by is missing or too long; write who enters this, in 1 to {LONGEST_NAME} characters"
        raise ContractError(Defect("missing_field" if not by else "bad_value", "by", detail))
    touchpoint = {
        "event_id": new_event_id(),
        "source": SOURCE,
        "channel": CHANNEL,
        "type": kind,
        "occurred_at": now(),
        "data": {**data, "by": by},
    }
    return touchpoint if place is None else touchpoint | {"place": place}
