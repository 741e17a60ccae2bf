"""A touchpoint adds to whoever it belongs to now; links move it later."""

from streams.stitch.actor import Actor
from streams.stitch.content import EMPTY, add
from streams.stitch.identity.holder import is_leased, is_made
from streams.stitch.identity.keeping import keep_piece
from streams.stitch.identity.owed import note_own
from streams.stitch.identity.stable import total_of
from streams.stitch.money import merge
from streams.stitch.piece import Piece
from streams.stitch.state import StitchState


def add_piece(state: StitchState, key: str, actor: Actor, piece: Piece) -> None:
    """Count a touchpoint that was not counted before. `actor` is a copy for writing."""
    actor.touchpoints += 1
    if is_leased(key):
        _add_to_leased(state, key, actor, piece)
        return
    owed, version, before = state.owe(key), state.owed_version(), total_of(state, key, actor)
    actor.own = after = add(actor.own, piece)
    if key in state.kids:
        after = state.sums[key] = add(before, piece)
    holder = actor.identity.holder
    if holder:
        owed.part(holder, version)
    elif not is_made(key):
        note_own(owed, before, after, version)


def _add_to_leased(state: StitchState, key: str, actor: Actor, piece: Piece) -> None:
    owed, version = state.owe(key), state.owed_version()
    if piece[-1]:
        actor.money, _ = merge(actor.money, add(EMPTY, piece).money)
    whose, before, after = keep_piece(state, key, actor, piece)
    if whose:
        owed.part(whose, version)
    else:
        note_own(owed, before, after, version)
