"""Stitch: one record of `events` changes an identifier's counts and stays, and what others are told of them."""

from heapq import heappop, heappush
from typing import Any, Final

import orjson

from schemas.internal import LAST_ORDINAL
from streams.outbox import Outbox
from streams.partition import LogRecord
from streams.stitch import closings, ids
from streams.stitch.actor import ABSORB, CLOSINGS, FOLD, MARK, WAITING, Actor
from streams.stitch.evidence import AT, evidence_of
from streams.stitch.identity import hear, sealing, waiting
from streams.stitch.identity.erasing import grave_over
from streams.stitch.identity.folding import fold_due
from streams.stitch.identity.holder import is_made
from streams.stitch.identity.lease import position
from streams.stitch.identity.say import tell_erasure
from streams.stitch.identity.silence import expect_silence, note_heard, told_at
from streams.stitch.identity.touched import add_piece
from streams.stitch.piece import piece_of
from streams.stitch.remember import known_payload, remember
from streams.stitch.state import StitchState
from streams.stitch.tell import tell_conflict
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
            return _hear(state, message)
        if kind == "bye":
            return state.dismiss(str(message["f"]))
        if kind == "again":
            return _fold_again(state, (record.key or b"").decode(), out)
        if kind in hear.BETWEEN:
            return hear.between(state, record, message, out)
        if kind in hear.ABOUT_PEOPLE and not hear.is_sound(message):
            return None
        if kind not in hear.ABOUT_PEOPLE and not _is_sound(message, kind):
            return None
        _, partition, offset, ordinal, _, payload = message["o"]
        bytes.fromhex(payload)
        key = (record.key or b"").decode()
        if state.repeats(f"validate/{partition}", offset, ordinal):
            return None
    except (ValueError, KeyError, TypeError):
        return None
    if key and is_made(key) and kind in _MAY_WAIT:
        if not waiting.waits(state, key, message):
            _fold(state, key, message, out)
            waiting.release(state, key, out)
    elif kind in _ABOUT_ONE:
        _fold(state, key, message, out)
    elif kind == "fact":
        _forward(message, record, out)
    elif kind == "closing" and message["y"] == "place.closed":
        closings.close(state, message["p"], message["t"])
    return None


_ABOUT_ONE: Final = frozenset({"touch", "seen", *hear.ABOUT_PEOPLE})
_MAY_WAIT: Final = frozenset({"touch", "seen", "link", "unlink"})


def _fold(state: StitchState, key: str, message: dict[str, Any], out: Outbox) -> None:
    if message["k"] in hear.ABOUT_PEOPLE:
        hear.about_people(state, key, message, out)
    elif key and key[0] != MARK:
        _touched(state, key, message, bytes.fromhex(message["o"][5]), out)


def _fold_again(state: StitchState, key: str, out: Outbox) -> None:
    waiting.fold_ready(state, key, lambda message: _fold(state, key, message, out))
    waiting.release(state, key, out)
    if state.actor(key) is not None:
        expect_silence(state, key, state.own(key))
        heappush(state.timers, (state.own(key).due or 0, key))  # whatever was due meanwhile


def fire(state: StitchState, out: Outbox, limit: int) -> bool:
    """Attend to what the watermark has made due, in order of (due, key), at most `limit`. True: more are due."""
    mark, timers = state.watermark, state.timers
    state.owing = LAST_ORDINAL
    for _ in range(limit):
        if mark is None or not timers or timers[0][0] > mark:
            return False
        due, key = heappop(timers)
        if key.startswith(CLOSINGS):
            closings.forget(state, key.removeprefix(CLOSINGS), due)
        elif key.startswith(FOLD):
            fold_due(state, key.removeprefix(FOLD))
        elif key.startswith(ABSORB):
            sealing.absorb_due(state, key.removeprefix(ABSORB))
        elif key.startswith(WAITING):
            waiting.release(state, key.removeprefix(WAITING), out)
        elif not waiting.is_awaited(state, key):  # else nothing of it may be folded for good yet
            attend(state, key, out)
            if sealing.seal_when_silent(state, key, out):
                waiting.release(state, key, out)
    return mark is not None and bool(timers) and timers[0][0] <= mark


