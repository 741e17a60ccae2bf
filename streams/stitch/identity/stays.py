"""Stays and who holds the thing: whose a stay is, and what its finished wait adds to whom."""

from collections.abc import Iterable

from streams.stitch.actor import Actor
from streams.stitch.content import EMPTY, Content, add_wait, visits_of
from streams.stitch.identity.holder import is_leased, is_made
from streams.stitch.identity.leased import LATEST, fold_content, has_line, held_of, sum_of
from streams.stitch.identity.stable import name_of, total_of
from streams.stitch.state import StitchState
from streams.stitch.waits import Wait


def name_at(state: StitchState, identifier: str, joined: int) -> str:
    """Whose a stay is that began then (ms), as far as known; '' for a call or token that nobody holds."""
    actor = state.actor(identifier)
    name = identifier if actor is None else name_of(state, identifier, actor, joined * 4 + LATEST)
    return "" if name == identifier and is_made(identifier) else name


def waits_changed(state: StitchState, key: str, actor: Actor, joined: Iterable[int]) -> None:
    """Finished waits that began at these instants (ms) came, went or changed: whoever has them hears."""
    owed, version = state.owe(key), state.owed_version()
    state.sums.pop(key, None)
    by_holder: dict[str, list[int]] = {}
    if not is_leased(key):
        by_holder[actor.identity.holder] = [*joined]
    elif has_line(actor):
        held = held_of(state, key, actor)
        for at in joined:
            by_holder.setdefault(held.whose_at(at * 4 + LATEST), []).append(at)
        for holder in by_holder:
            held.sums.pop(holder, None)
    else:
        by_holder[""] = [*joined]
    for holder, times in by_holder.items():
        if holder:
            owed.part(holder, version)
        elif not is_made(key):
            content = sum_of(state, key, actor, "") if is_leased(key) else total_of(state, key, actor)
            owed.row = version
            for start in _visits_at(content, times):
                owed.visit(start, version)


def _visits_at(content: Content, times: Iterable[int]) -> set[int]:
    """Waits make no visits, so that nothing but what is in these can have changed."""
    visits = visits_of(content)
    return {visit.start for at in times for visit in visits if visit.start <= at <= visit.cover}


def fold_waits(state: StitchState, key: str, actor: Actor, waits: Iterable[Wait]) -> None:
    """These will not change any more: they are among what is kept from now on."""
    for joined, wait_ms in waits:
        if is_leased(key):
            fold_content(state, key, actor, joined * 4 + LATEST, add_wait(EMPTY, joined, wait_ms))
        else:
            actor.own = add_wait(actor.own, joined, wait_ms)
