"""The rule of silence: when an identifier was heard of last, and what is heard so much later that it is another one."""

from streams.stitch.actor import NOBODY, Actor
from streams.stitch.identity.holder import is_made
from streams.stitch.state import StitchState, round_after


def first_heard(actor: Actor) -> int:
    """The earliest that occurred with a call or token (ms), as far as known; 0 for nothing."""
    times = [link[1] for link in actor.identity.links.values()]
    if actor.first_seen is not None:
        times.append(actor.first_seen)
    return min(times, default=0)


def row_at(key: str, actor: Actor) -> int:
    """Position of the only row of a stable or made identifier: the next call or token of one name has another."""
    return first_heard(actor) * 4 if is_made(key) else 0


def last_heard(actor: Actor) -> int | None:
    """The latest that occurred with a call or token, or was commanded about it (ms)."""
    times = [command[0] for command in actor.identity.off.values()]
    times += [link[1] for link in actor.identity.links.values()]
    if actor.last_seen is not None:
        times.append(actor.last_seen)
    return max(times, default=None)


def silent_at(state: StitchState, actor: Actor) -> int | None:
    """When nothing can come any more that breaks the silence (ms)."""
    last = last_heard(actor)
    return None if last is None else round_after(last + state.window_ms + state.lateness_ms)


def expect_silence(state: StitchState, key: str, actor: Actor) -> None:
    """See to it that a call or token is looked at when it may be sealed."""
    at = silent_at(state, actor)
    if actor.due is None and at is not None:
        state.wake(key, actor, at)


def is_early(state: StitchState, key: str, at: int) -> bool:
    """Whether it is not certain yet that what occurred then (ms) is about the call or token that is known by this name.

    It is another one after a silence of the deduplication window. What is older may still come, as long as time does
    not say otherwise, and the one that is known is there until it is sealed.
    """
    if state.watermark is None:
        return False
    actor = state.actor(key)
    last = None if actor is None else last_heard(actor)
    return state.certain_at(at) > state.watermark if last is None else at > last + state.window_ms


def told_at(key: str, actor: Actor) -> int | None:
    """Position of the row of a call or token; None where nothing was ever said of who holds it."""
    return None if actor.identity is NOBODY else row_at(key, actor)


def note_heard(state: StitchState, key: str, actor: Actor, row: int | None) -> None:
    """More is known of when a call or token was heard of; `row`: where its row was before."""
    if row is not None and row != row_at(key, actor):
        if actor.identity.holder:
            state.owe(key).part(actor.identity.holder, state.owed_version())  # which says when it was heard of first
        state.owe(key).link(row, state.owed_version())
        state.owe(key).link(row_at(key, actor), state.owed_version())
    expect_silence(state, key, actor)
