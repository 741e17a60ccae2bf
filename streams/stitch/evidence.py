"""Evidence: what a record says about where the thing in the hand is, and the order of several at one instant."""

from collections.abc import Iterable
from sys import intern
from typing import Any, Final, NamedTuple

CALL_ENTERED: Final = 0
ENTERED: Final = 1
JOINED: Final = 2
CALL_QUEUED: Final = 3
STARTED: Final = 4
CALL_ANSWERED: Final = 5
SEEN: Final = 6
NOTED: Final = 7
"""There, but by a type that contradicts no other place: photos are sold hours later, buses are boarded on the way."""
ENDED: Final = 8
QUEUE_LEFT: Final = 9
CALL_ABANDONED: Final = 10
CALL_ENDED: Final = 11
LEFT: Final = 12
CLOSED: Final = 13
"""The place closed: not sent by anybody, but put here by the stage, so that the fold knows one kind of input."""

CODES: Final = {
    "call.entered": CALL_ENTERED,
    "place.entered": ENTERED,
    "queue.joined": JOINED,
    "call.queued": CALL_QUEUED,
    "service.started": STARTED,
    "call.answered": CALL_ANSWERED,
    "presence.seen": SEEN,
    "sale.made": SEEN,
    "refund.made": SEEN,
    "room.unlocked": SEEN,
    "meal.ordered": SEEN,
    "photo.taken": NOTED,
    "bus.boarded": NOTED,
    "service.ended": ENDED,
    "queue.left": QUEUE_LEFT,
    "call.abandoned": CALL_ABANDONED,
    "call.ended": CALL_ENDED,
    "place.left": LEFT,
}
"""Types that say where somebody is. The number is the life-cycle rank: at one instant a lower one comes first."""

CALLS: Final = frozenset({CALL_ENTERED, CALL_QUEUED, CALL_ANSWERED, CALL_ABANDONED, CALL_ENDED})
LEAVING: Final = frozenset({ENDED, QUEUE_LEFT, LEFT})
ELSEWHERE: Final = frozenset({ENTERED, JOINED, STARTED, SEEN, ENDED, QUEUE_LEFT, LEFT})
"""They end what goes on at unrelated places."""

MOST_SERVER_CHARACTERS: Final = 128


class Evidence(NamedTuple):
    """Sorts by (time, life-cycle rank, source, event_id). `place` '' only for steps of a call."""

    at: int
    code: int
    source: str
    event_id: str
    place: str
    customer: str
    server: str


def evidence_of(message: dict[str, Any], customer: str) -> Evidence | None:
    """What a touch or seen record says of a whereabouts; None where its type says nothing, or names no place."""
    code = CODES.get(message["y"])
    if code is None:
        return None
    place = intern(message["p"] or "")
    if not place and code not in CALLS:
        return None
    server = "" if code not in _SERVED else _server(message["d"])
    return Evidence(message["t"], code, intern(message["s"]), message["e"], place, customer, server)


_SERVED = frozenset({STARTED, ENDED, CALL_ANSWERED, CALL_ENDED})


def _server(data: dict[str, Any]) -> str:
    """Who served: `server` of a service, `agent` or `bot` of a call; a bot without a name is called bot."""
    for field in ("server", "agent", "bot"):
        value = data.get(field)
        if value is True:
            return field
        if type(value) is str and value:
            return value[:MOST_SERVER_CHARACTERS]
    return ""


def closing(place: str, at: int) -> Evidence:
    """The place closed at this instant."""
    return Evidence(at, CLOSED, "", "", place, "", "")


def in_order(group: tuple[Evidence, ...]) -> Iterable[Evidence]:
    """Evidence of one instant, sorted before: at each place by life cycle, places being left before the others.

    So whoever leaves A and enters B in the same millisecond is at B, and left A by what was sent, not by a guess.
    """
    places = {evidence.place for evidence in group}
    if len(places) == 1 or group[0].code in CALLS:
        return group
    by_place: dict[str, list[Evidence]] = {}
    closed = []
    for evidence in group:
        if evidence.code == CLOSED:
            closed.append(evidence)
        else:
            by_place.setdefault(evidence.place, []).append(evidence)
    groups = sorted(by_place.values(), key=lambda there: (there[-1].code not in LEAVING, there[0]))
    return [*(evidence for there in groups for evidence in there), *closed]
