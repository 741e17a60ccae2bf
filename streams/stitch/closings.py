"""Closings of places: remembered within the allowed lateness, and brought to everybody who has a stay there."""

from heapq import heappush
from typing import Final

from streams.stitch.actor import CLOSINGS, Closings
from streams.stitch.state import UPKEEP_MS, StitchState

MOST: Final = 64
"""Of one place within the allowed lateness: beyond that the earliest are forgotten for who joins late."""


def close(state: StitchState, place: str, at: int) -> None:
    """The place closed at `at` (ms). Who has a stay there is woken, so that a full place can be emptied bit by bit."""
    horizon = state.horizon
    known = state.closings.get(place, ())
    if at in known or (horizon is not None and at < horizon):
        return
    _put(state, place, tuple(sorted((*known, at)))[-MOST:])
    heappush(state.timers, (_forgotten_at(state, at), CLOSINGS + place))
    for key in state.visitors.get(place, ()):
        heappush(state.timers, (at, key))


def forget(state: StitchState, place: str, due: int) -> None:
    """Drop those for which it was due then (ms): who was there has been told, and nobody joins before them any more,
    unless something waits that occurred before."""
    if state.waiting and state.watermark is not None:
        heappush(state.timers, (state.watermark + 1, CLOSINGS + place))
        return
    known = state.closings.get(place, ())
    kept = tuple(at for at in known if _forgotten_at(state, at) > due)
    if kept != known:
        _put(state, place, kept)


def _forgotten_at(state: StitchState, at: int) -> int:
    return at + state.lateness_ms + UPKEEP_MS


def _put(state: StitchState, place: str, times: tuple[int, ...]) -> None:
    if times:
        state.closings[place] = times
        state.put(CLOSINGS + place, Closings(times))
    else:
        del state.closings[place]
        state.drop(CLOSINGS + place)
