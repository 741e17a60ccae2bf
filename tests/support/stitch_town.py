"""A stitch partition that hears what its identifiers tell each other, record by record; what readers of rows see."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from support.stitch_world import LIMITS, ROW_KEYS, LogEntry

from streams.outbox import Outbox
from streams.stitch.identity.holder import strength
from streams.stitch.identity.say import flush
from streams.stitch.state import StitchState
from streams.stitch.step import fire, step
from streams.topology import EVENTS


class Town:
    """Touchpoints go in with all their identifiers, as validate would route them."""

    def __init__(self, **limits: Any) -> None:
        self.state = StitchState(0, epoch=1, senders=1, **(LIMITS | limits))
        self.offset = self.told = 0
        self.said: list[dict[str, Any]] = []
        self.rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
        self.limits = limits
        self.within_chunk = False

    def touch(self, at: int, *names: str, kind: str = "page.viewed", **more: Any) -> None:
        """The strongest of the names has it, the others are linked."""
        strongest, *weaker = sorted(names, key=strength)
        self.told += 1
        about = {"t": at, "s": "app", "e": f"e{self.told}", "y": kind}
        holder = strongest if strength(strongest) < 4 else ""
        for name in weaker if holder else ():
            self.hear(name, {"k": "link", "w": holder, **about})
        if kind.startswith("wristband.") and not holder:
            self.hear(strongest, {"k": "link", "w": "", **about})
        self.hear(strongest, {"k": "touch", "c": "app", "i": {}, "p": None, "d": {}, **about, **more})

    def command(self, kind: str, weak: str, at: int, **more: Any) -> None:
        self.told += 1
        self.hear(weak, {"k": kind, "t": at, "i": weak, "c": f"c{self.told}", "by": "ann", **more})

    def watermark(self, at: int) -> None:
        self.hear("", {"k": "wm", "f": "validate/0", "t": at})

    def hear(self, key: str, message: dict[str, Any]) -> None:
        origin = ["touchpoints", 0, self.offset, 0, 0, "0123456789abcdef"]
        ahead = [(key.encode(), orjson.dumps({"o": origin, **message}))]
        while ahead:
            ahead += self._fold(*ahead.pop(0))

    def _fold(self, key: bytes | None, value: bytes) -> list[tuple[bytes | None, bytes]]:
        out = Outbox()
        self.state.begin(self.offset)
        step(self.state, LogEntry(self.offset, 0, key, value), out)
        while fire(self.state, out, 100):
            pass
        flush(self.state, out)
        self.offset += 1
        if not self.within_chunk:
            self.state.settle()
        for table, rows in out.rows.items():
            for row in map(orjson.loads, rows):
                name = tuple(row[column] for column in ROW_KEYS.get(table, ("identifier", "from_ms")))
                self.rows.setdefault(table, {})[name] = row
        self.said += [orjson.loads(message.value) for message in out.messages]
        return [(message.key, message.value) for message in out.messages if message.topic == EVENTS]

    @contextmanager
    def one_chunk(self) -> Iterator[None]:
        """Nothing is written before its end."""
        self.within_chunk = True
        yield
        self.within_chunk = False
        self.state.settle()

    def restart(self) -> None:
        kept = {key: self.state.encode(entry) for key, entry in self.state.entries.items()}
        position = orjson.dumps(self.state.position())
        self.state = StitchState(0, epoch=1, senders=1, **(LIMITS | self.limits))
        for key, value in kept.items():
            self.state.entries[key] = self.state.decode(key, value)
        self.state.resume(orjson.loads(position))
        self.state.recovered()

    def read(self, table: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        return {name: row for name, row in self.rows.get(table, {}).items() if not row.get("is_deleted")}

    def touchpoints(self) -> dict[str, int]:
        """Of every customer that there is."""
        return {name: row["touchpoints"] for (name,), row in self.read("customers").items()}
