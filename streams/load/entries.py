"""What load remembers durably: places, stays and facts, how they are named and how the changelog keeps them."""

from typing import NamedTuple

import orjson

from streams.load.grid import BEFORE_ALL

SEPARATOR = "\x1f"
FACT_MARK = "\x1e"


class PlaceEntry(NamedTuple):
    """One place (key: its id): when it was last counted and how bad it was. One per place that has been heard of.

    `at`: everything up to here is in the counts, usually the last snapshot. `level` since `since`; `calm_bad` and
    `calm_watch`: since when it has been below 90 % of the limits of that level, None while it is not. All in ms.
    """

    at: int = BEFORE_ALL
    level: str = "unknown"
    since: int = BEFORE_ALL
    calm_bad: int | None = None
    calm_watch: int | None = None


class Stay(NamedTuple):
    """One stay (key: `stay_key`), bounded by the people who are there and who left within the allowed lateness.

    `joined` <= `started` <= `ended`. A stay that turned out not to exist is `gone`; it is kept as long as any other,
    with the time at which that became known as `ended`, so that an older version does not bring it back.
    """

    version: int
    joined: int
    started: int | None
    ended: int | None
    kind: str  # queue, presence
    outcome: str
    guessed: int
    customer: str
    gone: int = 0


class FactEntry(NamedTuple):
    """One fact about a place (key: `fact_key`), kept while it is the latest of its kind or not yet counted.

    `kind`: state (value open, closed), staff (value: servers) or posted (value: minutes on the sign).
    Order: time, then (source, event_id).
    """

    time: int
    source: str
    event_id: str
    kind: str
    value: str | float


Entry = PlaceEntry | Stay | FactEntry

_TAGS = {PlaceEntry: "place", Stay: "stay", FactEntry: "fact"}


def place_prefix(place: str) -> str:
    """What the keys of a place's stays and facts begin with; a separator inside the id is doubled.

    So no place can be mistaken for a stay of another one: in a place's own key separators come in pairs.
    """
    return place_key(place) + SEPARATOR


def place_key(place: str) -> str:
    return place.replace(SEPARATOR, SEPARATOR * 2)


def place_of(key: str) -> str:
    """The place that an entry key belongs to: what stands before the first separator that is not doubled."""
    pairs = key.split(SEPARATOR * 2)
    for number, part in enumerate(pairs):
        if SEPARATOR in part:
            return SEPARATOR.join([*pairs[:number], part.partition(SEPARATOR)[0]])
    return SEPARATOR.join(pairs)


def stay_key(prefix: str, thing: str, joined: int, nth: int) -> str:
    return f"{prefix}{thing}{SEPARATOR}{joined}{SEPARATOR}{nth}"


def fact_key(prefix: str, kind: str, source: str, event_id: str) -> str:
    """The mark keeps facts apart from things in the hand; a source contains neither mark nor separator."""
    return f"{prefix}{FACT_MARK}{kind}{SEPARATOR}{source}{SEPARATOR}{event_id}"


def encode(entry: Entry) -> bytes:
    """A JSON array: what it is, then its fields in order."""
    return orjson.dumps([_TAGS[type(entry)], *entry])


def decode(value: bytes) -> Entry:
    """The reverse of `encode`."""
    tag, *fields = orjson.loads(value)
    if tag == "stay":
        return Stay(*fields)
    return PlaceEntry(*fields) if tag == "place" else FactEntry(*fields)
