"""Records about people: which there are, whether they are sound, and who they are handed to."""

from typing import Any, Final

from schemas.internal import MERGES
from streams.outbox import Outbox
from streams.partition import LogRecord
from streams.stitch.actor import MARK
from streams.stitch.identity import merging, receive
from streams.stitch.state import StitchState

ABOUT_PEOPLE: Final = frozenset({"link", "merged", "unlink"})
"""Sent by validate, with an origin."""
BETWEEN: Final = frozenset({"part", "claim", "into", "top"})
"""Sent by identifiers to each other: a higher version replaces a lower, so they may come twice and need no time."""

_END_OF_TIME: Final = 253_402_300_800_000


def is_sound(message: dict[str, Any]) -> bool:
    """Whether it has the shape that `schemas.internal` gives to links, merges and commands."""
    _, partition, offset, ordinal, append_ms, payload = message["o"]
    fields = {"link": ("s", "e", "y", "w"), "merged": ("s", "e", "f", "w"), "unlink": ("i", "w")}[message["k"]]
    return (
        all(type(number) is int for number in (partition, offset, ordinal, append_ms, message["t"]))
        and all(type(message[field]) is str for field in fields)
        and type(payload) is str
        and len(payload) == 16
        and 0 <= message["t"] < _END_OF_TIME
        and (message["k"] != "unlink" or message["on"] in (0, 1))
    )


def about_people(state: StitchState, key: str, message: dict[str, Any], out: Outbox) -> None:
    """A link, a merge or a command, not folded in before."""
    kind = message["k"]
    if kind == "merged":
        merging.merged(state, message, out)
    elif kind == "unlink" and key == MERGES:
        merging.unlinked(state, message, out)
    elif not key or key[0] == MARK or ":" not in key:
        return
    elif kind == "link":
        receive.link(state, key, message, out)
    elif kind == "unlink":
        receive.unlink(state, key, message, out)


def between(state: StitchState, record: LogRecord, message: dict[str, Any], out: Outbox) -> None:
    """What another identifier says. Raises ValueError, KeyError or TypeError where it is garbage."""
    key, kind = (record.key or b"").decode(), message["k"]
    if not key or key[0] == MARK or ":" not in key or type(message["f"]) is not str or type(message["v"]) is not int:
        return
    if kind == "part":
        receive.part(state, key, message, record.timestamp, out)
    elif kind == "claim":
        receive.claim(state, key, message, record.timestamp, out)
    elif kind == "into":
        receive.into(state, key, message, record.timestamp, out)
    elif type(message["n"]) is str:
        receive.top(state, key, message, out)
