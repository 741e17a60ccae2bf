"""A log of `place-events` for tests of load: builders of its records, and a shell that folds them chunk by chunk."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from schemas.place import Place, Places
from streams.load.state import LoadState
from streams.load.step import fire, step
from streams.outbox import Outbox


class Record(NamedTuple):
    offset: int
    value: bytes | None
    key: bytes | None = b"any"
    timestamp: int = 0
    headers: tuple[()] = ()


def stay(place: str, thing: str, joined: int, started: int | None = None, ended: int | None = None, **more: Any) -> Any:
    """A StayChange; `more`: v, n, m, out, g, w, x."""
    outcome = "" if ended is None else "abandoned" if started is None else "served"
    body = {"k": "stay", "v": 1, "p": place, "i": thing, "j": joined, "n": 0, "m": "queue"}
    return body | {"st": started, "en": ended, "out": outcome, "g": 0, "w": ""} | more


def fact(place: str, kind: str, time: int, source: str = "desk", event_id: str = "", **data: Any) -> Any:
    origin = ["touchpoints", 0, 0, 0, 0, "0" * 16]
    event_id = event_id or f"{kind}@{time}"
    return {"k": "fact", "o": origin, "t": time, "s": source, "e": event_id, "y": kind, "p": place, "d": data}


def watermark(time: int, sender: str = "stitch/0") -> Any:
    return {"k": "wm", "f": sender, "t": time}


def log_of(*bodies: Any) -> list[Record]:
    return [Record(offset, orjson.dumps(body)) for offset, body in enumerate(bodies)]


@dataclass
class Shell:
    """What the real shell does, with a changelog that is a dict: rows said, then state written, then settled.

    `crash_share`: how often a write is followed by a crash, or a say is not followed by a write. Rows said again
    after a crash must be the same bytes, or `rows` raises.
    """

    places: tuple[Place, ...] = ()
    lateness_ms: int = 3_600_000
    senders: int = 1
    limit: int = 1_000
    changelog: dict[str, bytes] = field(default_factory=dict)
    said: list[bytes] = field(default_factory=list)
    staffing: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self.new_state()

    def new_state(self) -> LoadState:
        return LoadState(0, epoch=1, senders=self.senders, places=Places(self.places), lateness_ms=self.lateness_ms)

    def run(self, log: Iterable[Record], chance: random.Random | None = None) -> "Shell":
        """`chance`: decides where chunks end and where the process dies; without it all is one chunk."""
        log = list(log)
        while self._run_until_crash(log, chance):
            self.recover()
        return self

    def _run_until_crash(self, log: list[Record], chance: random.Random | None) -> bool:
        out = Outbox()
        for record in log:
            if record.offset <= self.state.offset:
                continue
            self.state.begin(record.offset)
            step(self.state, record, out)
            while fire(self.state, out, self.limit):
                out = self._write(out)
            if chance is not None and chance.random() < 0.3:
                if chance.random() < 0.2:
                    self._say(out)  # died before the state was written
                    return True
                out = self._write(out)
                if chance.random() < 0.2:
                    return True
        self._write(out)
        return False

    def _say(self, out: Outbox) -> None:
        self.said += out.rows.get("queue_load", [])
        self.staffing += out.rows.get("staffing", [])

    def _write(self, out: Outbox) -> Outbox:
        self._say(out)
        for key, entry in self.state.changes.items():
            if entry is None:
                self.changelog.pop(key, None)
            else:
                self.changelog[key] = self.state.encode(entry)
        self.changelog[""] = orjson.dumps(self.state.position())
        self.state.settle()
        return Outbox()

    def recover(self) -> LoadState:
        """What a worker does that takes the partition over."""
        self.state = self.new_state()
        for key, value in self.changelog.items():
            if key == "":
                self.state.resume(orjson.loads(value))
            else:
                self.state.entries[key] = self.state.decode(key, value)
        self.state.recovered()
        out = Outbox()
        while fire(self.state, out, self.limit):
            out = self._write(out)
        self._write(out)
        return self.state

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every row once, in the order in which it was first said; ValueError where one was said in two ways."""
        return once(self.said)

    @property
    def staff_rows(self) -> list[dict[str, Any]]:
        """The same of `staffing`."""
        return once(self.staffing)


def once(said: list[bytes]) -> list[dict[str, Any]]:
    seen: dict[tuple[str, float], bytes] = {}
    for value in said:
        row = orjson.loads(value)
        if seen.setdefault((row["place"], row["at"]), value) != value:
            raise ValueError(f"said in two ways: {value!r} and {seen[row['place'], row['at']]!r}")
    return [orjson.loads(value) for value in seen.values()]
