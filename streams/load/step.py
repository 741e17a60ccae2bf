"""Fold what happened at places into their state, and look at each place when its time has come."""

from heapq import heappop
from typing import Any

import orjson

from streams.load.crowd import Crowd
from streams.load.entries import PlaceEntry, Stay, fact_key, place_of, stay_key
from streams.load.grid import is_due
from streams.load.reading import is_text, is_time, read_fact, read_stay
from streams.load.snapshot import look, write
from streams.load.staff import staff_due, staff_row, standing_staff
from streams.load.state import LoadState
from streams.outbox import Outbox
from streams.partition import LogRecord


def step(state: LoadState, record: LogRecord, _out: Outbox) -> None:
    """Fold one record of `place-events`. What cannot be read changes nothing; rows come from `fire` alone."""
    if record.value is None:
        return
    try:
        body = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        return
    if not isinstance(body, dict):
        return
    kind = body.get("k")
    if kind == "stay":
        _fold_stay(state, body)
    elif kind == "wm":
        _fold_watermark(state, body)
    elif kind == "fact":
        _fold_fact(state, body)


def fire(state: LoadState, out: Outbox, limit: int) -> bool:
    """Look at the places whose time has come, in order of (grid point, place); True while more are due.

    At most `limit` looks and drops; the order of looks over several calls is that of one.
    """
    watermark = state.watermark
    if watermark is None:
        return False
    while state.timers and is_due(state.timers[0][0], watermark):
        if limit <= 0:
            return True
        at, place = heappop(state.timers)
        limit -= _look_if_due(state, place, at, out)
    while state.leaving and state.leaving[0][0] < watermark:
        if limit <= 0:
            return True
        _, key = heappop(state.leaving)
        limit -= _drop_if_over(state, key, watermark)
    return False


# -- folding -----------------------------------------------------------------------------------------


def _fold_stay(state: LoadState, body: dict[str, Any]) -> None:
    read = read_stay(body, state.watermark or 0)
    if read is None:
        return
    place, thing, nth, stay = read
    crowd = state.crowd(place)
    key = stay_key(crowd.prefix, thing, stay.joined, nth)
    known = state.get(key)
    if known is not None and not (isinstance(known, Stay) and stay.version > known.version):
        return
    state.put(key, stay)
    if crowd.exchange(key, known, stay):
        state.correct(crowd)
    elif crowd.changes_before_armed():
        state.arm(crowd)
    if stay.ended is not None:
        state.leave_later(key, stay.ended)


def _fold_watermark(state: LoadState, body: dict[str, Any]) -> None:
    sender, time = body.get("f"), body.get("t")
    if is_text(sender) and is_time(time):
        state.hear(sender, time)


def _fold_fact(state: LoadState, body: dict[str, Any]) -> None:
    fact = read_fact(body)
    if fact is None or (state.watermark is not None and fact.time < state.watermark - state.lateness_ms):
        return
    crowd = state.crowd(body["p"])
    key = fact_key(crowd.prefix, fact.kind, fact.source, fact.event_id)
    if state.get(key) is not None:
        return
    superseded = crowd.learn(fact)
    if superseded is None:
        return
    state.put(key, fact)
    state.drop_facts(crowd, superseded)
    state.arm(crowd)


# -- firing ------------------------------------------------------------------------------------------


def _look_if_due(state: LoadState, place: str, at: int, out: Outbox) -> int:
    """1 if the place was looked at; 0 if the timer was outdated."""
    crowd = state.crowds.get(place)
    if crowd is None or crowd.armed != at:
        return 0
    crowd.armed = None
    looked = crowd.next_look() == at
    if looked:
        _take(state, crowd, at, out)
    state.arm(crowd)
    return int(looked)


def _take(state: LoadState, crowd: Crowd, at: int, out: Outbox) -> None:
    before = standing_staff(crowd)
    row, superseded = look(crowd, at, state.get)
    state.drop_facts(crowd, superseded)
    state.keep_place(crowd)
    state.watch_empty(crowd)
    out.row("queue_load", write(row, state.epoch, state.version()))
    if staff_due(crowd, before):
        out.row("staffing", staff_row(crowd, row))


def _drop_if_over(state: LoadState, key: str, watermark: int) -> int:
    """1 if the entry was dropped; 0 if it is needed, and perhaps looked at later again."""
    entry = state.get(key)
    if isinstance(entry, Stay):
        return _drop_stay(state, key, entry, watermark)
    return _forget_place(state, key, watermark) if isinstance(entry, PlaceEntry) else 0


def _drop_stay(state: LoadState, key: str, stay: Stay, watermark: int) -> int:
    if stay.ended is None or stay.ended + state.memory_ms >= watermark:
        return 0
    crowd = state.crowds[place_of(key)]
    crowd.forget(key, stay)
    state.drop(key)
    state.watch_empty(crowd)
    return 1


def _forget_place(state: LoadState, key: str, watermark: int) -> int:
    crowd = state.crowds[place_of(key)]
    crowd.watched = False
    if crowd.stays or crowd.next_look() is not None:
        return 0
    if state.forgotten_at(crowd) >= watermark:
        state.watch_empty(crowd)
        return 0
    state.drop_facts(crowd, [fact for history in crowd.facts.values() for fact in history.all()])
    state.drop(key)
    del state.crowds[crowd.place.id]
    return 1
