"""Bytes to one JSON object: what a record must be before any field of it is looked at."""

import json
import re
from typing import Any, Final

import orjson

from schemas.touchpoint.reasons import Defect

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32

_TOKEN = re.compile(
    rb"""[ \t\n\r]*(?:(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)|(?P<colon>:)"""
    rb"""|(?P<text>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")"""
    rb"""|(?P<plain>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null))"""
)


def decode(value: bytes | None) -> dict[str, Any] | Defect:
    """The object that the bytes hold, or the first defect of the list that stands in the way. Never raises."""
    if not value:
        return Defect("empty", "", "the record has no value; send one JSON object per record")
    if len(value) > MAX_BYTES:
        return _too_large(len(value))
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        return _unreadable(value, str(error))
    if not isinstance(found, dict):
        return Defect("not_an_object", "", f"the record is {json_kind(found)}; send one JSON object per record")
    # Every level opens with a bracket, so few brackets need no closer look.
    if value.count(b"{") + value.count(b"[") > MAX_DEPTH and deeper_than(found, MAX_DEPTH):
        return _too_deep()
    return found


def json_kind(value: Any) -> str:
    """What a JSON reader calls this value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, (list, tuple)) else "no JSON value"


def deeper_than(value: Any, levels: int) -> bool:
    """True if objects and lists are nested more than `levels` deep, the outermost being the first."""
    layer: list[Any] = [value]
    for _ in range(levels):
        below: list[Any] = []
        for holder in layer:
            children = holder.values() if isinstance(holder, dict) else holder
            below.extend(child for child in children if isinstance(child, (dict, list)))
        if not below:
            return False
        layer = below
    return True


def _too_large(size: int) -> Defect:
    return Defect("too_large", "", f"the record has {size} bytes; keep it to {MAX_BYTES}, send references for the rest")


def _too_deep() -> Defect:
    return Defect("too_deep", "", f"objects and lists are nested deeper than {MAX_DEPTH} levels; flatten them")


def _unreadable(value: bytes, problem: str) -> Defect:
    if not value.strip():
        return Defect("empty", "", "the record has only blanks; send one JSON object per record")
    try:
        value.decode()
    except UnicodeDecodeError as error:
        return Defect("not_utf8", "", f"byte {error.start} is not UTF-8; encode the record as UTF-8")
    if "depth limit" in problem and _is_json(value):
        if value.lstrip()[:1] == b"{":
            return _too_deep()
        return Defect("not_an_object", "", "the record is a list; send one JSON object per record")
    return Defect("not_json", "", f"the record is not JSON: {problem}; write it with a JSON library")


def _is_json(value: bytes) -> bool:
    """Whether nested brackets of any depth are well formed, without recursion; deep records come here only."""
    stack: list[bytes] = []
    expected = "value"
    at, end = 0, len(value.rstrip(b" \t\n\r"))
    while at < end:
        token = _TOKEN.match(value, at)
        if token is None:
            return False
        at = token.end()
        kind = token.lastgroup or ""
        step = _follow(expected, kind, token[kind], stack)
        if step is None:
            return False
        expected = step
    return expected == "end"


def _follow(expected: str, kind: str, text: bytes, stack: list[bytes]) -> str | None:
    """What may follow this token; None if it is out of place. `stack` holds the brackets that are open."""
    if kind == "open" and expected in ("value", "value or ]"):
        stack.append(text)
        return "name or }" if text == b"{" else "value or ]"
    if kind == "close" and expected in (("name or }", "next") if text == b"}" else ("value or ]", "next")):
        if not stack or (stack.pop() == b"{") != (text == b"}"):
            return None
        return "next" if stack else "end"
    if kind == "text" and expected in ("name", "name or }"):
        return "colon"
    if kind in ("text", "plain") and expected in ("value", "value or ]"):
        return "next" if stack else "end"
    if kind == "colon" and expected == "colon":
        return "value"
    if kind == "comma" and expected == "next":
        return "name" if stack[-1] == b"{" else "value"
    return None


def as_bytes(value: dict[str, Any]) -> bytes | Defect:
    """A Python dictionary as the bytes that would be sent. Raises nothing: what JSON cannot hold is a defect."""
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return Defect("not_json", "", "a text holds half a character (a lone surrogate); send whole characters")
    except RecursionError:
        return _too_deep()
    except (TypeError, ValueError) as error:
        return Defect("not_json", "", f"the touchpoint is not JSON: {error}; use texts, numbers, lists and objects")
