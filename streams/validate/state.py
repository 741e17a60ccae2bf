"""What validate keeps of one input partition: nothing of the touchpoints, only what time it is there."""

from typing import Literal, NamedTuple

import orjson

from streams.partition import Partition
from streams.topology import PUBLIC
from streams.validate.normalise import Warnings
from streams.validate.pseudonym import Pseudonymiser

ClockMode = Literal["append", "event"]
NEAR_PRESENT_MS = 600_000
_ENTRY = "clock"


class Clock(NamedTuple):
    """The event clock: the time it shows (None before the first touchpoint), and the record before's own time."""

    at_ms: int | None
    record_ms: int


class ValidateState(Partition[Clock]):
    """One entry, and only with the event clock; with the append clock nothing needs to last."""

    def __init__(
        self,
        number: int,
        *,
        pseudonymiser: Pseudonymiser,
        clock: ClockMode = "append",
        currency: str = "EUR",
        topic: str = PUBLIC,
        epoch: int = 1,
    ) -> None:
        """`currency`: of amounts that name none (ISO 4217). `epoch` as in every stage."""
        super().__init__(number, epoch=epoch, senders=0)
        self.clock = clock
        self.pseudonymiser = pseudonymiser
        self.currency = currency
        self.topic = topic
        self.warnings: Warnings = {}
        """Since the state was made; for the log, never for a decision."""

    # -- time ------------------------------------------------------------------------------------

    def hear_touchpoint(self, occurred_ms: int, record_ms: int) -> None:
        """A valid touchpoint: the event clock shows the highest time so far, never beyond the record's own."""
        self._tell(record_ms, min(occurred_ms, record_ms))

    def hear_refused(self, record_ms: int) -> None:
        """A record that is no touchpoint: it says nothing of event time."""
        self._tell(record_ms, None)

    def hear_heartbeat(self, record_ms: int) -> None:
        """An idle event clock that is near the present goes on by itself."""
        clock = self.get(_ENTRY)
        to_ms = None
        if clock is not None and clock.at_ms is not None and record_ms - clock.at_ms <= NEAR_PRESENT_MS:
            to_ms = min(record_ms, clock.at_ms + max(0, record_ms - clock.record_ms))
        self._tell(record_ms, to_ms)

    def hear_advance(self, by_ms: int, record_ms: int) -> None:
        """Somebody says that nothing follows for so long: the event clock moves on, at most to the record's time."""
        clock = self.get(_ENTRY)
        at_ms = clock.at_ms if clock else None
        self._tell(record_ms, None if at_ms is None else min(record_ms, at_ms + by_ms))

    def _tell(self, record_ms: int, event_ms: int | None) -> None:
        """Move the watermark to the later of what it shows and what this record says."""
        if self.clock == "append":
            self._raise_to(record_ms)
            return
        before = self.get(_ENTRY)
        at_ms = before.at_ms if before else None
        if event_ms is not None and (at_ms is None or event_ms > at_ms):
            at_ms = event_ms
            self._raise_to(event_ms)
        self.put(_ENTRY, Clock(at_ms, record_ms))

    def _raise_to(self, time_ms: int) -> None:
        if self.watermark is None or time_ms > self.watermark:
            self.watermark = time_ms

    # -- the changelog ---------------------------------------------------------------------------

    def encode(self, entry: Clock) -> bytes:
        return orjson.dumps([*entry])

    def decode(self, key: str, value: bytes) -> Clock:  # noqa: ARG002  # one entry, one key
        at_ms, record_ms = orjson.loads(value)
        return Clock(at_ms, record_ms)

    def recovered(self) -> None:
        """Where a write got through and the position did not say the time: the entry does."""
        clock = self.get(_ENTRY)
        if clock is not None and clock.at_ms is not None:
            self._raise_to(clock.at_ms)
