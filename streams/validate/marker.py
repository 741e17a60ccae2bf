"""Headers of records: heartbeats, control records and commands of Touchline, and where an imported line comes from."""

import re
from typing import Any, Final, NamedTuple

import orjson

_NAME: Final = "touchline"
_IMPORT: Final = "touchline-import"
_BACKFILL: Final = "touchline-backfill"
_IMPORTED = re.compile(rb"([0-9a-f]{16}):([0-9]{1,18})")
_LONGEST_ADVANCE_MS: Final = 366 * 86_400_000

LIVE: Final = ("", 0)
"""Where a record that nobody imported comes from."""


class Heartbeat(NamedTuple):
    """The input is alive, and has nothing to say."""


class Advance(NamedTuple):
    """Move the event clock on."""

    by_ms: int


class Ordered(NamedTuple):
    """The record is a command about people; whether it can be obeyed is for `command` to judge."""


COMMAND_HEADER: Final = (_NAME, b"command")


def marker(headers: Any, value: bytes | None) -> Heartbeat | Advance | Ordered | None:
    """What the record is if it is none of a service's; None makes it an ordinary record, also where it is garbled."""
    kind = _header(headers, _NAME)
    if kind == b"heartbeat" and not value:
        return Heartbeat()
    if kind == COMMAND_HEADER[1]:
        return Ordered()
    if kind != b"control" or not value:
        return None
    try:
        command = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    by_ms = command.get("by_ms") if isinstance(command, dict) and command.get("control") == "advance" else None
    if not isinstance(by_ms, int) or isinstance(by_ms, bool) or not 0 < by_ms <= _LONGEST_ADVANCE_MS:
        return None
    return Advance(by_ms)


def imported_from(headers: Any) -> tuple[str, int]:
    """Hash of the imported file and line within it; ('', 0) for a live record."""
    found = _IMPORTED.fullmatch(_header(headers, _IMPORT) or b"")
    return (found[1].decode(), int(found[2])) if found else LIVE


def backfilled(headers: Any) -> bool:
    """True for a record of a past that is over: it becomes a row, moves no clock and reaches no live state."""
    return _header(headers, _BACKFILL) is not None


def _header(headers: Any, name: str) -> bytes | None:
    """The first header of this name. Anything odd among the headers is passed over."""
    if not isinstance(headers, (list, tuple)):
        return None
    for header in headers:
        if isinstance(header, (list, tuple)) and len(header) == 2 and header[0] == name:
            content = header[1]
            return content if isinstance(content, bytes) else None
    return None
