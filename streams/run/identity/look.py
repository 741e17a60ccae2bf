"""One identifier looked up: who that is, how that is known, and all that belongs to the person."""

from typing import NamedTuple

from schemas.touchpoint.identifiers import MADE
from streams.run.identity.links import (
    Ask,
    Holdings,
    Link,
    chain_of,
    holdings_of,
    links_of,
    top_of,
)
from streams.run.identity.person import Change, Totals, as_of, changes_of, known_among, totals_of

_DECIDED = ("holder", "link", "claim", "merged", "relinked")
_MOST_CHANGES = 2_000


class Found(NamedTuple):
    """`line`: who held the identifier itself, from when to when; `chain`: from it up to `person`, as of now.

    `rules`: the ledger's entry that decided a link, by (identifier, holder). `disputes`: entries of conflicts that are
    open. `totals` None: nothing has been counted for this person.
    """

    identifier: str
    person: str
    as_of_ms: int | None
    line: list[Link]
    chain: list[Link]
    holdings: Holdings
    totals: Totals | None
    rules: dict[tuple[str, str], Change]
    disputes: list[Change]

    @property
    def is_nobody(self) -> bool:
        """A call or token that hangs on nothing: its touchpoints are nobody's yet."""
        return self.person.partition(":")[0] in MADE

    @property
    def is_laid_down(self) -> bool:
        """Somebody has held it, and nobody does now."""
        return not self.chain and any(link.holds for link in self.line)

    def rule_of(self, link: Link) -> str:
        """In a few words, '' where the ledger does not say."""
        entry = self.rules.get((link.identifier, link.holder))
        return entry.rule if entry else ""


def look_up(ask: Ask, identifier: str) -> Found | None:
    """None where no touchpoint ever named it, or everything of it has been forgotten."""
    line = links_of(ask, [identifier]).get(identifier, [])
    chain = chain_of(ask, identifier)
    person = top_of(identifier, chain)
    totals = totals_of(ask, person)
    if totals is None and not line and not known_among(ask, [identifier]):
        return None
    holdings = holdings_of(ask, person)
    links = [*line, *chain, *holdings.links]
    rules = _rules(ask, links)
    disputed = {link.identifier for link in links if link.status == "conflict"}
    disputes = changes_of(ask, disputed, _MOST_CHANGES, ("conflict",)) if disputed else []
    return Found(identifier, person, as_of(ask), line, chain, holdings, totals, rules, disputes)


def _rules(ask: Ask, links: list[Link]) -> dict[tuple[str, str], Change]:
    """The newest entry that gave the identifier to that holder."""
    if not links:
        return {}
    entries = changes_of(ask, {link.identifier for link in links}, _MOST_CHANGES, _DECIDED)
    return {(entry.identifier, entry.after): entry for entry in reversed(entries)}
