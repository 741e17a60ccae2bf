"""Stays as values: one thing in the hand at one place, when it times out, and what the place's rules say of that."""

from typing import Final, NamedTuple

from schemas.place import Place as Declared
from schemas.place import Places

QUEUE: Final = "queue"
PRESENCE: Final = "presence"
MENU: Final = "menu"

SERVED: Final = "served"
ABANDONED: Final = "abandoned"
TIMED_OUT: Final = "timed_out"
LEFT_PLACE: Final = "left"
BEFORE_QUEUE: Final = "abandoned_before_queue"

Stay = tuple[str, int, int, str, int | None, int | None, str, int, str, int]
"""(place, joined, nth, kind, started, ended, outcome, guessed, server, due), times in ms.

Named by place, thing, joined and nth: the n-th stay, from 0, of this thing at this place from this instant on.
Due: it times out then unless something is heard of the thing there, also at the very instant of `due`.
A plain tuple, as evidence is.
"""
PLACE: Final = 0
JOINED: Final = 1
KIND: Final = 3
STARTED: Final = 4
ENDED: Final = 5
OUTCOME: Final = 6
SERVER: Final = 8
DUE: Final = 9
NAMED: Final = 3
"""The first so many fields name it, beside the thing itself."""
TOLD: Final = 9
"""The first so many fields are what others are told, beside who it was."""

Call = tuple[int | None, str, bool, int]
"""(entered ms, place of steps without one, whether it has reached a queue or is over, last step ms)"""
CALL_MEMORY_MS: Final = 6 * 3_600_000
"""So long after its last step a call without an open stay is forgotten."""

Stays = tuple[Stay, ...]
Whereabouts = tuple[Stays, Call | None]
"""State of the stay machine after everything up to some instant: the stays that go on, and the call if it is one.

At most `moment.MOST_OPEN` stays go on at once.
"""
NOWHERE: Final[Whereabouts] = ((), None)


class PlaceRule(NamedTuple):
    """Time-outs in ms. `virtual`: being there or in its queue contradicts being anywhere else."""

    presence: int
    wait: int
    service: int
    virtual: bool


class Rules:
    """What stays need to know of places, ready for the inner loop. Bounded by the catalogue."""

    def __init__(self, places: Places) -> None:
        self._declared = {place.id: _rule(place) for place in places.all()}
        self._default = _rule(Declared(id="?", declared=False))
        self.related = places.related

    def of(self, place: str) -> PlaceRule:
        return self._declared.get(place, self._default)


def _rule(place: Declared) -> PlaceRule:
    return PlaceRule(
        presence=round(place.presence_timeout_seconds * 1000),
        wait=round(place.wait_timeout_seconds * 1000),
        service=round(place.service_timeout_seconds * 1000),
        virtual=place.kind in ("virtual_queue", "call_queue"),
    )


def settle(before: Whereabouts, until: int) -> tuple[Whereabouts, Stays]:
    """Let time pass: what times out before `until`, while nothing else is heard, has ended.

    In one go or in several steps it gives the same.
    """
    going_on, call = before
    ended: Stays = ()
    for stay in going_on:
        if stay[DUE] < until:
            ended = tuple([_timed_out(stay) for stay in going_on if stay[DUE] < until])
            going_on = tuple([stay for stay in going_on if stay[DUE] >= until])
            break
    if call is not None and not going_on and call[-1] + CALL_MEMORY_MS < until:
        return (going_on, None), ended
    return ((going_on, call), ended) if ended else (before, ended)


def _timed_out(stay: Stay) -> Stay:
    """The stay as it ends by time-out: at `due`, a guess."""
    place, joined, nth, kind, started, _, _, _, server, due = stay
    return (place, joined, nth, kind, started, due, TIMED_OUT, 1, server, due)
