"""Are two identifiers one person: the chains of links that say so, or what stands between them."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from streams.run.identity.links import (
    FIRST_POS,
    LAST_POS,
    Ask,
    Link,
    chain_of,
    holdings_of,
    is_leased,
    links_of,
    top_of,
)
from streams.run.identity.person import Change, as_of, changes_of, known_among
from streams.sources.instants import rfc3339

Obstacle = Literal[
    "unlinked",
    "conflict",
    "blocked",
    "merge_refused",
    "handed_on",
    "shared",
    "not_linked",
    "never_together",
    "unknown",
]

_COMMANDS: Final = """SELECT weak, strong, argMax(kind, (at, partition, offset)) AS last,
    argMax(who, (at, partition, offset)), argMax(why, (at, partition, offset)), toUnixTimestamp64Milli(max(at))
FROM identity_commands
WHERE kind IN ('unlink', 'relink') AND weak IN {both:Array(String)} AND strong IN {both:Array(String)}
GROUP BY weak, strong HAVING last = 'unlink'"""
_TOGETHER: Final = """SELECT count(), toUnixTimestamp64Milli(max(occurred_at)) FROM touchpoints
WHERE identifier IN {both:Array(String)}
    AND identifiers[{a_type:String}] = {a_value:String} AND identifiers[{b_type:String}] = {b_value:String}"""
_MOST_CHANGES: Final = 2_000
_MOST_SHARED: Final = 5
_MOST_LEASES: Final = 6
"""So many things that both have had are named, and of each the last leases; the others are counted."""


class Reason(NamedTuple):
    """What stands between them, in words; `entry`: the ledger's, where there is one."""

    obstacle: Obstacle
    words: str
    entry: Change | None = None


class Period(NamedTuple):
    """ms; None: ever before, or until now."""

    from_ms: int | None
    until_ms: int | None


class Explanation(NamedTuple):
    """`periods`: when they were one person, where they are not now."""

    a: str
    b: str
    person_a: str
    person_b: str
    chain_a: list[Link]
    chain_b: list[Link]
    as_of_ms: int | None
    periods: list[Period]
    reasons: list[Reason]

    @property
    def one(self) -> bool:
        return self.person_a == self.person_b


def explain(ask: Ask, a: str, b: str) -> Explanation:
    """As of now; for what passes from hand to hand also of former times."""
    chain_a, chain_b = chain_of(ask, a), chain_of(ask, b)
    person_a, person_b = top_of(a, chain_a), top_of(b, chain_b)
    found = Explanation(a, b, person_a, person_b, chain_a, chain_b, as_of(ask), [], [])
    if found.one:
        return found
    found = found._replace(periods=_periods(ask, a, b))
    return found._replace(reasons=list(_reasons(ask, found)))


def _periods(ask: Ask, a: str, b: str) -> list[Period]:
    pairs = ((mine, theirs) for mine in _persons(ask, a) for theirs in _persons(ask, b))
    common = [(max(m[0], t[0]), min(m[1], t[1])) for m, t in pairs if m[2] == t[2]]
    return [Period(*(_time(pos) for pos in span)) for span in sorted(common) if span[0] < span[1]]


def _persons(ask: Ask, identifier: str) -> list[tuple[int, int, str]]:
    """(from, before, person) over the identifier's line."""
    links = links_of(ask, [identifier]).get(identifier, [])
    if not is_leased(identifier) or not links:
        return [(FIRST_POS, LAST_POS, top_of(identifier, chain_of(ask, identifier)))]
    return [(link.from_pos, link.until_pos, _person_of(ask, link)) for link in links]


def _person_of(ask: Ask, link: Link) -> str:
    return top_of(link.identifier, chain_of(ask, link.identifier, link.from_pos))


def _time(pos: int) -> int | None:
    return None if pos in (FIRST_POS, LAST_POS) else pos // 4


# -- what stands between them --------------------------------------------------------------------


def _reasons(ask: Ask, found: Explanation) -> Iterator[Reason]:
    known = set(known_among(ask, [found.a, found.b]))
    for identifier, chain in ((found.a, found.chain_a), (found.b, found.chain_b)):
        if identifier not in known and not chain and not links_of(ask, [identifier]):
            yield Reason("unknown", f"no touchpoint has named {identifier}")
    sides = [_side(ask, person) for person in (found.person_a, found.person_b)]
    obstacles = [*_unlinked(ask, sides), *_disputed(ask, sides), *_blocked(ask, found), *_handed_on(found)]
    shared = list(_shared(ask, found.person_a, found.person_b))
    yield from obstacles + shared
    if not (obstacles or shared):
        yield _together(ask, found.a, found.b)


