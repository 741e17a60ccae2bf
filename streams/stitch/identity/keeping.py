"""What is new of a leased identifier is kept: pieces, and evidence on its line, in pages where there are many."""

from heapq import heappush

from streams.stitch.actor import (
    FOLD,
    LEASE,
    MOST_LEASE_EVIDENCE,
    MOST_PIECE_BYTES,
    NO_PAGES,
    NOBODY,
    Actor,
    LeasePage,
    PiecePage,
    lease_page,
    piece_page,
)
from streams.stitch.content import EMPTY, Content, add
from streams.stitch.identity.folding import fold
from streams.stitch.identity.lease import Evidence
from streams.stitch.identity.leased import begin_line, held_of, lease_of, sum_of, sum_without_line
from streams.stitch.piece import Piece, pack, piece_pos
from streams.stitch.state import StitchState, round_after


def keep_piece(state: StitchState, key: str, actor: Actor, piece: Piece) -> tuple[str, Content, Content]:
    """A piece that it does not have yet. Returns whose it is, and what that one has of it before and after."""
    if len(actor.recent) > MOST_PIECE_BYTES:
        _make_room(state, key, actor)
    if actor.identity is NOBODY:
        whose, before = "", sum_without_line(state, key, actor)
        after = actor.sum = add(before, piece)
    else:
        held = held_of(state, key, actor)
        whose = held.whose_at(piece_pos(piece))
        held.latest = max(held.latest, piece_pos(piece))
        before = sum_of(state, key, actor, whose)
        after = held.sums[whose] = add(before, piece)
        if held.recent is not None:
            held.recent[whose] = add(held.recent.get(whose, EMPTY), piece)
    actor.recent += pack(piece)
    _wake(state, key, actor, piece_pos(piece) >> 2)
    return whose, before, after


def _make_room(state: StitchState, key: str, actor: Actor) -> None:
    """Fold what is behind the horizon; if that is little, what is left goes into a page."""
    if state.horizon is not None:
        fold(state, key, actor, state.horizon)
    if len(actor.recent) > MOST_PIECE_BYTES // 2:
        _turn_page(state, key, actor)


def make_room_on_line(state: StitchState, key: str, actor: Actor) -> None:
    """For one piece of evidence more: fold what is behind the horizon; if there is none, all goes into a page."""
    if len(lease_of(state, key).evidence) < MOST_LEASE_EVIDENCE:
        return
    if state.horizon is not None:
        fold(state, key, actor, state.horizon)
    lease = lease_of(state, key)
    if len(lease.evidence) >= MOST_LEASE_EVIDENCE:
        first, after = lease.pages
        state.put(lease_page(key, after), LeasePage(lease.evidence))
        state.put(LEASE + key, lease._replace(evidence=(), pages=(first, after + 1)))


def keep_evidence(state: StitchState, key: str, actor: Actor, evidence: Evidence) -> bool:
    """Evidence that the line does not have yet. True: its runs may have changed, see `Held.rethink`."""
    held, lease = held_of(state, key, actor), lease_of(state, key)
    state.put(LEASE + key, lease._replace(evidence=(*lease.evidence, evidence)))
    begin_line(actor)
    _wake(state, key, actor, evidence[0] >> 2)
    return held.insert(evidence)


def _wake(state: StitchState, key: str, actor: Actor, at: int) -> None:
    if not actor.newest:
        heappush(state.timers, (round_after(at + state.lateness_ms), FOLD + key))
    actor.newest = max(actor.newest, at, 1)


def put_pieces(state: StitchState, key: str, actor: Actor, pieces: list[Piece]) -> None:
    """These, and no others, are those that are not folded."""
    for number in range(*actor.piece_pages):
        state.drop(piece_page(key, number))
    actor.piece_pages, actor.recent, actor.sum = NO_PAGES, b"", None
    for piece in pieces:
        if len(actor.recent) > MOST_PIECE_BYTES:
            _turn_page(state, key, actor)
        actor.recent += pack(piece)


def _turn_page(state: StitchState, key: str, actor: Actor) -> None:
    first, after = actor.piece_pages
    state.put(piece_page(key, after), PiecePage(actor.recent))
    actor.piece_pages, actor.recent = (first, after + 1), b""
