"""What is heard of a call or token after a long silence waits until it is certain that it is another one."""

from collections.abc import Callable
from heapq import heappush
from typing import Any, Final

import orjson

from schemas.internal import Again
from streams.outbox import Outbox
from streams.stitch.actor import WAITING, Waiting
from streams.stitch.identity.silence import is_early
from streams.stitch.state import StitchState
from streams.topology import EVENTS

MOST_WAITING: Final = 64
MOST_CHARACTERS: Final = 48 << 10
"""Beyond either it is taken for the one that is known."""
_NOTHING: Final = Waiting((), ())


def waits(state: StitchState, key: str, message: dict[str, Any]) -> bool:
    """True: it is early, and waits for `release`; or others are about to be folded in, and it goes with them."""
    early, known = is_early(state, key, message["t"]), _of(state, key)
    if not (early or known.ready):
        return False
    record = orjson.dumps(message).decode()
    kept = (*known.records, *known.ready)
    if len(kept) >= MOST_WAITING or sum(map(len, kept)) + len(record) > MOST_CHARACTERS:
        return False
    if not early:
        _keep(state, key, known._replace(ready=(*known.ready, record)))
        return True
    _keep(state, key, known._replace(records=(*known.records, record)))
    heappush(state.timers, (state.certain_at(message["t"]), WAITING + key))
    return True


def is_awaited(state: StitchState, key: str) -> bool:
    """Whether something about it is on its way, so that it may not be sealed before."""
    return bool(_of(state, key).ready)


def release(state: StitchState, key: str, out: Outbox) -> None:
    """What is not early any more is folded in by the next record, all at once: then it has a version of its own."""
    known = _of(state, key)
    early = tuple([one for one in known.records if is_early(state, key, orjson.loads(one)["t"])])
    if len(early) < len(known.records):
        ready = tuple([one for one in known.records if one not in early])
        _keep(state, key, Waiting(early, (*known.ready, *ready)))
        again: Again = {"k": "again"}
        out.send(EVENTS, key.encode(), orjson.dumps(again))


def fold_ready(state: StitchState, key: str, fold: Callable[[dict[str, Any]], None]) -> None:
    """In order of time, since one may be what makes the next one early. None is late that was not late when it came."""
    known, horizon, forgets = _of(state, key), state.horizon, state.forgets
    if not known.ready:
        return
    _keep(state, key, known._replace(ready=()))
    for message in sorted(map(orjson.loads, known.ready), key=_when):
        if not waits(state, key, message):
            if horizon is not None and forgets is not None:
                state.horizon, state.forgets = min(horizon, message["t"]), min(forgets, message["t"])
            fold(message)
            state.horizon, state.forgets = horizon, forgets


def _when(message: dict[str, Any]) -> tuple[int, str]:
    return message["t"], orjson.dumps(message).decode()


def _of(state: StitchState, key: str) -> Waiting:
    entry = state.get(WAITING + key)
    return entry if isinstance(entry, Waiting) else _NOTHING


def _keep(state: StitchState, key: str, entry: Waiting) -> None:
    if entry == _NOTHING:
        state.waiting.discard(key)
        state.drop(WAITING + key)
    else:
        state.waiting.add(key)
        state.put(WAITING + key, entry)