def _side(ask: Ask, person: str) -> set[str]:
    return {person, *(identifier for identifier, _, _ in holdings_of(ask, person).spans)}


def _unlinked(ask: Ask, sides: Sequence[set[str]]) -> Iterator[Reason]:
    for weak, strong, _, who, why, at_ms in ask(_COMMANDS, {"both": sorted(sides[0] | sides[1])}).rows:
        if _across(sides, weak, strong):
            words = f"{who or 'somebody'} has unlinked {weak} from {strong}" + (f": {why}" if why else "")
            entry = Change(at_ms, weak, "unlinked", strong, "", strong, "unlink", None, "", "", "", "", who)
            yield Reason("unlinked", words, entry)


def _disputed(ask: Ask, sides: Sequence[set[str]]) -> Iterator[Reason]:
    for entry in changes_of(ask, sides[0] | sides[1], _MOST_CHANGES, ("conflict", "merge_refused")):
        if not _across(sides, entry.identifier, entry.other) and not _across(sides, entry.other, entry.after):
            continue
        if entry.change == "merge_refused":
            yield Reason("merge_refused", f"merging {entry.identifier} into {entry.other} would close a circle", entry)
        else:
            keeps = entry.after or entry.before
            words = f"{entry.identifier} is claimed by {entry.other} too; the earlier, {keeps}, keeps it"
            yield Reason("conflict", words, entry)


def _blocked(ask: Ask, found: Explanation) -> Iterator[Reason]:
    for identifier in (found.a, found.b):
        if any(link.status == "blocked" for link in links_of(ask, [identifier]).get(identifier, [])):
            words = f"{identifier} was held by more than 16 within one lease, so that lease belongs to nobody"
            yield Reason("blocked", words)


def _handed_on(found: Explanation) -> Iterator[Reason]:
    """They were one person: what passes from hand to hand has done so."""
    for identifier in (found.a, found.b):
        if found.periods and is_leased(identifier):
            yield Reason("handed_on", f"{identifier} has been given back or given to somebody else since")


def _shared(ask: Ask, a: str, b: str) -> Iterator[Reason]:
    """What passes from hand to hand and was in the hands of both: who had it when, and which touchpoint says so."""
    had = [_leases_of(ask, person) for person in (a, b)]
    both = sorted(had[0].keys() & had[1].keys())
    for identifier in both[:_MOST_SHARED]:
        spans = [(link, person) for links, person in zip(had, (a, b), strict=True) for link in links[identifier]]
        spans.sort(key=lambda span: span[0].from_pos)
        told = "; ".join(_lease(link, person) for link, person in spans[-_MOST_LEASES:])
        earlier = f"; {len(spans) - _MOST_LEASES:,} leases before" if len(spans) > _MOST_LEASES else ""
        yield Reason("shared", f"both have had {identifier}, which makes nobody one: {told}{earlier}")
    if len(both) > _MOST_SHARED:
        yield Reason("shared", f"and {len(both) - _MOST_SHARED:,} other things that both have had")


def _leases_of(ask: Ask, person: str) -> dict[str, list[Link]]:
    by_identifier: dict[str, list[Link]] = {}
    for link in holdings_of(ask, person).links:
        if is_leased(link.identifier):
            by_identifier.setdefault(link.identifier, []).append(link)
    return by_identifier


def _lease(link: Link, person: str) -> str:
    since = "from the beginning" if link.from_ms is None else f"from {rfc3339(link.from_ms)}"
    until = "until now" if link.until_ms is None else f"until {rfc3339(link.until_ms)}"
    known = link.evidence
    by = "" if known.at_ms is None else f" by {known.type} {known.source}/{known.event_id} of {rfc3339(known.at_ms)}"
    return f"{person} {since} {until}{by}"


def _across(sides: Sequence[set[str]], one: str, other: str) -> bool:
    return (one in sides[0] and other in sides[1]) or (one in sides[1] and other in sides[0])


def _together(ask: Ask, a: str, b: str) -> Reason:
    (a_type, _, a_value), (b_type, _, b_value) = a.partition(":"), b.partition(":")
    params = {"both": [a, b], "a_type": a_type, "a_value": a_value, "b_type": b_type, "b_value": b_value}
    ((count, _),) = ask(_TOGETHER, params).rows if a_type != b_type else ((0, None),)
    if not count:
        return Reason("never_together", "no touchpoint carries both, and no chain of links leads from one to the other")
    words = f"{count:,} touchpoints carry both, but none of them carries whom both belong to"
    if is_leased(a) and is_leased(b):
        words += "; two things that pass from hand to hand are linked through a person only"
    return Reason("not_linked", words)
