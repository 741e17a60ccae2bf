"""Records about people: which there are, whether they are sound, and who they are handed to."""

from typing import Any, Final

from schemas.erased import ERASED, is_hash
from schemas.internal import MERGES
from streams.outbox import Outbox
from streams.partition import LogRecord
from streams.stitch.actor import MARK, Grave
from streams.stitch.identity import erasing, forgetting, merging, receive
from streams.stitch.identity.graves import bury_hash, grave_of
from streams.stitch.identity.ledger import Evidence
from streams.stitch.identity.say import tell_child
from streams.stitch.state import StitchState

ABOUT_PEOPLE: Final = frozenset({"link", "merged", "unlink", "erase"})
"""Sent by validate, with an origin."""
BETWEEN: Final = frozenset({"part", "claim", "into", "top", "forget"})
"""Sent by identifiers to each other: a higher version replaces a lower, so they may come twice and need no time."""

_END_OF_TIME: Final = 253_402_300_800_000


def is_sound(message: dict[str, Any]) -> bool:
    """Whether it has the shape that `schemas.internal` gives to links, merges and commands."""
    _, partition, offset, ordinal, append_ms, payload = message["o"]
    fields = {"link": ("s", "e", "y", "w"), "merged": ("s", "e", "f", "w"), "unlink": ("i", "w"), "erase": ("i", "c")}[
        message["k"]
    ]
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
    elif kind == "erase" and is_hash(message["i"]):
        bury_hash(state, Grave(message["t"], message["c"]), message["i"].removeprefix(ERASED))
    elif not key or key[0] == MARK or ":" not in key:
        return
    elif kind == "link":
        receive.link(state, key, message, out)
    elif kind == "unlink":
        receive.unlink(state, key, message, out)
    else:
        known_at, who = message["o"][4], message.get("by", "")
        grave = Grave(message["t"], message["c"])
        erasing.erase(state, key, grave, Evidence(known_at, None, "", grave.command, who), out)


def between(state: StitchState, record: LogRecord, message: dict[str, Any], out: Outbox) -> None:
    """What another identifier says. Raises ValueError, KeyError or TypeError where it is garbage."""
    key, kind = (record.key or b"").decode(), message["k"]
    if key == MERGES and kind == "forget" and type(message["f"]) is str and type(message["t"]) is int:
        merging.forget(state, message["f"], Grave(message["t"], str(message["c"])))
    if not key or key[0] == MARK or ":" not in key or type(message["f"]) is not str or type(message["v"]) is not int:
        return
    grave = grave_of(state, key)
    if grave is not None and state.actor(key) is None and _takes_back(message):
        if message.get("named") == 1:
            tell_child(state, key, message["f"], grave, out)
        return  # from whom it was had: to keep that would be to keep the name
    if message.get("gone") == 1 and not forgetting.knows(state, key, message["f"]):
        return
    if kind == "part":
        receive.part(state, key, message, record.timestamp, out)
    elif kind == "claim":
        receive.claim(state, key, message, record.timestamp, out)
    elif kind == "into":
        receive.into(state, key, message, record.timestamp, out)
    elif kind == "forget":
        if type(message["t"]) is int and type(message["c"]) is str:
            erasing.forget(state, key, message, record.timestamp, out)
    elif type(message["n"]) is str:
        receive.top(state, key, message, out)
    if message.get("gone") == 1:
        forgetting.forget_child(state, key, message["f"])
    if grave is not None and message.get("named") != 1:
        forgetting.forget_if_nothing(state, key)


def _takes_back(message: dict[str, Any]) -> bool:
    """Whether it only says that something is no more, or what somebody is called."""
    kind = message["k"]
    return (
        kind == "top" or (kind == "part" and message["c"] is None) or (kind in ("claim", "into") and not message["w"])
    )
