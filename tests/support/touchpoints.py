"""Touchpoints and records for tests of the contract and of validate."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from streams.outbox import Outbox
from streams.validate.pseudonym import Pseudonymiser
from streams.validate.state import ClockMode, ValidateState
from streams.validate.step import step

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
AT = "2025-07-05T12:00:00Z"
AT_MS = 1_751_716_800_000
RECEIVED_MS = AT_MS + 500
PSEUDONYMISER = Pseudonymiser(b"a key for tests only", country="DE")
Json = dict[str, Any]


class Record(NamedTuple):
    """Shaped like a record of the log."""

    value: bytes | None
    offset: int = 7
    timestamp: int = RECEIVED_MS
    key: bytes | None = None
    headers: Any = ()


class Said(NamedTuple):
    """What one record gave: messages as (topic, key, object), rows by table."""

    messages: list[tuple[str, str | None, Json]]
    rows: dict[str, list[Json]]

    @property
    def row(self) -> Json:
        (row,) = self.rows["touchpoints"]
        return row

    @property
    def rejected(self) -> Json:
        (row,) = self.rows["rejected"]
        return row

    def of_kind(self, kind: str) -> list[tuple[str | None, Json]]:
        return [(key, message) for _, key, message in self.messages if message.get("k") == kind]


def touchpoint(**fields: Any) -> Json:
    """A page view of one cookie, with these fields instead."""
    page: Json = {
        "event_id": "e-1",
        "source": "web-shop",
        "channel": "web",
        "type": "page.viewed",
        "occurred_at": AT,
        "identifiers": {"cookie": "c-1"},
        "data": {"page": "/"},
    }
    return {**page, **fields}


def happening(kind: str, place: str = "ride", /, **fields: Any) -> Json:
    """Something of this type at a place, to the wearer of a wristband."""
    return touchpoint(**{"type": kind, "place": place, "identifiers": {"wristband": "w-1"}, "data": {}, **fields})


def new_state(clock: ClockMode = "append", number: int = 3) -> ValidateState:
    return ValidateState(number, pseudonymiser=PSEUDONYMISER, clock=clock)


def validate(sent: Json | bytes | None, state: ValidateState | None = None, **record: Any) -> Said:
    """Run the step on one record with this value."""
    out = Outbox()
    value = orjson.dumps(sent) if isinstance(sent, dict) else sent
    step(state or new_state(), Record(value, **record), out)
    messages = [(m.topic, None if m.key is None else m.key.decode(), json.loads(m.value)) for m in out.messages]
    return Said(messages, {table: [json.loads(row) for row in rows] for table, rows in out.rows.items()})


def golden(goodness: str) -> list[tuple[str, Json]]:
    """Every example of `good` or `bad`, with the name of its file."""
    return [
        (path.stem, json.loads(line))
        for path in sorted((EXAMPLES / goodness).glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
