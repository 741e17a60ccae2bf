"""What a leased identifier has for whom: pieces within the lateness by its runs, the rest folded by holder."""

from typing import Final

from schemas.erased import ERASED
from streams.stitch.actor import (
    CHILD,
    CURRENT,
    FIRST_LEASE,
    LEASE,
    NOBODY,
    SETTLED,
    Actor,
    Child,
    Identity,
    Lease,
    LeasePage,
    PiecePage,
    Slice,
    lease_page,
    of_two,
    piece_page,
)
from streams.stitch.content import EMPTY, Content, add, merge
from streams.stitch.identity import lease as rules
from streams.stitch.identity.children import MANY, Groups
from streams.stitch.identity.held import Held
from streams.stitch.identity.lease import Evidence
from streams.stitch.piece import Piece, piece_pos, unpack
from streams.stitch.state import StitchState

LATEST: Final = rules.LATEST_RANK
"""Rank of a wait at the instant when it began, as of all else that is neither return nor issue."""


def has_line(actor: Actor) -> bool:
    """False for the many of which nothing was ever said: all that they have is nobody's."""
    return actor.identity is not NOBODY


def begin_line(actor: Actor) -> None:
    """Something was said of it."""
    if actor.identity is NOBODY:
        actor.identity = Identity({}, "", {}, None, {}, 0)
        actor.sum = None


def held_of(state: StitchState, key: str, actor: Actor) -> Held:
    """The line, from memory or from the entries."""
    held = state.held.get(key)
    if held is None:
        lease = lease_of(state, key)
        off = frozenset(target for target, command in actor.identity.off.items() if command[3])
        evidence = sorted(_evidence_of(state, key, lease))
        held = state.held[key] = Held(lease.runs, lease.forgotten, evidence, off, _latest(state, key, actor))
    return held


def _latest(state: StitchState, key: str, actor: Actor) -> int:
    """The latest position at which it has anything."""
    latest = max((piece_pos(piece) for piece in pieces_of(state, key, actor)), default=0)
    for child in state.kids.get(key, ()):
        entry = state.get(of_two(CHILD, key, child))
        if isinstance(entry, Child):
            latest = max(latest, entry.at or 0)
    return latest


def lease_of(state: StitchState, key: str) -> Lease:
    entry = state.get(LEASE + key)
    return entry if isinstance(entry, Lease) else FIRST_LEASE


def sum_of(state: StitchState, key: str, actor: Actor, label: str) -> Content:
    """All that `label` has of it, but for waits that may change; '' for what is nobody's: it is somebody of its own."""
    if not has_line(actor):
        if label:
            return EMPTY
        return sum_without_line(state, key, actor)
    held = held_of(state, key, actor)
    known = held.sums.get(label)
    if known is None:
        known = held.sums[label] = merge(*_parts(state, key, actor, held, label))
    return known


def sum_without_line(state: StitchState, key: str, actor: Actor) -> Content:
    """All that is had by somebody of whom nothing was ever said."""
    if actor.sum is None:
        actor.sum = actor.own
        for piece in pieces_of(state, key, actor):
            actor.sum = add(actor.sum, piece)
    return actor.sum


def _parts(state: StitchState, key: str, actor: Actor, held: Held, label: str) -> list[Content]:
    last = len(held.folded) - 1
    parts = [actor.own] if held.whose(last) == label else []
    barred = last in held.blocked
    for raw in state.slices.get(key, ()) if label == "" else (label,):
        off = raw == "" or raw in held.off or raw.startswith(ERASED)
        if off == (label == ""):
            parts.append(slice_of(state, SETTLED, key, raw))
        if (off or barred) == (label == ""):
            parts.append(slice_of(state, CURRENT, key, raw))
    if held.recent is None:
        held.recent = {}
        for piece in pieces_of(state, key, actor):
            whose = held.whose_at(piece_pos(piece))
            held.recent[whose] = add(held.recent.get(whose, EMPTY), piece)
    parts.append(held.recent.get(label, EMPTY))
    return parts + _children_for(state, key, held, label)


def _children_for(state: StitchState, key: str, held: Held, label: str) -> list[Content]:
    def entry_of(child: str) -> Child | None:
        entry = state.get(of_two(CHILD, key, child))
        return entry if isinstance(entry, Child) else None

    children = state.kids.get(key, ())
    if len(children) > MANY:
        held.groups = held.groups or Groups(children)
        return held.groups.contents(label, entry_of, lambda child: held.whose_at(child.at or 0))
    found = [entry for entry in map(entry_of, children) if entry is not None and held.whose_at(entry.at or 0) == label]
    return [entry.content for entry in found if entry.content is not None]


def slice_of(state: StitchState, kind: str, key: str, label: str) -> Content:
    entry = state.get(of_two(kind, key, label))
    return entry.content if isinstance(entry, Slice) else EMPTY


def pieces_of(state: StitchState, key: str, actor: Actor) -> list[Piece]:
    """Those that are not folded yet."""
    found = unpack(actor.recent) if actor.recent else []
    for number in range(*actor.piece_pages):
        page = state.get(piece_page(key, number))
        if isinstance(page, PiecePage):
            found += unpack(page.pieces)
    return found


def _evidence_of(state: StitchState, key: str, lease: Lease) -> list[Evidence]:
    found = [*lease.evidence]
    for number in range(*lease.pages):
        page = state.get(lease_page(key, number))
        if isinstance(page, LeasePage):
            found += [one for one in page.evidence if one[0] >= lease.line]
    return found
