"""Stays and who holds the thing: whose a stay is, and what its finished wait adds to whom."""

from collections.abc import Iterable

from streams.stitch.actor import Actor
from streams.stitch.content import EMPTY, Content, add_wait, add_waits
from streams.stitch.identity.folding import fold_content
from streams.stitch.identity.graves import grave_at
from streams.stitch.identity.holder import is_leased, is_made
from streams.stitch.identity.leased import LATEST, has_line, held_of, sum_of
from streams.stitch.identity.stable import name_of, total_of
from streams.stitch.state import StitchState
from streams.stitch.visited import visit_at
from streams.stitch.waits import Wait, may_change, waits_on_line


def name_at(state: StitchState, identifier: str, joined: int) -> str:
    """Whose a stay is that began then (ms), as far as known; '' for a call or token that nobody holds."""
    actor = state.actor(identifier)
    name = identifier if actor is None else name_of(state, identifier, actor, joined * 4 + LATEST)
    return "" if name == identifier and is_made(identifier) else name


def was_erased(state: StitchState, identifier: str, joined: int) -> bool:
    """Whether a stay that began then (ms) was somebody's who is erased: it may end others, and is nowhere said."""
    return grave_at(state, identifier, state.actor(identifier), joined * 4 + LATEST) is not None


def with_waits(state: StitchState, key: str, actor: Actor, holder: str, content: Content) -> Content:
    """What a holder has of it ('': what is nobody's), and the finished waits of stays that may still change."""
    if may_change(actor):
        waits = [wait for wait in waits_on_line(state, key, actor) if _holder_at(state, key, actor, wait[0]) == holder]
        if waits and state.graves:
            waits = [wait for wait in waits if not was_erased(state, key, wait[0])]
        if waits:
            return add_waits(content, waits)
    return content


def _holder_at(state: StitchState, key: str, actor: Actor, joined: int) -> str:
    if not is_leased(key):
        return actor.identity.holder
    return held_of(state, key, actor).whose_at(joined * 4 + LATEST) if has_line(actor) else ""


def waits_changed(state: StitchState, key: str, actor: Actor, joined: Iterable[int]) -> None:
    """Finished waits that began at these instants (ms) came, went or changed: whoever has them hears."""
    owed, version = state.owe(key), state.owed_version()
    for at in joined:
        holder = _holder_at(state, key, actor, at)
        if holder:
            owed.part(holder, version)
        elif not is_made(key):
            content = sum_of(state, key, actor, "") if is_leased(key) else total_of(state, key, actor)
            owed.row = version
            # Waits make no visits, so that none has changed but the one in which it lies.
            start = visit_at(content, at)
            if start is not None:
                owed.visit(start, version)


def fold_waits(state: StitchState, key: str, actor: Actor, waits: Iterable[Wait]) -> None:
    """These will not change any more: they are among what is kept from now on."""
    for joined, wait_ms in waits:
        if state.graves and was_erased(state, key, joined):
            continue
        if is_leased(key):
            fold_content(state, key, actor, joined * 4 + LATEST, add_wait(EMPTY, joined, wait_ms))
            continue
        actor.own = add_wait(actor.own, joined, wait_ms)
        if key in state.sums:
            state.sums[key] = add_wait(state.sums[key], joined, wait_ms)
