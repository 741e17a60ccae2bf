"""Who was erased, and until when: known by hashes only, so that nothing of them is kept."""

from hashlib import blake2b

from streams.stitch.actor import GRAVE, Grave
from streams.stitch.state import StitchState


def grave_of(state: StitchState, *names: str) -> Grave | None:
    """Of an identifier, or of (identifier, whom it was had for)."""
    return state.graves.get(_hash(names)) if state.graves else None


def bury(state: StitchState, grave: Grave, *names: str) -> bool:
    """False if nothing is new."""
    hashed = _hash(names)
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


def _hash(names: tuple[str, ...]) -> str:
    return blake2b("\0".join(names).encode(), digest_size=16).hexdigest()
