"""A stitch partition to talk to: records in, the latest word on every stay and row out."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import orjson
import pytest
from support.stitch_world import LIMITS, LogEntry

from streams.outbox import Outbox
from streams.stitch.identity.say import flush
from streams.stitch.state import StitchState
from streams.stitch.step import fire, step
from streams.topology import EVENTS


class Talk:
    """One partition, spoken to record by record; remembers what receivers would know: the highest version wins."""

    def __init__(self, **limits: Any) -> None:
        self.limits = limits
        self.state = StitchState(0, epoch=1, senders=1, **(LIMITS | limits))
        self.offset = 0
        self.sent: list[dict[str, Any]] = []
        self.between: list[dict[str, Any]] = []
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def record(self, message: dict[str, Any] | None, key: str | None = None, value: bytes | None = None) -> None:
        out = Outbox()
        self.state.begin(self.offset)
        step(self.state, LogEntry(self.offset, 0, key and key.encode(), value or orjson.dumps(message)), out)
        while fire(self.state, out, 7):
            pass
        flush(self.state, out)
        self.offset += 1
        self.state.settle()
        for message in out.messages:
            (self.between if message.topic == EVENTS else self.sent).append(orjson.loads(message.value))
        for table, rows in out.rows.items():
            self.rows.setdefault(table, []).extend(map(orjson.loads, rows))

    def restart(self) -> None:
        """The state as a changelog keeps it, and nothing else."""
        kept = {key: self.state.encode(entry) for key, entry in self.state.entries.items()}
        position = orjson.dumps(self.state.position())
        self.state = StitchState(0, epoch=1, senders=1, **(LIMITS | self.limits))
        for key, value in kept.items():
            self.state.entries[key] = self.state.decode(key, value)
        self.state.resume(orjson.loads(position))
        self.state.recovered()

    def touch(self, who: str, kind: str, at: int, place: str | None = None, **more: Any) -> None:
        """`who` is both the strongest identifier and the thing in the hand."""
        self.record(
            self.about(kind, at, place, {"k": "touch", "c": "app", "i": dict([who.split(":", 1)]), "h": 1} | more), who
        )

    def seen(self, who: str, kind: str, at: int, place: str | None = None, *, customer: str = "", **more: Any) -> None:
        self.record(self.about(kind, at, place, {"k": "seen", "w": customer} | more), who)

    def link(self, who: str, strong: str, kind: str, at: int, **more: Any) -> None:
        """A touchpoint that names `strong` beside `who`, or ('') nobody."""
        self.record(self.about(kind, at, None, {"k": "link", "w": strong} | more), who)

    def about(self, kind: str, at: int, place: str | None, message: dict[str, Any]) -> dict[str, Any]:
        event_id = message.pop("event_id", f"e{self.offset}")
        payload = message.pop("payload", blake2b(f"{event_id} {kind} {at}".encode(), digest_size=8).hexdigest())
        origin = ["touchpoints", 0, self.offset, 0, at, payload]
        return {"o": origin, "t": at, "s": "gate", "e": event_id, "y": kind, "p": place, "d": {}} | message

    def watermark(self, at: int) -> None:
        self.record({"k": "wm", "f": "validate/0", "t": at})

    def close(self, place: str, at: int) -> None:
        self.record(self.about("place.closed", at, place, {"k": "closing"}))

    def stays(self) -> list[dict[str, Any]]:
        """The rows of stays as a reader sees them, in order of time and place."""
        latest = {}
        for row in sorted(self.rows.get("stays", ()), key=lambda row: row["version"]):
            latest[row["place"], row["identifier"], row["joined_at"], row["nth"]] = row
        there = [row for row in latest.values() if not row["is_deleted"]]
        return sorted(there, key=lambda row: (row["joined_at"], row["place"], row["nth"]))

    def counts(self, who: str) -> dict[str, Any]:
        return [row for row in self.rows["identifiers"] if row["identifier"] == who][-1]


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def another_talk() -> Talk:
    return Talk()


@pytest.fixture
def entry() -> Callable[..., LogEntry]:
    """A record of the log at offset 0."""
    return lambda message, key="place:ride": LogEntry(0, 0, key.encode(), orjson.dumps(message))
