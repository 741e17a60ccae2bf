"""Stitch: one record of `events` changes an identifier's counts and stays, and what others are told of them."""

from heapq import heappop
from typing import Any, Final

import orjson

from streams.outbox import Outbox
from streams.partition import LogRecord
from streams.stitch import closings, ids
from streams.stitch.actor import CLOSINGS, MARK, Actor
from streams.stitch.count import count, saw
from streams.stitch.evidence import evidence_of
from streams.stitch.remember import known_payload, remember
from streams.stitch.state import StitchState
from streams.stitch.tell import tell_conflict, tell_counts
from streams.stitch.whereabouts import attend, learn
from streams.topology import PLACE_EVENTS

MOST_FACT_BYTES: Final = 4_096
"""A larger fact is cut down to the fields that load reads."""
FACT_FIELDS: Final = ("minutes", "count")


def step(state: StitchState, record: LogRecord, out: Outbox) -> None:
    """Fold one record into the state. Whatever is no internal record that this stage reads is passed over."""
    try:
        message = orjson.loads(record.value or b"")
        kind = message["k"]
        if kind == "wm":
            if type(message["f"]) is str and _is_time(message["t"]):
                state.hear(message["f"], message["t"])
            return
        if not _is_sound(message) or state.repeats(f"validate/{message['o'][1]}", message["o"][2], message["o"][3]):
            return
        key = (record.key or b"").decode()
    except (ValueError, KeyError, TypeError, IndexError):
        return
    if kind == "touch" or kind == "seen":
        if key and not key.startswith(MARK):
            _touched(state, key, message, out)
    elif kind == "fact":
        _forward(message, record, out)
    elif kind == "closing" and message["y"] == "place.closed":
        closings.close(state, message["p"], message["t"])


def fire(state: StitchState, out: Outbox, limit: int) -> bool:
    """Attend to what the watermark has made due, in order of (due, key), at most `limit`. True: more are due."""
    mark, timers = state.watermark, state.timers
    for _ in range(limit):
        if mark is None or not timers or timers[0][0] > mark:
            return False
        due, key = heappop(timers)
        if key.startswith(CLOSINGS):
            closings.forget(state, key.removeprefix(CLOSINGS), due)
        else:
            attend(state, key, out)
    return mark is not None and bool(timers) and timers[0][0] <= mark


def _is_time(value: Any) -> bool:
    return type(value) is int and 0 <= value < _END_OF_TIME


def _is_sound(message: dict[str, Any]) -> bool:
    """Whether it has the shape that `schemas.internal` gives to records of touchpoints."""
    _, partition, offset, ordinal, append_ms, payload = message["o"]
    place, kind = message["p"], message["k"]
    bytes.fromhex(payload)
    return (
        type(message["s"]) is type(message["e"]) is type(message["y"]) is type(payload) is str
        and type(partition) is type(offset) is type(ordinal) is type(append_ms) is int
        and _is_time(message["t"])
        and (type(place) is str or (place is None and kind in ("touch", "seen")))
        and type(message.get("d", _NOTHING)) is dict
        and (kind != "seen" or type(message["w"]) is str)
        and len(payload) == 16
    )


_NOTHING: Final[dict[str, Any]] = {}
_END_OF_TIME: Final = 253_402_300_800_000
"""The year 10000, in ms."""


def _touched(state: StitchState, key: str, message: dict[str, Any], out: Outbox) -> None:
    """A touchpoint, or a sighting of the thing in the hand: counted once, folded in where it is not too late."""
    actor, at, name = state.own(key), message["t"], ids.name(message["s"], message["e"])
    saw(actor, at)
    if state.watermark is not None and at < state.watermark - state.window_ms:
        actor.late += 1
    else:
        payload = bytes.fromhex(message["o"][5])
        known = known_payload(state, key, actor, name)
        if known is None:
            remember(state, key, actor, name, at, payload)
            _counted_first(state, key, actor, message, name, out)
        elif message["k"] == "touch":
            actor.duplicates += 1
            if known != payload:
                tell_conflict(message, known.hex(), out)
    tell_counts(state, key, actor, out)


def _counted_first(
    state: StitchState, key: str, actor: Actor, message: dict[str, Any], name: bytes, out: Outbox
) -> None:
    """A touchpoint counts at its strongest identifier only; a sighting is where the thing in the hand is."""
    sighting = message["k"] == "seen"
    if not sighting:
        count(actor, message, name, state.currency)
        if message.get("h") != 1:
            return
    evidence = evidence_of(message, message["w"] if sighting else "")
    if evidence is None:
        return
    if state.horizon is not None and evidence.at < state.horizon:
        actor.late += 1
    else:
        learn(state, key, actor, evidence, out)


def _forward(fact: dict[str, Any], record: LogRecord, out: Outbox) -> None:
    """To the place, the bytes as they came; who wrote a lot into a fact gets only its figures passed on."""
    value = record.value or b""
    if len(value) > MOST_FACT_BYTES:
        figures = {field: fact["d"][field] for field in FACT_FIELDS if isinstance(fact["d"].get(field), (int, float))}
        value = orjson.dumps({**{field: fact[field] for field in ("k", "o", "t", "s", "e", "y", "p")}, "d": figures})
    out.send(PLACE_EVENTS, fact["p"].encode(), value)
