"""Erasing people from the store: rows that name them are deleted for good, of every epoch; what is left is counted."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import orjson

from streams.store.client import Store

_ASKED = """
SELECT command, identifier, from_ms, until_ms, whole FROM erasures
WHERE identifier != '' ORDER BY command, identifier, from_ms"""
_AT_ONCE = "SETTINGS mutations_sync = 2"


class Erasure(NamedTuple):
    """Of an identifier what lies from `from_ms` up to and at `until_ms` (ms since 1970); `whole`: all that names it."""

    command: str
    identifier: str
    from_ms: int
    until_ms: int
    whole: bool


def asked(store: Store) -> list[Erasure]:
    """What is to be erased and is not known to be gone."""
    return [
        Erasure(command, identifier, from_ms, until_ms, bool(whole))
        for command, identifier, from_ms, until_ms, whole in store.query(_ASKED).rows
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
    """Nothing is left: the names in the list itself go too."""
    commands = _in("command", {one.command for one in erasures})
    names = _in("identifier", {one.identifier for one in erasures})
    store.command(f"ALTER TABLE erasures DELETE WHERE {commands} AND {names} {_AT_ONCE}")


# -- which rows ------------------------------------------------------------------------------------

_FORGET: Final = "identifier = '', payload_hash = '', erased = 1"


def _receipts_of(erasures: Sequence[Erasure]) -> str:
    return f"(source, event_id) IN (SELECT source, event_id FROM touchpoints WHERE {_in_time('occurred_at')(erasures)})"


def _in_time(time: str) -> Callable[[Sequence[Erasure]], str]:
    def condition(erasures: Sequence[Erasure]) -> str:
        spans = [
            f"(identifier = {_text(one.identifier)} AND {time} >= fromUnixTimestamp64Milli(toInt64({one.from_ms})) "
            f"AND {time} <= fromUnixTimestamp64Milli(toInt64({one.until_ms})))"
            for one in erasures
        ]
        return f"({' OR '.join(spans)})"

    return condition


def _naming(*columns: str) -> Callable[[Sequence[Erasure]], str]:
    def condition(erasures: Sequence[Erasure]) -> str:
        names = {one.identifier for one in erasures if one.whole}
        return f"({' OR '.join(_in(column, names) for column in columns)})"

    return condition


def _stays(erasures: Sequence[Erasure]) -> str:
    return f"({_in_time('joined_at')(erasures)} OR {_naming('identifier', 'customer')(erasures)})"


def _letters(erasures: Sequence[Erasure]) -> str:
    """Dead letters that have the name or its value as a JSON text, whatever it means there: rather one too many."""
    names = {one.identifier for one in erasures if one.whole}
    values = names | {name.partition(":")[2] for name in names}
    found = [f"position(base64Decode(payload), {_text(orjson.dumps(value).decode())}) > 0" for value in sorted(values)]
    return f"({' OR '.join(found) or '0'})"


_CONDITIONS: Final[dict[str, Callable[[Sequence[Erasure]], str]]] = {
    "touchpoints": _in_time("occurred_at"),
    "rejected": _letters,
    "stays_all": _stays,
    "identifiers_all": _naming("identifier"),
    "customers_all": _naming("customer"),
    "visits_all": _naming("customer"),
    "identity_links_all": _naming("identifier", "holder", "customer"),
    "identity_ledger_all": _naming("identifier", "before", "after", "other"),
}
"""By table, in the order in which they are gone through."""


def _count(store: Store, table: str, condition: str) -> int:
    answer = store.query(f"SELECT count() FROM {table} WHERE {condition}", settings={"final": 0})
    return int(answer.rows[0][0])


def _in(column: str, values: set[str]) -> str:
    return f"{column} IN ({', '.join(map(_text, sorted(values)))})" if values else "0"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
