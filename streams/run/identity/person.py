"""What is known of one person, read from the rows: totals, visits with what happened in them, touchpoints, history."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from streams.run.identity.links import EPOCH, Ask, Holdings

_TOTALS = f"""SELECT toUnixTimestamp64Milli(first_seen), toUnixTimestamp64Milli(last_seen), touchpoints, visits, orders,
    amount, other_currencies, waits, wait_seconds, consents, audiences
FROM customers_all WHERE epoch = {EPOCH} AND customer = {{customer:String}}"""
_VISITS = f"""SELECT toUnixTimestamp64Milli(started_at), toUnixTimestamp64Milli(ended_at),
    toUnixTimestamp64Milli(covers_until), touchpoints, channels, places, bookings, amount, waits, wait_seconds
FROM visits_all WHERE epoch = {EPOCH} AND customer = {{customer:String}}
    AND started_at < fromUnixTimestamp64Milli({{before:Int64}}) ORDER BY started_at DESC LIMIT {{most:UInt32}}"""
_STAYS = """SELECT place, identifier, toUnixTimestamp64Milli(joined_at), toUnixTimestamp64Milli(started_at),
    toUnixTimestamp64Milli(ended_at), outcome, wait_seconds, service_seconds, kind, guessed
FROM stays WHERE customer = {customer:String} AND joined_at >= fromUnixTimestamp64Milli({since:Int64})
    AND joined_at <= fromUnixTimestamp64Milli({until:Int64}) ORDER BY joined_at, place LIMIT 2000"""
_POS = """toUnixTimestamp64Milli(occurred_at) * 4
    + multiIf(type = 'wristband.returned', 0, type = 'wristband.issued', 2, 3)"""
_TOUCHPOINTS = f"""SELECT toUnixTimestamp64Milli(occurred_at), source, event_id, channel, type, place, identifier,
    identifiers, amount, currency, data
FROM touchpoints WHERE identifier IN {{identifiers:Array(String)}}
    AND arrayExists((i, start, end) -> i = identifier AND {_POS} >= start AND {_POS} < end,
        {{identifiers:Array(String)}}, {{starts:Array(Int64)}}, {{ends:Array(Int64)}})
    AND (occurred_at, source, event_id) < (fromUnixTimestamp64Milli({{before:Int64}}), {{source:String}},
        {{event_id:String}})
ORDER BY occurred_at DESC, source DESC, event_id DESC LIMIT {{most:UInt32}}"""
_CARRIED = """SELECT toUnixTimestamp64Milli(occurred_at), source, event_id, channel, type, place, identifier,
    identifiers, amount, currency, data
FROM touchpoints WHERE identifier IN {identifiers:Array(String)} AND identifiers[{kind:String}] = {value:String}
ORDER BY occurred_at DESC, source DESC, event_id DESC LIMIT {most:UInt32}"""
_AS_OF = """SELECT toUnixTimestamp64Milli(min(watermark)) FROM (
    SELECT argMax(watermark, at) AS watermark FROM pipeline
    WHERE stage = 'stitch' AND at > (SELECT max(at) FROM pipeline) - INTERVAL 10 MINUTE GROUP BY partition)"""
_CHANGES = f"""SELECT toUnixTimestamp64Milli(known_at), identifier, change, before, after, other, rule,
    toUnixTimestamp64Milli(evidence_at), evidence_source, evidence_event_id, evidence_type, command, who
FROM identity_ledger_all WHERE epoch = {EPOCH} AND identifier IN {{identifiers:Array(String)}}
    AND (empty({{kinds:Array(String)}}) OR change IN {{kinds:Array(String)}})
