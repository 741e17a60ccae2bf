"""What a what-if needs of the store: the stays of a line, who was at work, and the limits of its service level."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from streams.advise.fidelity import Elsewhere
from streams.advise.measures import Limits
from streams.advise.record import Record, Stay, record_of
from streams.advise.replay import Step
from streams.advise.staffing import BEGINNING_MS, inferred
from streams.run.identity.links import Ask
from streams.run.identity.person import as_of

MOST_STAYS: Final = 500_000
AROUND_MS: Final = 12 * 3_600_000
"""So long before and after the time asked for is read: who waits or serves at its ends, and the patience of people."""
STAFF_MS: Final = 7 * 86_400_000
"""The last word about staff that is older than this counts no more."""

Source = Literal["assigned", "planned", "inferred"]

_STAYS = f"""SELECT toUnixTimestamp64Milli(joined_at), toUnixTimestamp64Milli(started_at),
    if(outcome = 'timed_out', NULL, toUnixTimestamp64Milli(ended_at)), server, guessed
FROM stays WHERE kind = 'queue' AND place IN {{places:Array(String)}}
    AND joined_at >= fromUnixTimestamp64Milli({{since:Int64}}) AND joined_at < fromUnixTimestamp64Milli({{until:Int64}})
ORDER BY joined_at, identifier, nth LIMIT {MOST_STAYS + 1}"""
_STAFF = """SELECT place, toUnixTimestamp64Milli(occurred_at), JSONExtractUInt(data, 'count')
FROM touchpoints WHERE type = 'staff.assigned' AND place IN {places:Array(String)}
    AND occurred_at >= fromUnixTimestamp64Milli({since:Int64}) AND occurred_at < fromUnixTimestamp64Milli({until:Int64})
ORDER BY occurred_at, source, event_id"""
_PLACES = """SELECT id, servers, service_level_within_seconds, service_level_short_abandon_seconds
FROM places WHERE id IN {places:Array(String)} ORDER BY indexOf({places:Array(String)}, id)"""
_ELSEWHERE = """SELECT uniqExact(server), count() FROM stays
WHERE kind = 'queue' AND place NOT IN {places:Array(String)} AND server IN {servers:Array(String)}
    AND started_at >= fromUnixTimestamp64Milli({since:Int64})
    AND started_at < fromUnixTimestamp64Milli({until:Int64})"""


class TooManyError(ValueError):
    """More stays than are looked at at once."""


class Found(NamedTuple):
    """`staffing` and where it comes from; `as_of_ms` None: no stage has reported how far it is."""

    record: Record
    staffing: list[Step]
    source: Source
    limits: Limits
    elsewhere: Elsewhere
    as_of_ms: int | None


def read(ask: Ask, places: Sequence[str], from_ms: int, until_ms: int, wanted: Source | None) -> Found:
    """All that is known of the line of these places. `wanted` None: as assigned, else as planned, else inferred.

    Raises ValueError where the wanted staffing is not recorded, TooManyError above MOST_STAYS.
    """
    around = {"places": list(places), "since": from_ms - AROUND_MS, "until": until_ms + AROUND_MS}
    rows = ask(_STAYS, around).rows
    if len(rows) > MOST_STAYS:
        raise TooManyError(f"more than {MOST_STAYS:,} stays from 12 hours before to 12 hours after: ask for less time")
    record = record_of([Stay(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows])
    declared = {row[0]: row[1:] for row in ask(_PLACES, around).rows}
    staffing, source = _staffing(ask, record, declared, around, wanted)
    first = next((Limits(*map(float, columns[1:])) for columns in declared.values()), Limits())
    return Found(record, staffing, source, first, _elsewhere(ask, record, places, from_ms, until_ms), as_of(ask))


def _staffing(
    ask: Ask, record: Record, declared: Mapping[str, Sequence[Any]], around: Mapping[str, Any], wanted: Source | None
) -> tuple[list[Step], Source]:
    places: list[str] = around["places"]
    planned = {place: declared[place][0] for place in places if place in declared and declared[place][0] is not None}
    if wanted in (None, "assigned"):
        told = ask(_STAFF, {**around, "since": around["since"] - STAFF_MS}).rows
        assigned = {place for place, *_ in told}
        if assigned and assigned | planned.keys() >= set(places):
            begin = [(place, BEGINNING_MS, count) for place, count in planned.items()]
            return list(_sum([*begin, *told])), "assigned"
        if wanted:
            raise ValueError("nobody has said by staff.assigned how many work there")
    if wanted in (None, "planned"):
        if planned.keys() >= set(places):
            return [Step(BEGINNING_MS, sum(planned.values()))], "planned"
        if wanted:
            raise ValueError("no number of servers is declared for it in places.json")
    return inferred(record), "inferred"


def _sum(told: Sequence[Sequence[Any]]) -> Iterator[Step]:
    """One line of several places: whenever one of them changes, the sum of all."""
    counts: dict[str, int] = {}
    for place, at_ms, count in told:
        counts[place] = int(count)
        yield Step(int(at_ms), sum(counts.values()))


def _elsewhere(ask: Ask, record: Record, places: Sequence[str], from_ms: int, until_ms: int) -> Elsewhere:
    servers = sorted({stay.server for stay in record.stays if stay.server})
    if not servers:
        return Elsewhere()
    asked = {"places": list(places), "servers": servers, "since": from_ms, "until": until_ms}
    (row,) = ask(_ELSEWHERE, asked).rows
    return Elsewhere(int(row[0]), int(row[1]))
