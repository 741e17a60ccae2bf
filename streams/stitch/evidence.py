"""Evidence: what a record says about where the thing in the hand is, and the order of several at one instant."""

from collections.abc import Iterable
from sys import intern
from typing import Any, Final

HANDED_OVER: Final = -1
"""The wristband was returned or issued: whatever its wearer did ends here, before all else of that instant."""
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
_NAMES_SERVER: Final = frozenset({STARTED, ENDED, CALL_ANSWERED, CALL_ENDED})

MOST_SERVER_CHARACTERS: Final = 128

Evidence = tuple[int, int, str, str, str, str]
"""(at ms, code, source, event_id, place, server): sorts by time, life-cycle rank, source, event_id.

A plain tuple, since hundreds of thousands are kept and the garbage collector need not look into those.
`place` is '' only for steps of a call and where a wristband is handed over.
"""
AT: Final = 0
CODE: Final = 1
WHERE: Final = 4
BY: Final = 5


def evidence_of(message: dict[str, Any]) -> Evidence | None:
    """What a touch or seen record says of a whereabouts; None where its type says nothing, or names no place."""
    code = CODES.get(message["y"])
    if code is None:
        return None
    place = message["p"]
    if not place:
        if code not in CALLS:
            return None
        place = ""
    server = _server(message["d"]) if code in _NAMES_SERVER and message["d"] else ""
    # Sources and places are few: one text each, not one for every record.
    return (message["t"], code, intern(message["s"]), message["e"], intern(place), server)


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
    return (at, CLOSED, "", "", place, "")


def handing_over(at: int, source: str, event_id: str) -> Evidence:
    """The wristband changed hands at this instant, says this touchpoint."""
    return (at, HANDED_OVER, source, event_id, "", "")


def characters(evidence: Evidence) -> int:
    """How many its texts have together."""
    _, _, source, event_id, place, server = evidence
    return len(source) + len(event_id) + len(place) + len(server)


def in_order(group: tuple[Evidence, ...]) -> Iterable[Evidence]:
    """Evidence of one instant, sorted before: at each place by life cycle, places being left before the others.

    Before all that a wristband is handed over, after it places close. So whoever leaves A and enters B in the same
    millisecond is at B, and left A by what was sent, not by a guess.
    """
    if group[0][CODE] in CALLS or len({evidence[WHERE] for evidence in group}) == 1:
        return group
    by_place: dict[str, list[Evidence]] = {}
    handed_over, closed = [], []
    for evidence in group:
        if evidence[CODE] == CLOSED:
            closed.append(evidence)
        elif evidence[CODE] == HANDED_OVER:
            handed_over.append(evidence)
        else:
            by_place.setdefault(evidence[WHERE], []).append(evidence)
    groups = sorted(by_place.values(), key=lambda there: (there[-1][CODE] not in LEAVING, there[0]))
    return [*handed_over, *(evidence for there in groups for evidence in there), *closed]