ORDER BY version DESC, nth DESC LIMIT {{most:UInt32}}"""
_NAMES = "SELECT id, name FROM places WHERE id IN {places:Array(String)} AND name != ''"
_KNOWN = "SELECT DISTINCT identifier FROM identifiers WHERE identifier IN {identifiers:Array(String)}"

LATEST_MS: Final = 10_000_000_000_000
"""After all time that a touchpoint may carry."""
Cursor = tuple[int, str, str]
"""(occurred_at in ms, source, event_id): touchpoints before it follow."""
FROM_THE_NEWEST: Final[Cursor] = (LATEST_MS, "", "")


class Totals(NamedTuple):
    """All that counts for the person; money in the currency of the installation, others beside it."""

    first_ms: int | None
    last_ms: int | None
    touchpoints: int
    visits: int
    orders: int
    amount: Decimal
    other_currencies: dict[str, Decimal]
    waits: int
    wait_seconds: float
    consents: dict[str, int]
    audiences: list[str]


class Stay(NamedTuple):
    """Where the person was, with what in the hand; `outcome` '' while it lasts."""

    place: str
    identifier: str
    joined_ms: int
    started_ms: int | None
    ended_ms: int | None
    outcome: str
    wait_seconds: float | None
    service_seconds: float | None
    kind: str
    guessed: int


class Visit(NamedTuple):
    """A stretch of activity over all channels; `open`: something that happens now would still belong to it."""

    started_ms: int
    ended_ms: int
    covers_until_ms: int
    touchpoints: int
    channels: list[str]
    places: list[str]
    bookings: list[str]
    amount: Decimal
    waits: int
    wait_seconds: float
    open: bool = False
    stays: tuple[Stay, ...] = ()


class Touchpoint(NamedTuple):
    """As it was received; `identifier`: where it was aggregated, `identifiers`: all that it carried."""

    at_ms: int
    source: str
    event_id: str
    channel: str
    type: str
    place: str | None
    identifier: str
    identifiers: dict[str, str]
    amount: Decimal | None
    currency: str
    data: str

    @property
    def cursor(self) -> Cursor:
        return self.at_ms, self.source, self.event_id


class Change(NamedTuple):
    """One entry of the ledger: what changed about an identifier, by which rule and evidence, or by whose command."""

    known_ms: int
    identifier: str
    change: str
    before: str
    after: str
    other: str
    rule: str
    at_ms: int | None
    source: str
    event_id: str
    type: str
    command: str
    who: str


def totals_of(ask: Ask, customer: str) -> Totals | None:
    """None where there is no such person (any more)."""
    rows = ask(_TOTALS, {"customer": customer}).rows
    return Totals(*rows[0]) if rows else None


def as_of(ask: Ask) -> int | None:
    """Everything that happened up to then (ms) is in the figures; None where no stage has reported."""
    (row,) = ask(_AS_OF, {}).rows
    return None if row[0] is None else int(row[0])


def visits_of(ask: Ask, customer: str, most: int, now_ms: int | None, before_ms: int = LATEST_MS) -> list[Visit]:
    """The newest first, each with its stays. `now_ms`: `as_of`."""
    rows = ask(_VISITS, {"customer": customer, "before": before_ms, "most": most}).rows
    visits = [Visit(*row) for row in rows]
    if not visits:
        return []
    span = {"since": visits[-1].started_ms, "until": max(visit.covers_until_ms for visit in visits)}
    stays = [Stay(*row) for row in ask(_STAYS, {"customer": customer, **span}).rows]
    return [
        visit._replace(
            open=now_ms is not None and visit.covers_until_ms > now_ms,
            stays=tuple(stay for stay in stays if visit.started_ms <= stay.joined_ms <= visit.covers_until_ms),
        )
        for visit in visits
    ]


def touchpoints_of(ask: Ask, holdings: Holdings, most: int, before: Cursor = FROM_THE_NEWEST) -> list[Touchpoint]:
    """The newest before the cursor first, over everything that the person holds and held."""
    identifiers, starts, ends = (list(column) for column in zip(*holdings.spans, strict=True))
    at_ms, source, event_id = before
    spans = {"identifiers": identifiers, "starts": starts, "ends": ends}
    cursor = {"before": at_ms, "source": source, "event_id": event_id, "most": most}
    return [Touchpoint(*row) for row in ask(_TOUCHPOINTS, spans | cursor).rows]


def changes_of(ask: Ask, identifiers: Iterable[str], most: int, kinds: Sequence[str] = ()) -> list[Change]:
    """Of the ledger, the newest first. `kinds`: only these changes; none given: all."""
    wanted = {"identifiers": sorted(set(identifiers)), "kinds": list(kinds), "most": most}
    return [Change(*row) for row in ask(_CHANGES, wanted).rows]


def names_of(ask: Ask, places: Iterable[str]) -> dict[str, str]:
    """What places are called; those without a name are missing."""
    wanted = sorted(set(places))
    return {str(row[0]): str(row[1]) for row in ask(_NAMES, {"places": wanted}).rows} if wanted else {}


def known_among(ask: Ask, identifiers: Sequence[str]) -> list[str]:
    """Which of these any touchpoint was ever aggregated at."""
    found: set[Any] = {row[0] for row in ask(_KNOWN, {"identifiers": list(identifiers)}).rows}
    return [identifier for identifier in identifiers if identifier in found]


def carried_by(ask: Ask, identifier: str, holders: Iterable[str], most: int) -> list[Touchpoint]:
    """The newest touchpoints that carried this identifier, whoever of the holders they count for."""
    kind, _, value = identifier.partition(":")
    known = sorted({identifier, *holders} - {""})
    params = {"identifiers": known, "kind": kind, "value": value, "most": most}
    return [Touchpoint(*row) for row in ask(_CARRIED, params).rows]
