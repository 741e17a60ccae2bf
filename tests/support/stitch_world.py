"""A shell for stitch that cuts the log anywhere, crashes, repeats, and believes the highest version of everything."""

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from schemas.place import Place, Places
from streams.outbox import Outbox
from streams.stitch.identity.say import flush
from streams.stitch.state import StitchState
from streams.stitch.step import fire, step
from streams.topology import EVENTS

MINUTE = 60_000
HOUR = 60 * MINUTE
PLACES = Places(
    (
        Place(id="park", kind="area", presence_timeout_seconds=14_400),
        Place(id="ride", within="park", wait_timeout_seconds=3_600, service_timeout_seconds=1_800),
        Place(id="shop", within="park", kind="checkout", presence_timeout_seconds=600),
        Place(id="app-queue", kind="virtual_queue", wait_timeout_seconds=7_200),
        Place(id="sales", kind="call_queue", wait_timeout_seconds=2_400),
        Place(id="complaints", kind="call_queue", wait_timeout_seconds=36_000),
    )
)
LIMITS: dict[str, Any] = {"places": PLACES, "lateness_ms": HOUR, "window_ms": 26 * HOUR, "currency": "EUR"}


ROW_KEYS = {
    "stays": ("place", "identifier", "joined_at", "nth"),
    "identifiers": ("identifier",),
    "customers": ("customer",),
    "visits": ("customer", "started_at"),
    "identity_links": ("identifier", "from_pos"),
    "identity_ledger": ("identifier", "version", "nth"),
}


class LogEntry(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any = ()


COLUMNS = {
    "stays": ("place", "identifier", "joined_at", "nth"),
    "identifiers": ("identifier",),
    "customers": ("customer",),
    "visits": ("customer", "started_at"),
    "identity_links": ("identifier", "from_pos"),
    "identity_ledger": ("identifier", "version", "nth"),
}
"""What names a row."""


class Receivers:
    """What place-events and rows lead to, and what identifiers tell each other: of everything the highest version."""

    def __init__(self) -> None:
        self.messages: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.told: dict[tuple[Any, ...], dict[str, Any]] = {}
        """What identifiers have told each other."""
        self.rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
        self.between: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.facts: list[bytes] = []
        self.rejected: set[int] = set()
        self.words: set[tuple[str, bytes | None, bytes]] = set()
        """Everything that was ever delivered, byte for byte: (topic or table, key, value)."""

    def hear(self, out: Outbox, part: Callable[[int], int]) -> None:
        """`part`: how many of so many are delivered, from the front."""
        messages = out.messages
        for message in messages[: part(len(messages))]:
            self.words.add(message)
            value = orjson.loads(message.value)
            if message.topic == "touchpoints.rejected":
                self.rejected.add(value["offset"])
            elif message.topic == "events":
                self._keep(self.told, (value["k"], message.key, value["f"]), value, "v")
            elif value["k"] == "fact":
                self.facts.append(message.value)
            elif message.topic == EVENTS:
                self._keep(self.between, (value["k"], value["f"], message.key), value, "v")
            else:
                self._keep(self.messages, (value["p"], value["i"], value["j"], value["n"]), value, "v")
        for table, rows in out.rows.items():
            delivered = rows[: part(len(rows))]
            self.words.update((table, None, row) for row in delivered)
            for row in map(orjson.loads, delivered):
                if table in ROW_KEYS:
                    name = tuple(row[column] for column in ROW_KEYS[table])
                    self._keep(self.rows.setdefault(table, {}), name, row, "version")

    def _keep(self, known: dict[tuple[Any, ...], dict[str, Any]], name: Any, value: dict[str, Any], by: str) -> None:
        if name not in known or known[name][by] < value[by]:
            known[name] = value


class Shell:
    """`dice(n)`: a number from 0 to n, whoever draws it. `crashes`: 0 never, else the more the fewer."""

    def __init__(self, log: list[LogEntry], dice: Callable[[int], int], *, crashes: int) -> None:
        self.log, self.dice, self.crashes = log, dice, crashes
        self.receivers = Receivers()
        self.durable: dict[str, bytes] = {}
        self.position: bytes | None = None
        self.state = self.recover()

    def recover(self) -> StitchState:
        state = StitchState(0, epoch=1, senders=1, **LIMITS)
        for key, value in self.durable.items():
            state.entries[key] = state.decode(key, value)
        if self.position is not None:
            state.resume(orjson.loads(self.position))
        state.recovered()
        return state

    def run(self) -> None:
        while self.state.offset < len(self.log) - 1:
            self.chunk(1 + self.dice(6))
        self.finish(self.fire_all(Outbox()))

    def finish(self, out: Outbox) -> None:
        flush(self.state, out)
        self.settle(out)

    def chunk(self, size: int) -> None:
        out, first = Outbox(), self.state.offset + 1
        for entry in self.log[first : first + size]:
            self.state.begin(entry.offset)
            step(self.state, entry, out)
            out = self.fire_all(out)
        flush(self.state, out)
        if self.crashes and self.dice(self.crashes) == 0:
            self.receivers.hear(out, self.dice)
            self.state = self.recover()
            self.finish(self.fire_all(Outbox()))  # what was due at the last write, before anything else is read
        else:
            self.settle(out)

    def fire_all(self, out: Outbox) -> Outbox:
        while fire(self.state, out, 1 + self.dice(3)):
            flush(self.state, out)
            self.settle(out)
            out = Outbox()
            if self.crashes and self.dice(self.crashes) == 0:
                self.state = self.recover()
        return out

    def settle(self, out: Outbox) -> None:
        self.receivers.hear(out, lambda count: count)
        for key, entry in self.state.changes.items():
            if entry is None:
                self.durable.pop(key, None)
            else:
                self.durable[key] = self.state.encode(entry)
                assert len(self.durable[key]) <= 64 << 10
        self.position = orjson.dumps(self.state.position())
        self.state.settle()
