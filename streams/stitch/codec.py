"""How entries are written to the changelog: compact JSON arrays, one form per kind of key."""

from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Callable, Iterable
from sys import intern
from typing import Any, Final

import orjson

from schemas.internal import When
from streams.stitch import money
from streams.stitch.actor import (
    CHILD,
    CLAIM,
    CLOSINGS,
    CURRENT,
    EVIDENCE_PAGE,
    GRAVE,
    ID_PAGE,
    LEASE,
    LEASE_PAGE,
    MARK,
    MERGES_OF,
    NO_PAGES,
    NOBODY,
    PIECE_PAGE,
    SEALED_PAGE,
    SETTLED,
    WAITING,
    Actor,
    Child,
    Claim,
    Closings,
    Entry,
    EvidencePage,
    Grave,
    Identity,
    IdPage,
    Lease,
    LeasePage,
    MergesOf,
    Pages,
    PiecePage,
    SealedPage,
    SealedRow,
    Slice,
    Waiting,
)
from streams.stitch.content import EMPTY, from_json, to_json
from streams.stitch.evidence import Evidence, characters
from streams.stitch.identity.holder import Link
from streams.stitch.identity.lease import Evidence as LeaseEvidence
from streams.stitch.identity.lease import Run
from streams.stitch.money import NO_MONEY
from streams.stitch.stay import NOWHERE, Stays, Whereabouts


def encode(entry: Entry) -> bytes:
    """The entry without its key."""
    return orjson.dumps(_WRITERS[type(entry)](entry))


def decode(key: str, value: bytes) -> Entry:
    """The reverse of `encode`; the key tells which kind of entry it is."""
    fields = orjson.loads(value)
    return _read_actor(fields) if key[:1] != MARK else _READERS[key[:3]](fields)


# -- actors ------------------------------------------------------------------------------------------------


def _actor(actor: Actor) -> list[Any]:
    return [
        actor.touchpoints,
        actor.first_seen,
        actor.last_seen,
        actor.late,
        actor.duplicates,
        _text(actor.ids),
        _or_0(actor.id_pages),
        actor.evidence,
        _or_0(actor.evidence_pages),
        0 if actor.carry == NOWHERE else actor.carry,
        actor.horizon,
        actor.open,
        actor.due,
        0 if actor.own is EMPTY else to_json(actor.own),
        0
        if not actor.newest and actor.money is NO_MONEY
        else (money.to_json(actor.money), _pieces(actor.recent), _or_0(actor.piece_pages), actor.newest),
        0 if actor.identity is NOBODY else tuple(actor.identity),
    ]


def _read_actor(fields: list[Any]) -> Actor:
    """Hundreds of thousands are read at a start, most of them without stays, pages or links: those cost least."""
    actor = Actor.__new__(Actor)
    actor.touchpoints, actor.first_seen, actor.last_seen, actor.late, actor.duplicates, remembered = fields[:6]
    actor.ids = a2b_base64(remembered) if remembered else b""
    id_pages, evidence, evidence_pages, carry, actor.horizon, open_stays, actor.due, own, leased, identity = fields[6:]
    actor.id_pages = _pages(id_pages)
    actor.evidence = _evidence(evidence) if evidence else ()
    actor.characters = sum([characters(one) for one in actor.evidence]) if evidence else 0
    actor.evidence_pages = _pages(evidence_pages)
    actor.carry = _read_whereabouts(carry) if carry else NOWHERE
    actor.open = _stays(open_stays) if open_stays else ()
    actor.own = from_json(own) if own else EMPTY
    actor.sum = None
    if leased:
        spent, pieces, pages, actor.newest = leased
        actor.money, actor.recent, actor.piece_pages = money.from_json(spent), _read_pieces(pieces), _pages(pages)
    else:
        actor.money, actor.recent, actor.piece_pages, actor.newest = NO_MONEY, b"", NO_PAGES, 0
    actor.identity = _identity(identity) if identity else NOBODY
    return actor


def _identity(fields: list[Any]) -> Identity:
    links, holder, off, into, tops, warned = fields
    return Identity(
        {target: _read_link(link) for target, link in links.items()},
        holder,
        {target: (command[0], command[1], command[2], command[3]) for target, command in off.items()},
        None if into is None else (into[0], into[1], _when(into[2])),
        {of: (told[0], told[1]) for of, told in tops.items()},
        warned,
    )


def _read_whereabouts(fields: Any) -> Whereabouts:
    going_on, call = fields
    return _stays(going_on), None if call is None else (call[0], call[1], call[2], call[3])


def _or_0(pages: Pages) -> Pages | int:
    return 0 if pages is NO_PAGES else pages


