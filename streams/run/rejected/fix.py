"""Changing what was refused: fields set, removed or renamed, judged by the contract before anything is sent."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from schemas.rejection import MAX_PAYLOAD_BYTES
from schemas.touchpoint import AHEAD_MS, Defect, find_defect
from schemas.touchpoint.decode import decode
from streams.topology import PUBLIC

_ABSENT: Final = object()


class CannotChangeError(ValueError):
    """These bytes cannot be changed by field; the message says what can be done instead."""


@dataclass(frozen=True)
class Changes:
    """In the order in which they are made: renamed, removed, set. Fields are dotted paths, as `data.amount`."""

    rename: tuple[tuple[str, str], ...] = ()
    unset: tuple[str, ...] = ()
    put: tuple[tuple[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rename or self.unset or self.put)


def read_changes(put: Sequence[str], unset: Sequence[str], rename: Sequence[str]) -> Changes:
    """From `name=value` (a value that is JSON is taken as such), `name` and `old=new`. Raises ValueError."""
    return Changes(
        tuple(_pair("--rename", text) for text in rename),
        tuple(unset),
        tuple((name, _json_or_text(value)) for name, value in (_pair("--set", text) for text in put)),
    )


def change(payload: bytes, changes: Changes) -> bytes:
    """What is not there cannot be renamed or removed and stays absent. Raises CannotChangeError."""
    touchpoint = _object(payload)
    if touchpoint is None:
        raise CannotChangeError("this is no JSON object, so it has no fields: change it as a whole by --edit")
    for old, new in changes.rename:
        value = _take(touchpoint, old)
        if value is not _ABSENT:
            _put(touchpoint, new, value)
    for name in changes.unset:
        _take(touchpoint, name)
    for name, value in changes.put:
        _put(touchpoint, name, value)
    return orjson.dumps(touchpoint)


def defect_of(payload: bytes, topic: str, now_ms: int) -> Defect | None:
    """Why these bytes would be refused again on that topic; a row of a table need only be an object, the store judges.

    A payload that was cut when it was kept is never right.
    """
    if len(payload) >= MAX_PAYLOAD_BYTES:
        return Defect("too_large", "", f"only its first {MAX_PAYLOAD_BYTES} bytes were kept; send the event anew")
    if topic != PUBLIC:
        return None if _object(payload) is not None else Defect("not_an_object", "", "a row is one JSON object")
    found = decode(payload)
    return found if isinstance(found, Defect) else find_defect(found, now_ms + AHEAD_MS)


def key_of(payload: bytes) -> str:
    """The key under which producers send a touchpoint, so that copies meet in one partition; '' where it has none."""
    found = _object(payload) or {}
    source, event_id = found.get("source"), found.get("event_id")
    return f"{source}:{event_id}" if isinstance(source, str) and isinstance(event_id, str) else ""


def changed_fields(before: bytes, after: bytes) -> str:
    """Which fields differ, without any value, for the books."""
    old, new = _object(before), _object(after)
    if before == after:
        return ""
    if old is None or new is None:
        return "rewritten"
    was, now = dict(_leaves(old)), dict(_leaves(new))
    words = [
        *(f"set {path}" for path in now if path not in was or was[path] != now[path]),
        *(f"removed {path}" for path in was if path not in now),
    ]
    return "; ".join(words) or "written differently"


def difference(before: bytes, after: bytes) -> list[str]:
    """Line by line as `diff -u` says it, of the readable forms."""
    old, new = (readable(payload).splitlines() for payload in (before, after))
    return list(difflib.unified_diff(old, new, "refused", "to be sent", lineterm="", n=100))


def readable(payload: bytes) -> str:
    """Indented where it is JSON; else the text, with bytes that are none shown as `\\xff`."""
    try:
        return orjson.dumps(orjson.loads(payload), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return payload.decode("utf-8", "backslashreplace")


def _object(payload: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _take(touchpoint: dict[str, Any], path: str) -> Any:
    *parents, name = path.split(".")
    place: Any = touchpoint
    for parent in parents:
        place = place.get(parent) if isinstance(place, dict) else None
    return place.pop(name, _ABSENT) if isinstance(place, dict) else _ABSENT


def _put(touchpoint: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    place = touchpoint
    for parent in parents:
        below = place.setdefault(parent, {})
        if not isinstance(below, dict):
            raise CannotChangeError(f"{parent} is no object, so it cannot hold {path}: set {parent} itself")
        place = below
    place[name] = value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, below in value.items():
            yield from _leaves(below, f"{path}.{name}" if path else name)
    else:
        yield path, value


def _pair(flag: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals or (flag == "--rename" and not value):
        raise ValueError(f"{flag} {text}: write it as {'old=new' if flag == '--rename' else 'field=value'}")
    return name, value


def _json_or_text(value: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