def _hear(state: StitchState, message: dict[str, Any]) -> None:
    sender, at = message["f"], message["t"]
    if type(sender) is str and type(at) is int and 0 <= at < _END_OF_TIME:
        state.hear(sender, at)


_END_OF_TIME: Final = 253_402_300_800_000
"""The year 10000, in ms."""


def _is_sound(message: dict[str, Any], kind: str) -> bool:
    """Whether it has the shape that `schemas.internal` gives to records of touchpoints."""
    _, partition, offset, ordinal, append_ms, payload = message["o"]
    at, place = message["t"], message["p"]
    return (
        type(message["s"]) is type(message["e"]) is type(message["y"]) is type(payload) is str
        and type(partition) is type(offset) is type(ordinal) is type(append_ms) is type(at) is int
        and 0 <= at < _END_OF_TIME
        and (type(place) is str or (place is None and kind in ("touch", "seen")))
        and (kind == "closing" or type(message["d"]) is dict)
        and (kind != "seen" or type(message["w"]) is str)
        and (kind != "touch" or type(message["c"]) is str)
        and len(payload) == 16
    )


def _touched(state: StitchState, key: str, message: dict[str, Any], payload_hash: bytes, out: Outbox) -> None:
    """A touchpoint, or a sighting of the thing in the hand: counted once, folded in where it is not too late."""
    grave = grave_over(state, key, message["t"], message["y"]) if state.graves else None
    if grave is not None:
        # Erased before it came: nothing is counted, and what is stored of it has to go, too.
        pos = position(message["t"], message["y"])
        tell_erasure(state, key, grave, pos, pos, out, whole=False)
        return
    actor, at, name = state.own(key), message["t"], ids.name(message["s"], message["e"])
    if is_made(key):
        row = told_at(key, actor)
        # What comes too late may be about one that was sealed: it does not reach back to that one.
        _see(actor, at if state.forgets is None else max(at, state.forgets))
        note_heard(state, key, actor, row)
    else:
        _see(actor, at)
    if state.forgets is not None and at < state.forgets:
        actor.late += 1
    else:
        known = known_payload(state, key, actor, name)
        if known is None:
            remember(state, key, actor, name, at, payload_hash)
            _count_first(state, key, actor, message, name, out)
        elif message["k"] == "touch":
            actor.duplicates += 1
            if known != payload_hash:
                tell_conflict(message, known.hex(), out)
    state.owe(key).counts = state.owed_version()


def _see(actor: Actor, at: int) -> None:
    """Right in any order and however often, so even copies and late ones may tell it."""
    if actor.first_seen is None or actor.last_seen is None:
        actor.first_seen = actor.last_seen = at
    elif not actor.first_seen <= at <= actor.last_seen:
        actor.first_seen, actor.last_seen = min(actor.first_seen, at), max(actor.last_seen, at)


def _count_first(state: StitchState, key: str, actor: Actor, message: dict[str, Any], name: bytes, out: Outbox) -> None:
    """A touchpoint counts at its strongest identifier only; a sighting is where the thing in the hand is."""
    if message["k"] == "touch":
        add_piece(state, key, actor, piece_of(message, name, state.content_rules))
        if message.get("h") != 1:
            return
    evidence = evidence_of(message)
    if evidence is None:
        return
    if state.horizon is not None and evidence[AT] < state.horizon:
        actor.late += 1
    else:
        learn(state, key, actor, evidence, state.version(), out)


def _forward(fact: dict[str, Any], record: LogRecord, out: Outbox) -> None:
    """To the place, the bytes as they came; who wrote a lot into a fact gets only its figures passed on."""
    value = record.value or b""
    if len(value) > MOST_FACT_BYTES:
        figures = {field: fact["d"][field] for field in FACT_FIELDS if isinstance(fact["d"].get(field), (int, float))}
        value = orjson.dumps({**{field: fact[field] for field in ("k", "o", "t", "s", "e", "y", "p")}, "d": figures})
    out.send(PLACE_EVENTS, fact["p"].encode(), value)
