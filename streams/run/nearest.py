"""Open places by walk + expected wait, read from the store; and in words what is wrong with a question for them."""

from typing import Any, Final, NamedTuple

from streams.run.identity.links import Ask

MOST: Final = 100
STALE_SECONDS: Final = 60.0
"""Figures whose time lies further back are called stale."""

_NEAREST = """SELECT place, name, site, kind, distance_metres, walk_seconds, wait_p50_seconds, wait_p90_seconds,
    total_seconds, total_p90_seconds, wait_method, wait_reason, wait_samples, waiting, being_served, servers,
    opens, closes, time_zone, toUnixTimestamp64Milli(snapshot_at)
FROM nearest(kind = {kind:String}, place = '', lat = {lat:Float64}, lon = {lon:Float64})
ORDER BY isNull(total_seconds), total_seconds, walk_seconds, place LIMIT {most:UInt32}"""
_KNOWN = """SELECT
    countIf({kind:String} = '' OR kind = {kind:String}),
    countIf(({kind:String} = '' OR kind = {kind:String}) AND (isNull(lat) OR isNull(lon))),
    any(toUnixTimestamp64Milli(as_of)),
    any(behind_seconds),
    (SELECT toFloat64(value) FROM settings WHERE name = 'walking_metres_per_second')
FROM place_now"""
_WHERE = "SELECT lat, lon FROM places WHERE id = {place:String}"


class Where(NamedTuple):
    """A place (`place` not empty) or a point, degrees."""

    place: str
    lat: float | None
    lon: float | None


class Candidate(NamedTuple):
    """An open place. Seconds and metres; a wait of None is unknown for `wait_reason`; `snapshot_ms`: last looked at."""

    place: str
    name: str
    site: str
    kind: str
    distance_metres: float
    walk_seconds: float
    wait_p50_seconds: float | None
    wait_p90_seconds: float | None
    total_seconds: float | None
    total_p90_seconds: float | None
    wait_method: str
    wait_reason: str
    wait_samples: int | None
    waiting: int | None
    being_served: int | None
    servers: int | None
    opens: str
    closes: str
    time_zone: str
    snapshot_ms: int | None


class Nearest(NamedTuple):
    """`places`: the best first, unknown waits last. `known`: declared places of the kind; `unplaced`: of them without
    coordinates. `as_of_ms`, `behind_seconds` None: no stage has reported how far it is."""

    places: list[Candidate]
    known: int
    unplaced: int
    as_of_ms: int | None
    behind_seconds: float | None
    walking_metres_per_second: float

    @property
    def is_stale(self) -> bool:
        """True where the figures are older than STALE_SECONDS, or nobody knows how old."""
        return self.behind_seconds is None or self.behind_seconds > STALE_SECONDS


class WrongQuestionError(ValueError):
    """`field` cannot be used; the text says why and what to do. `unknown`: what it names is not there."""

    def __init__(self, field: str, text: str, *, unknown: bool = False) -> None:
        super().__init__(text)
        self.field, self.unknown = field, unknown


def located(ask: Ask, where: Where) -> Where:
    """The same with coordinates. Raises WrongQuestionError for a place that is not declared or has none."""
    if not where.place:
        return where
    found = ask(_WHERE, {"place": where.place}).rows
    if not found:
        text = f"no place {where.place!r} is declared; SELECT id FROM places lists them"
        raise WrongQuestionError("place", text, unknown=True)
    lat, lon = found[0]
    if lat is None or lon is None:
        text = f"{where.place!r} has no lat and lon in places.json: declare them there, or ask with lat and lon"
        raise WrongQuestionError("place", text)
    return where._replace(lat=lat, lon=lon)


def nearest(ask: Ask, where: Where, kind: str, most: int) -> Nearest:
    """`where` with coordinates. `kind` '': every kind. At most `most` places."""
    asked: dict[str, Any] = {"kind": kind, "most": most, "lat": where.lat, "lon": where.lon}
    rows = ask(_NEAREST, asked).rows
    ((known, unplaced, as_of_ms, behind, speed),) = ask(_KNOWN, asked).rows
    return Nearest([Candidate(*row) for row in rows], known, unplaced, as_of_ms, behind, speed)
