"""What unlink or relink would move: people, visits, touchpoints and money before and after, on both sides."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from schemas.place import read_places
from streams.run.identity.links import EPOCH, Ask, chain_of, holdings_of, is_leased, links_of, top_of
from streams.run.identity.person import as_of, changes_of, totals_of
from streams.run.identity.rehearsal import NOTHING, Figures, Sent, rehearse
from streams.run.settings import Settings
from streams.sources.stored import touchpoint_of
from streams.validate.command import Command

MOST: Final = 200_000
"""So many touchpoints are gone through, which takes some twenty seconds; more are too many for a look ahead."""
_AT_ONCE: Final = 500
_CLAIMS: Final = ("link", "conflict", "claim", "holder", "merged", "unlinked")
_COLUMNS = """source, event_id, channel, type, occurred_text, identifiers, place, data, extra, operated_by,
    schema_version, toUnixTimestamp64Milli(received_at) AS received_ms, toUnixTimestamp64Milli(occurred_at) AS at_ms"""
_AT = f"SELECT {_COLUMNS} FROM touchpoints WHERE identifier IN {{identifiers:Array(String)}} LIMIT {MOST + 1}"
_WITH = f"""SELECT {_COLUMNS} FROM touchpoints
WHERE identifier IN {{identifiers:Array(String)}} AND hasAny(
    arrayMap((kind, value) -> concat(kind, ':', value), mapKeys(identifiers), mapValues(identifiers)),
    {{carried:Array(String)}}) LIMIT {MOST + 1}"""
_COMMANDS = """SELECT toUnixTimestamp64Milli(at), command, kind, weak, strong, who, why FROM identity_commands
WHERE kind IN ('unlink', 'relink') AND (weak IN {identifiers:Array(String)} OR strong IN {identifiers:Array(String)})
ORDER BY at, partition, offset"""
_OBEYED = f"""SELECT count() FROM identity_ledger_all
WHERE epoch = {EPOCH} AND command = {{command:String}}"""
_SETTINGS = "SELECT name, value FROM settings WHERE name IN ('timezone', 'currency')"


class TooManyError(ValueError):
    """More touchpoints than a look ahead goes through."""


class Side(NamedTuple):
    """One person whom it concerns; NOTHING where there is no such person, before or after."""

    person: str
    before: Figures
    after: Figures

    @property
    def changes(self) -> bool:
        return self.before != self.after


class Preview(NamedTuple):
    """`exact`: the figures before are those that people see now. If not, something came too late for live state.

    `settled_ms`: since when the weaker one is sealed, what it was is its holder's for good; None: it is not.
    """

    command: Command
    sides: list[Side]
    touchpoints: int
    as_of_ms: int | None
    exact: bool
    settled_ms: int | None = None

    @property
    def people_before(self) -> int:
        return sum(side.before != NOTHING for side in self.sides)

    @property
    def people_after(self) -> int:
        return sum(side.after != NOTHING for side in self.sides)


def preview(ask: Ask, settings: Settings, command: Command, now_ms: int) -> Preview:
    """Gone through twice by the stages themselves, without the command and with it. Raises TooManyError."""
    people = _people(ask, command)
    held = {identifier for person in people for identifier, _, _ in holdings_of(ask, person).spans}
    held |= {command.weak, command.strong}
    sent = _touchpoints(ask, held)
    given = [(row[0], Command(*row[1:])) for row in ask(_COMMANDS, {"identifiers": sorted(held)}).rows]
    known_ms = as_of(ask)
    until_ms = max([now_ms if known_ms is None else known_ms, *(one.at_ms for one in sent)])
    chosen = settings.model_copy(update={str(name): value for name, value in ask(_SETTINGS, {}).rows})
    places = read_places(settings.places)
    before = rehearse(chosen, places, sent, given, until_ms)
    after = rehearse(chosen, places, sent, [*given, (now_ms, command)], until_ms)
    sides = [
        Side(name, before.get(name, NOTHING), after.get(name, NOTHING)) for name in sorted(people.union(before, after))
    ]
    concerned = [side for side in sides if side.changes or side.person in people]
    return Preview(command, concerned, len(sent), known_ms, _is_exact(ask, concerned), _settled(ask, command))


def _settled(ask: Ask, command: Command) -> int | None:
    newest = changes_of(ask, [command.weak], 1, ("sealed", "holder"))
    return newest[0].known_ms if newest and newest[0].change == "sealed" else None


def is_seen(ask: Ask, found: Preview) -> bool:
    """Whether the ledger has the command, and everybody's figures are those that were foreseen."""
    if not ask(_OBEYED, {"command": found.command.command}).rows[0][0]:
        return False
    return all(_live(ask, side.person) == side.after for side in found.sides)


def _live(ask: Ask, person: str) -> Figures:
    totals = totals_of(ask, person)
    if totals is None:
        return NOTHING
    return Figures(totals.touchpoints, totals.visits, totals.orders, totals.amount, totals.waits, totals.wait_seconds)


def _people(ask: Ask, command: Command) -> set[str]:
    """Who has the two, who had the weaker one, and whoever else claims it."""
    named = {command.weak, command.strong}
    named |= {link.holder for link in links_of(ask, [command.weak]).get(command.weak, ()) if link.holder}
    for entry in changes_of(ask, [command.weak], 500, _CLAIMS):
        named |= {name for name in (entry.other, entry.before, entry.after) if name}
    return {top_of(name, chain_of(ask, name)) for name in named}


def _touchpoints(ask: Ask, held: set[str]) -> list[Sent]:
    """All at these identifiers, and those of others that carry a leased one among them: they cut its line."""
    rows = _read(ask, _AT, held, {})
    leased = sorted(identifier for identifier in held if is_leased(identifier))
    lines = links_of(ask, leased)
    others = {link.holder for line in lines.values() for link in line if link.holder} - held
    rows |= _read(ask, _WITH, others, {"carried": leased})
    if len(rows) > MOST:
        raise TooManyError(f"more than {MOST:,} touchpoints are concerned, too many to look ahead")
    return list(rows.values())


def _read(ask: Ask, sql: str, identifiers: set[str], more: dict[str, Any]) -> dict[tuple[str, str], Sent]:
    found: dict[tuple[str, str], Sent] = {}
    wanted = sorted(identifiers)
    for first in range(0, len(wanted), _AT_ONCE):
        for row in ask(sql, {"identifiers": wanted[first : first + _AT_ONCE], **more}).rows:
            found[str(row[0]), str(row[1])] = _sent(row)
    return found


_NAMES: Final = (
    *("source", "event_id", "channel", "type", "occurred_text", "identifiers", "place", "data", "extra"),
    *("operated_by", "schema_version"),
)


def _sent(row: Sequence[Any]) -> Sent:
    *columns, received_ms, at_ms = row
    return Sent(at_ms, received_ms, touchpoint_of(dict(zip(_NAMES, columns, strict=True))))


def _is_exact(ask: Ask, sides: Sequence[Side]) -> bool:
    return all(_live(ask, side.person) == side.before for side in sides)
