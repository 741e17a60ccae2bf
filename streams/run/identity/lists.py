"""What waits for a person's decision: identifiers that two people claim, and leases that too many held."""

from typing import NamedTuple

from streams.run.identity.links import Ask, Link, links_of_status
from streams.run.identity.person import Change, changes_of

_ENTRIES_EACH = 20


class Dispute(NamedTuple):
    """`link`: who keeps the identifier; `entries`: the ledger's, of everybody else who claims it, newest first."""

    link: Link
    entries: list[Change]


def disputes(ask: Ask, most: int) -> list[Dispute]:
    """Conflicts that are open, the newest evidence first."""
    links = links_of_status(ask, "conflict", most)
    if not links:
        return []
    entries = changes_of(ask, {link.identifier for link in links}, most * _ENTRIES_EACH, ("conflict",))
    by_identifier: dict[str, list[Change]] = {}
    for entry in entries:
        by_identifier.setdefault(entry.identifier, []).append(entry)
    return [Dispute(link, by_identifier.get(link.identifier, [])) for link in links]


def blocked(ask: Ask, most: int) -> list[Dispute]:
    """Leases that belong to nobody because too many held them."""
    links = links_of_status(ask, "blocked", most)
    entries = changes_of(ask, {link.identifier for link in links}, most * _ENTRIES_EACH, ("blocked",)) if links else []
    return [Dispute(link, [entry for entry in entries if entry.identifier == link.identifier]) for link in links]
