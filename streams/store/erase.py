"""Erasing people from the store: rows that name them are deleted for good, of every epoch; what is left is counted."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import orjson

from schemas.erased import ERASED, hash_of
from schemas.touchpoint.identifiers import MADE, is_pseudonym
from streams.store.client import Store

_ASKED = """
SELECT command, identifier, if(until_pos = 0, from_ms * 4, from_pos) AS first,
       if(until_pos = 0, until_ms * 4 + 3, until_pos) AS last, whole
FROM erasures WHERE identifier != '' ORDER BY command, identifier, first"""
_AT_ONCE = "SETTINGS mutations_sync = 2"


class Erasure(NamedTuple):
    """Of an identifier what lies from `from_pos` up to and at `until_pos` (ms since 1970 * 4, and an order within each,
    as in `erasures`); `whole`: all that names it by then."""

    command: str
    identifier: str
    from_pos: int
    until_pos: int
    whole: bool

    @property
    def from_ms(self) -> int:
        return self.from_pos >> 2

    @property
    def until_ms(self) -> int:
        return self.until_pos >> 2


def asked(store: Store) -> list[Erasure]:
    """What is to be erased and is not known to be gone."""
    return [
        Erasure(command, identifier, first, last, bool(whole))
        for command, identifier, first, last, whole in store.query(_ASKED).rows
    ]


def survivors(store: Store, erasures: Sequence[Erasure]) -> dict[str, int]:
    """By table: rows that should be gone, replaced versions included."""
    conditions = {table: of(erasures) for table, of in _CONDITIONS.items()}
    return {table: _count(store, table, condition) for table, condition in conditions.items()}


def erase(store: Store, erasures: Sequence[Erasure]) -> dict[str, int]:
    """Delete what is there and return how many rows of which table. Any number of times; safe to break off anywhere."""
    found = survivors(store, erasures)
    if found["touchpoints"]:
        # First, while the touchpoints still say which receipts are meant.
        store.command(f"ALTER TABLE receipts UPDATE {_FORGET} WHERE {_receipts_of(erasures)} {_AT_ONCE}")
    for table in [table for table, rows in found.items() if rows]:
        store.command(f"ALTER TABLE {table} DELETE WHERE {_CONDITIONS[table](erasures)} {_AT_ONCE}")
    return found


def close(store: Store, erasures: Sequence[Erasure]) -> None:
    """Nothing is left: the names in the commands and in the list go too. A hash of each is kept, for rebuilds."""
    whole = [one for one in erasures if one.whole]
    if whole:
        kept = [{"hash": hash_of(one.identifier), "until_ms": one.until_ms, "command": one.command} for one in whole]
        store.insert_rows("erased", b"\n".join(map(orjson.dumps, kept)))
        names = {one.identifier for one in whole}
        asked_for = f"kind = 'erase' AND {_in('weak', names)}"
        hashes = ", ".join(_text(ERASED + hash_of(name)) for name in sorted(names))
        listed = ", ".join(map(_text, sorted(names)))
        store.command(
            f"ALTER TABLE identity_commands UPDATE weak = transform(weak, [{listed}], [{hashes}], weak) "
            f"WHERE {asked_for} {_AT_ONCE}"
        )
        about = f"kind != 'erase' AND ({_in('weak', names)} OR {_in('strong', names)})"
        store.command(f"ALTER TABLE identity_commands DELETE WHERE {about} {_AT_ONCE}")
    commands = _in("command", {one.command for one in erasures})
    identifiers = _in("identifier", {one.identifier for one in erasures})
    store.command(f"ALTER TABLE erasures DELETE WHERE {commands} AND {identifiers} {_AT_ONCE}")


# -- which rows ------------------------------------------------------------------------------------

_FORGET: Final = "identifier = '', payload_hash = '', erased = 1"


def _receipts_of(erasures: Sequence[Erasure]) -> str:
    return f"(source, event_id) IN (SELECT source, event_id FROM touchpoints WHERE {_touchpoints(erasures)})"


_OF_TYPE: Final = "transform(type, ['wristband.returned', 'wristband.issued'], [0, 2], 3)"


def _at_positions(time: str, of_type: str) -> Callable[[Sequence[Erasure]], str]:
    """Of one identifier, within what is to go of it; by time as well, since tables are sorted by it."""

    def condition(erasures: Sequence[Erasure]) -> str:
        position = f"toUnixTimestamp64Milli({time}) * 4 + {of_type}"
        spans = [
            f"(identifier = {_text(one.identifier)} AND {_from(time, one.from_ms)} AND {_by(time, one.until_ms)} "
            f"AND {position} BETWEEN {one.from_pos} AND {one.until_pos})"
            for one in erasures
        ]
        return f"({' OR '.join(spans)})"

    return condition


_touchpoints: Final = _at_positions("occurred_at", _OF_TYPE)
_stays_of_things: Final = _at_positions("joined_at", "3")


def _naming(time: str, *columns: str) -> Callable[[Sequence[Erasure]], str]:
    """Rows that name who was erased, but for what is known of a time after it: whoever comes back is new."""

    def condition(erasures: Sequence[Erasure]) -> str:
        whole = {one.identifier: one.until_ms for one in erasures if one.whole}
        named = [
            f"({column} = {_text(name)} AND ({time} IS NULL OR {_by(time, until_ms)}))"
            for name, until_ms in sorted(whole.items())
            for column in columns
        ]
        return f"({' OR '.join(named) or '0'})"

    return condition


def _stays(erasures: Sequence[Erasure]) -> str:
    return f"({_stays_of_things(erasures)} OR {_naming('joined_at', 'customer')(erasures)})"


_MADE: Final = tuple(f"{kind}:" for kind in MADE)


def _identifiers(erasures: Sequence[Erasure]) -> str:
    """A call or token goes as a whole, though another one may bear its name before or after it."""
    within = [
        f"(identifier = {_text(one.identifier)} AND {_from('first_seen', one.from_ms)} "
        f"AND {_by('last_seen', one.until_ms)})"
        for one in erasures
        if one.identifier.startswith(_MADE)
    ]
    return f"({' OR '.join(within) or '0'} OR {_naming('first_seen', 'identifier')(erasures)})"


def _letters(erasures: Sequence[Erasure]) -> str:
    """Dead letters in which the name was found, or that have it or its value as a JSON text: rather one too many."""
    names = {one.identifier for one in erasures if one.whole}
    values = {name.partition(":")[2] for name in names}
    listed = ", ".join(map(_text, sorted(names | {value for value in values if is_pseudonym(value)})))
    found = [f"hasAny(names, [{listed}])"] if names else []
    found += [
        f"position(base64Decode(payload), {_text(orjson.dumps(value).decode())}) > 0"
        for value in sorted(names | values)
    ]
    return f"({' OR '.join(found) or '0'})"


_CONDITIONS: Final[dict[str, Callable[[Sequence[Erasure]], str]]] = {
    "touchpoints": _touchpoints,
    "rejected": _letters,
    "stays_all": _stays,
    "identifiers_all": _identifiers,
    "customers_all": _naming("first_seen", "customer"),
    "visits_all": _naming("started_at", "customer"),
    "identity_links_all": _naming("evidence_at", "identifier", "holder", "customer"),
    "identity_ledger_all": _naming("evidence_at", "identifier", "before", "after", "other"),
}
"""By table, in the order in which they are gone through."""


def erased_before(store: Store, command: str) -> dict[str, int]:
    """By table: rows that an earlier receipt of this command counts."""
    sql = f"SELECT store, erased FROM erasure_receipts WHERE command = {_text(command)} AND erased > 0"
    return {table: int(rows) for table, rows in store.query(sql).rows}


def unreadable_letters(store: Store) -> tuple[int, int | None]:
    """Dead letters of which nobody knows whom they name, and when the youngest of them came (ms)."""
    answer = store.query("SELECT count(), toUnixTimestamp64Milli(max(rejected_at)) FROM rejected WHERE readable = 0")
    letters, youngest = answer.rows[0]
    return int(letters), int(youngest) if letters else None


def _count(store: Store, table: str, condition: str) -> int:
    answer = store.query(f"SELECT count() FROM {table} WHERE {condition}", settings={"final": 0})
    return int(answer.rows[0][0])


def _from(time: str, at_ms: int) -> str:
    return f"{time} >= fromUnixTimestamp64Milli(toInt64({at_ms}))"


def _by(time: str, at_ms: int) -> str:
    return f"{time} <= fromUnixTimestamp64Milli(toInt64({at_ms}))"


def _in(column: str, values: set[str]) -> str:
    return f"{column} IN ({', '.join(map(_text, sorted(values)))})" if values else "0"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
