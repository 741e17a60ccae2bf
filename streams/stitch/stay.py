"""Stays as values: one thing in the hand at one place, when it times out, and what the place's rules say of that."""

from typing import Final, NamedTuple

from schemas.place import Place, Places

QUEUE: Final = "queue"
PRESENCE: Final = "presence"
MENU: Final = "menu"
SERVED: Final = "served"
ABANDONED: Final = "abandoned"
TIMED_OUT: Final = "timed_out"
LEFT_PLACE: Final = "left"
BEFORE_QUEUE: Final = "abandoned_before_queue"

CALL_MEMORY_MS: Final = 6 * 3_600_000
"""So long after its last step a call without an open stay is forgotten."""


class Stay(NamedTuple):
    """Times in ms. `due`: the stay times out then unless something is heard of the thing there, also at `due` itself.

    Named by (place, thing, joined, nth): the n-th stay, from 0, of this thing at this place from this instant on.
    """

    place: str
    joined: int
    nth: int
    kind: str
    started: int | None
    ended: int | None
    outcome: str
    guessed: int
    customer: str
    server: str
    due: int


TOLD: Final = 10
"""The first so many fields are what others are told; `due` is not."""


class Call(NamedTuple):
    """What later steps of a call need: where it belongs, whether it has reached a queue, who is on the line."""

    entered: int | None
    place: str
    reached: bool
    customer: str
    last: int


class Whereabouts(NamedTuple):
    """State of the stay machine after everything up to some instant: the stays that go on, and the call if it is one.

    At most `moment.MOST_OPEN` stays are open.
    """

    open: tuple[Stay, ...] = ()
    call: Call | None = None


NOWHERE: Final = Whereabouts()


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
        self._default = _rule(Place(id="?", declared=False))
        self.related = places.related

    def of(self, place: str) -> PlaceRule:
        return self._declared.get(place, self._default)


def _rule(place: Place) -> PlaceRule:
    return PlaceRule(
        presence=round(place.presence_timeout_seconds * 1000),
        wait=round(place.wait_timeout_seconds * 1000),
        service=round(place.service_timeout_seconds * 1000),
        virtual=place.kind in ("virtual_queue", "call_queue"),
    )


def timed_out(stay: Stay) -> Stay:
    """The stay as it ends by time-out: at `due`, a guess."""
    place, joined, nth, kind, started, _, _, _, customer, server, due = stay
    return Stay(place, joined, nth, kind, started, due, TIMED_OUT, 1, customer, server, due)


def settle(before: Whereabouts, until: int) -> tuple[Whereabouts, tuple[Stay, ...]]:
    """Let time pass: what times out before `until`, while nothing else is heard, has ended.

    In one go or in several steps it gives the same.
    """
    going_on, call = before
    ended: tuple[Stay, ...] = ()
    for stay in going_on:
        if stay.due < until:
            ended = tuple(timed_out(stay) for stay in going_on if stay.due < until)
            going_on = tuple(stay for stay in going_on if stay.due >= until)
            break
    if call is not None and not going_on and call.last + CALL_MEMORY_MS < until:
        call = None
    elif not ended:
        return before, ended
    return Whereabouts(going_on, call), ended