def _pages(fields: Any) -> Pages:
    return (fields[0], fields[1]) if fields else NO_PAGES


def _evidence(rows: list[Any]) -> tuple[Evidence, ...]:
    return tuple([(at, code, intern(s), e, intern(place), server) for at, code, s, e, place, server in rows])


def _stays(rows: list[Any]) -> Stays:
    return tuple([(intern(row[0]), *row[1:]) for row in rows])


def _text(packed: bytes) -> str:
    return b64encode(packed).decode("ascii")


def _pieces(packed: bytes) -> Any:
    """Packed pieces are JSON already, but for the brackets around them."""
    return orjson.Fragment(b"[" + packed[:-1] + b"]")


def _read_pieces(fields: list[Any]) -> bytes:
    return orjson.dumps(fields)[1:-1] + b"," if fields else b""


# -- the other entries ---------------------------------------------------------------------------------------


def _when(fields: Any) -> When | None:
    return (fields[0], fields[1], fields[2]) if fields else None


def _lease(lease: Lease) -> list[Any]:
    return [lease.line, [tuple(run) for run in lease.runs], lease.forgotten, lease.evidence, _or_0(lease.pages)]


def _read_lease(fields: list[Any]) -> Lease:
    line, runs, forgotten, evidence, pages = fields
    return Lease(line, tuple([Run(*run) for run in runs]), tuple(forgotten), _lease_evidence(evidence), _pages(pages))


def _lease_evidence(rows: list[Any]) -> tuple[LeaseEvidence, ...]:
    return tuple([(row[0], row[1], row[2], row[3], row[4]) for row in rows])


def _child(child: Child) -> list[Any]:
    fields = [child.version, child.at, None if child.content is None else to_json(child.content)]
    return [*fields, 1] if child.final else fields


def _read_child(fields: list[Any]) -> Child:
    version, at, content, *final = fields
    return Child(version, at, None if content is None else from_json(content), len(final))


def sealed_to_json(rows: Iterable[SealedRow]) -> list[Any]:
    return [tuple(row) for row in rows]


def sealed_from_json(rows: list[Any]) -> tuple[SealedRow, ...]:
    """Raises TypeError where they are something else."""
    found = []
    for identifier, version, pos, holder, at, until, status, link, base in rows:
        known = None if link is None else _read_link(link)
        found.append(SealedRow(identifier, version, pos, holder, at, until, status, known, base))
    return tuple(found)


def _read_link(fields: list[Any]) -> Link:
    return fields[0], fields[1], fields[2], fields[3], fields[4]


def _read_merges(fields: list[Any]) -> MergesOf:
    into, off, verdict = fields
    return MergesOf(
        {target: (when[0], when[1], when[2]) for target, when in into.items()},
        {target: (command[0], command[1], command[2], command[3]) for target, command in off.items()},
        verdict,
    )


_WRITERS: Final[dict[type, Callable[[Any], Any]]] = {
    Actor: _actor,
    IdPage: lambda page: [_text(page.ids)],
    EvidencePage: lambda page: page.evidence,
    Closings: lambda closings: closings.times,
    PiecePage: lambda page: _pieces(page.pieces),
    Lease: _lease,
    LeasePage: lambda page: page.evidence,
    Slice: lambda slice_: to_json(slice_.content),
    Child: _child,
    Claim: lambda claim: tuple(claim),
    MergesOf: lambda merges: tuple(merges),
    Grave: lambda grave: tuple(grave),
    SealedPage: lambda page: sealed_to_json(page.rows),
    Waiting: lambda waiting: tuple(waiting),
}
_READERS: Final[dict[str, Callable[[list[Any]], Entry]]] = {
    ID_PAGE: lambda fields: IdPage(a2b_base64(fields[0])),
    EVIDENCE_PAGE: lambda fields: EvidencePage(_evidence(fields)),
    CLOSINGS: lambda fields: Closings(tuple(fields)),
    PIECE_PAGE: lambda fields: PiecePage(_read_pieces(fields)),
    LEASE: _read_lease,
    LEASE_PAGE: lambda fields: LeasePage(_lease_evidence(fields)),
    SETTLED: lambda fields: Slice(from_json(fields)),
    CURRENT: lambda fields: Slice(from_json(fields)),
    CHILD: _read_child,
    CLAIM: lambda fields: Claim(fields[0], fields[1], _when(fields[2])),
    MERGES_OF: _read_merges,
    GRAVE: lambda fields: Grave(fields[0], fields[1]),
    SEALED_PAGE: lambda fields: SealedPage(sealed_from_json(fields)),
    WAITING: lambda fields: Waiting(tuple(fields[0]), tuple(fields[1])),
}
