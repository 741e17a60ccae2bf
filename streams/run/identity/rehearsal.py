"""What a command would change, found out by giving it to the stages themselves, over the touchpoints concerned."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import orjson

from schemas.internal import Watermark
from schemas.place import Places
from streams.outbox import Outbox
from streams.partition import Partition
from streams.run.settings import Settings
from streams.run.worker import stage_codes
from streams.topology import EVENTS
from streams.validate.command import Command
from streams.validate.marker import COMMAND_HEADER
from streams.validate.pseudonym import LEAST_KEY_BYTES, Pseudonymiser

BATCH: Final = 200
_AT_ONCE: Final = 1_000
_SENDER: Final = "validate/0"


class Sent(NamedTuple):
    """A touchpoint as a service sends it, with the time when the broker first had it (ms)."""

    at_ms: int
    received_ms: int
    value: bytes


class Figures(NamedTuple):
    """What counts for one person; money in the currency of the installation."""

    touchpoints: int = 0
    visits: int = 0
    orders: int = 0
    amount: Decimal = Decimal(0)
    waits: int = 0
    wait_seconds: float = 0.0


NOTHING: Final = Figures()


class _Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


def rehearse(
    settings: Settings, places: Places, sent: Sequence[Sent], commands: Iterable[tuple[int, Command]], now_ms: int
) -> dict[str, Figures]:
    """The people that come of these touchpoints and of the commands (with their append times, ms), as of `now_ms`.

    The stages decide, so this cannot differ from what they will do. Nothing is sent anywhere. Each command finds what
    was there when it came: what was sealed by then it does not reach.
    """
    road, in_order, done = _Road(settings, places), sorted(sent), 0
    for at_ms, command in sorted(commands, key=lambda one: one[0]):
        until = bisect_right(in_order, at_ms, key=lambda one: one.at_ms)
        _tell(road, in_order[done:until])
        done = until
        road.pass_on(min(at_ms, now_ms))
        road.hear(orjson.dumps(command._asdict()), at_ms, (COMMAND_HEADER,))
        road.pass_on(None)
    _tell(road, in_order[done:])
    road.pass_on(now_ms)
    return road.people()


def _tell(road: "_Road", sent: Sequence[Sent]) -> None:
    for first in range(0, len(sent), BATCH):
        batch = sent[first : first + BATCH]
        for one in batch:
            road.hear(one.value, one.received_ms, ())
        road.pass_on(batch[-1].at_ms)


class _Road:
    """Validate and stitch with one partition each, in memory."""

    def __init__(self, settings: Settings, places: Places) -> None:
        alone = settings.model_copy(update={"partitions": 1, "clock": "append"})
        # What is stored is hashed already, so no key is used: it has to have the id of the one that was.
        nobodys = Pseudonymiser(bytes(LEAST_KEY_BYTES), settings.pseudonym_key_id)
        codes = stage_codes(alone, places, nobodys)
        self._validate, self._stitch = codes["validate"], codes["stitch"]
        self._input: Partition[Any] = self._validate.new_state(0)
        self._state: Partition[Any] = self._stitch.new_state(0)
        self._log: list[_Record] = []
        self._customers: dict[str, dict[str, Any]] = {}

    def hear(self, value: bytes, received_ms: int, headers: Sequence[tuple[str, bytes]]) -> None:
        out = Outbox()
        record = _Record(self._input.offset + 1, received_ms, None, value, headers)
        self._input.begin(record.offset)
        self._validate.step(self._input, record, out)
        self._append(out, received_ms)
        self._input.settle()

    def pass_on(self, watermark: int | None) -> None:
        """Until stitch has heard everything, also what it tells itself; then it is `watermark`."""
        if watermark is not None:
            mark: Watermark = {"k": "wm", "f": _SENDER, "t": watermark}
            self._log.append(_Record(len(self._log), watermark, None, orjson.dumps(mark)))
        while self._state.offset < len(self._log) - 1:
            first = self._state.offset + 1
            self._fold(self._log[first : first + _AT_ONCE])

    def _fold(self, records: Sequence[_Record]) -> None:
        code, state, out = self._stitch, self._state, Outbox()
        for record in records:
            state.begin(record.offset)
            code.step(state, record, out)
            while code.fire is not None and code.fire(state, out, _AT_ONCE):
                pass
        if code.flush is not None:
            code.flush(state, out)
        self._append(out, records[-1].timestamp)
        for line in out.rows.get("customers", ()):
            row = orjson.loads(line)
            known = self._customers.get(row["customer"])
            if known is None or known["version"] <= row["version"]:
                self._customers[row["customer"]] = row
        state.settle()

    def _append(self, out: Outbox, at_ms: int) -> None:
        for topic, key, value in out.messages:
            if topic == EVENTS:
                self._log.append(_Record(len(self._log), at_ms, key, value))

    def people(self) -> dict[str, Figures]:
        return {name: _figures(row) for name, row in self._customers.items() if not row.get("is_deleted")}


def _figures(row: dict[str, Any]) -> Figures:
    return Figures(
        row["touchpoints"], row["visits"], row["orders"], Decimal(row["amount"]), row["waits"], row["wait_seconds"]
    )
