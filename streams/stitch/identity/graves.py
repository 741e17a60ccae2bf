"""Who was erased, and until when: known by hashes only, so that nothing of them is kept."""

from schemas.erased import ERASED, hash_of, label_of
from streams.stitch.actor import GRAVE, Actor, Grave
from streams.stitch.identity.holder import is_leased
from streams.stitch.identity.leased import has_line, held_of
from streams.stitch.state import StitchState


def grave_of(state: StitchState, *names: str) -> Grave | None:
    """Of an identifier, or of (identifier, whom it was had for)."""
    return state.graves.get(hash_of(*names)) if state.graves else None


def bury(state: StitchState, grave: Grave, *names: str) -> bool:
    """False if nothing is new."""
    return bury_hash(state, grave, hash_of(*names))


def bury_hash(state: StitchState, grave: Grave, hashed: str) -> bool:
    """The same where nobody knows the name any more."""
    known = state.graves.get(hashed)
    if known is not None and known.at >= grave.at:
        return False
    state.graves[hashed] = grave
    state.put(GRAVE + hashed, grave)
    return True


def is_erased(state: StitchState, at: int, *names: str) -> bool:
    """Whether what occurred then (ms) was erased before it came."""
    grave = grave_of(state, *names)
    return grave is not None and at <= grave.at


def label_known(state: StitchState, key: str, actor: Actor | None, at: int, holder: str) -> str:
    """The holder as evidence of this time (ms) may name them."""
    if not holder:
        return holder
    label = label_of(key, holder)
    unlinked = actor is not None and label in actor.identity.off
    return label if unlinked or (state.graves and is_erased(state, at, key, holder)) else holder


def grave_at(state: StitchState, key: str, actor: Actor | None, pos: int) -> Grave | None:
    """The erasure that took what lay at this position: of whoever had the identifier then, or of itself."""
    if not state.graves:
        return None
    if actor is None or not is_leased(key) or not has_line(actor):
        grave = grave_of(state, key)
    else:
        held = held_of(state, key, actor)
        index = held.index_at(pos)
        run, whose, itself = held.runs[index], held.whose(index), grave_of(state, key)
        if index in held.blocked:
            grave = itself
        elif run.label.startswith(ERASED) and run.label not in held.off:
            grave = state.graves.get(run.label.removeprefix(ERASED))
        elif whose and (itself is None or run.at is None or run.at <= itself.at):
            grave = grave_of(state, key, whose)
        else:  # it was nobody's, also where somebody has come since who would get what was before
            grave = itself
    return grave if grave is not None and pos <= line_of(grave) else None


def line_of(grave: Grave) -> int:
    """The last position that was erased."""
    return grave.at * 4 + 3
