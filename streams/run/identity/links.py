"""Who holds whom, read from the rows: chains of links upwards to a person, and all that a person holds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from schemas.touchpoint.identifiers import LEASED

EPOCH: Final = "(SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL)"
HELD: Final = ("held", "conflict")
"""Statuses of a link that holds: of several that claim it, the earliest keeps it."""
FIRST_POS, LAST_POS = -(1 << 63), (1 << 63) - 1
MOST_HELD: Final = 2_000
"""So many identifiers of one person are looked at; more are counted as `more`."""
_LONGEST_CHAIN: Final = 12
_MADE: Final = ("call:", "token:")
_AT_ONCE: Final = 1_000

_COLUMNS = """identifier, from_pos, toUnixTimestamp64Milli(from_time), holder, holder_pos, status,
    toUnixTimestamp64Milli(evidence_at), evidence_source, evidence_event_id, evidence_type"""
# Read from the table and not from its view: the view joins every link there is, these find a few by their key.
_LINKS = f"""SELECT {_COLUMNS} FROM identity_links_all
WHERE epoch = {EPOCH} AND identifier IN {{identifiers:Array(String)}} ORDER BY identifier, from_pos"""
_CHILDREN = f"""SELECT DISTINCT identifier FROM identity_links_all
WHERE epoch = {EPOCH} AND holder IN {{holders:Array(String)}} ORDER BY identifier LIMIT {MOST_HELD + 1}"""
_OF_STATUS = f"""SELECT {_COLUMNS} FROM identity_links_all
WHERE epoch = {EPOCH} AND status = {{status:String}} ORDER BY evidence_at DESC, identifier LIMIT {{most:UInt32}}"""


class Answer(Protocol):
    """Of the store."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]: ...


Ask = Callable[[str, Mapping[str, Any]], Answer]
"""Runs SQL with its parameters; blocks."""


class Evidence(NamedTuple):
    """The touchpoint that says so; `at_ms` None and '' where none does."""

    at_ms: int | None
    source: str
    event_id: str
    type: str


class Link(NamedTuple):
    """From `from_pos` to before `until_pos` on its line the identifier belongs to `holder` ('': to nobody).

    Positions are ms * 4 + rank; an identifier that never changes hands has the widest. `from_ms` None: ever since.
    """

    identifier: str
    from_pos: int
    from_ms: int | None
    holder: str
    holder_pos: int
    status: str
    evidence: Evidence
    until_pos: int = LAST_POS

    @property
    def holds(self) -> bool:
        return bool(self.holder) and self.status in HELD

    @property
    def until_ms(self) -> int | None:
        return None if self.until_pos == LAST_POS else self.until_pos // 4


def is_leased(identifier: str) -> bool:
    return identifier.partition(":")[0] in LEASED


def links_of(ask: Ask, identifiers: Iterable[str]) -> dict[str, list[Link]]:
    """By identifier, in the order of its line; those that nothing was ever said of are missing."""
    wanted = sorted(set(identifiers))
    found: list[Sequence[Any]] = []
    for first in range(0, len(wanted), _AT_ONCE):
        found += ask(_LINKS, {"identifiers": wanted[first : first + _AT_ONCE]}).rows
    by_identifier: dict[str, list[Link]] = {}
    for row in found:
        by_identifier.setdefault(row[0], []).append(_link(row))
    return {identifier: _spread(links) for identifier, links in by_identifier.items()}


def links_of_status(ask: Ask, status: str, most: int) -> list[Link]:
    """The newest evidence first."""
    return [_link(row) for row in ask(_OF_STATUS, {"status": status, "most": most}).rows]


def link_at(links: Sequence[Link], pos: int | None) -> Link | None:
    """The one that holds there, or now."""
    at = LAST_POS - 1 if pos is None else pos
    return next((link for link in reversed(links) if link.from_pos <= at), None)


def chain_of(ask: Ask, identifier: str, pos: int | None = None) -> list[Link]:
    """Links from the identifier upwards, at this position of its line or as of now; none where nobody holds it."""
    chain: list[Link] = []
    while len(chain) < _LONGEST_CHAIN:
        links = links_of(ask, [identifier]).get(identifier, [])
        link = link_at(_named_now(links) if pos is None else links, pos)
        if link is None or not link.holds:
            break
        chain.append(link)
        identifier, pos = link.holder, link.holder_pos if is_leased(link.holder) else None
    return chain


def _named_now(links: Sequence[Link]) -> Sequence[Link]:
    """Until another call or token bears the name, it stands for the last one, though that was sealed."""
    ended = len(links) > 1 and links[-1].identifier.startswith(_MADE) and not links[-1].holder and links[-2].holds
    return links[:-1] if ended else links


def top_of(identifier: str, chain: Sequence[Link]) -> str:
    """The person at the end of a chain: the identifier itself where nobody holds it."""
    return chain[-1].holder if chain else identifier


class Holdings(NamedTuple):
    """What a person holds and held. `spans`: whose touchpoints are theirs, (identifier, from, before) on its line."""

    links: list[Link]
    spans: list[tuple[str, int, int]]
    more: bool


def holdings_of(ask: Ask, top: str) -> Holdings:
    """Level by level downwards, each identifier for as long as it belongs to the person."""
    spans = {top: _own_spans(ask, top)}
    held: list[Link] = []
    frontier, more = [top], False
    while frontier and not more:
        children = [str(row[0]) for row in ask(_CHILDREN, {"holders": frontier}).rows]
        below: dict[str, list[tuple[int, int]]] = {}
        for identifier, links in links_of(ask, children).items():
            for link in links:
                if link.holds and link.holder in frontier and _within(link, spans[link.holder]):
                    held.append(link)
                    below.setdefault(identifier, []).append((link.from_pos, link.until_pos))
        frontier = [identifier for identifier in below if identifier not in spans]
        spans |= below
        more = len(spans) > MOST_HELD
    flat = [(identifier, start, end) for identifier, pieces in spans.items() for start, end in pieces]
    return Holdings(held, flat, more)


def _own_spans(ask: Ask, top: str) -> list[tuple[int, int]]:
    """A leased identifier that is a person of its own is so while nobody holds it."""
    links = links_of(ask, [top]).get(top, []) if is_leased(top) else []
    return [(link.from_pos, link.until_pos) for link in links if not link.holds] or [(FIRST_POS, LAST_POS)]


def _within(link: Link, spans: Sequence[tuple[int, int]]) -> bool:
    """What hangs on something leased belongs to whoever has that at the link's instant."""
    return not is_leased(link.holder) or any(start <= link.holder_pos < end for start, end in spans)


def _link(row: Sequence[Any]) -> Link:
    identifier, from_pos, from_ms, holder, holder_pos, status, at_ms, source, event_id, kind = row
    if from_ms is None:
        from_pos = FIRST_POS
    return Link(identifier, from_pos, from_ms, holder, holder_pos, status, Evidence(at_ms, source, event_id, kind))


def _spread(links: list[Link]) -> list[Link]:
    """Each ends where the next begins."""
    ends = [link.from_pos for link in links[1:]] + [LAST_POS]
    return [link._replace(until_pos=end) for link, end in zip(links, ends, strict=True)]
