"""Erasure: an identifier forgets all that it has, or what it has for one holder, and its children hear of it."""

from typing import Any

from schemas.internal import MERGES
from streams.outbox import Outbox
from streams.stitch.actor import (
    CHILD,
    CLAIM,
    CURRENT,
    LEASE,
    MARK,
    SETTLED,
    Actor,
    Claim,
    Grave,
    Identity,
    evidence_page,
    id_page,
    lease_page,
    of_two,
    piece_page,
    sealed_page,
)
from streams.stitch.content import EMPTY
from streams.stitch.identity import forgetting
from streams.stitch.identity.change import look, owe_changes
from streams.stitch.identity.graves import bury, grave_at, grave_of
from streams.stitch.identity.holder import claims_of, is_leased, is_made
from streams.stitch.identity.lease import position
from streams.stitch.identity.leased import has_line, held_of, lease_of, sum_of
from streams.stitch.identity.ledger import Evidence, tell_changes
from streams.stitch.identity.owed import note_own
from streams.stitch.identity.say import tell_child, tell_erasure
from streams.stitch.identity.silence import row_at
from streams.stitch.identity.stable import CUSTOMER, links_of, total_of
from streams.stitch.state import StitchState
from streams.stitch.tell import tell_difference
from streams.stitch.waits import may_change


def erase(state: StitchState, key: str, grave: Grave, evidence: Evidence, out: Outbox, *, holder: str = "") -> None:
    """All that the identifier has is forgotten, what is later than `grave.at` included; its children hear of it.

    Of a leased one that others have or had, only what is nobody's. `holder`: who was erased so that this one goes too.
    """
    actor = state.actor(key)
    if actor is not None and is_leased(key) and _has_others(state, key, actor):
        forgetting.forget_nobodys(state, key, grave, evidence, out)
        return
    known = grave_of(state, key)
    if known is not None and known.at >= grave.at:
        return
    # What is later goes from the tables as well as from here: else they would say otherwise than the live rows.
    until = grave.at if actor is None or actor.last_seen is None else max(grave.at, actor.last_seen)
    bury(state, grave._replace(at=until), key)
    # Before this call or token another one may have had its name.
    first = row_at(key, actor) if actor is not None and is_made(key) else 0
    tell_erasure(state, key, grave, first, until * 4 + 3, out, whole=not is_made(key))
    tell_changes(state, key, [("erased", "", "", "", "by command")], evidence, out)
    if key.startswith(CUSTOMER):
        tell_child(state, key, MERGES, grave._replace(at=until), out)
    if actor is None:
        return
    state.owe(key).counts = state.owed_version()
    for child in sorted(state.kids.get(key, ())):  # whoever was a child once still knows the name
        if MARK not in child:  # one that is sealed hears nothing
            tell_child(state, key, child, grave, out)
    forgetting.forget_sealed(state, key, grave, out, lambda _: True)
    if may_change(actor):
        line = state.line(key, actor)
        stays = (*line.over(0, None), *line.ended, *actor.open)
        tell_difference(state, key, stays, (), state.version(), out)
    for name in {*actor.identity.links, *actor.identity.off, *actor.identity.tops}:
        state.owe(key).part(name, state.owed_version())  # whoever knows the name keeps it no longer
    if is_leased(key):
        _take_back_leased(state, key, actor)
        _drop(state, key, actor, until)
        return
    before = look(state, key, actor)
    for target, (claimed, _) in claims_of(before.links).items():
        if holder and claimed == holder:
            # Said before the claim goes: without it the target would be somebody else's by the time that it hears.
            tell_child(state, holder, target, grave, out)
    state.owe(key).link(row_at(key, actor), state.owed_version())
    _drop(state, key, actor, until)
    owe_changes(state, key, _begin_anew(state, key, actor, until), before, out)


def _has_others(state: StitchState, key: str, actor: Actor) -> bool:
    """Whether anything is known of it that concerns somebody else."""
    named = has_line(actor) and any(run.label for run in held_of(state, key, actor).runs)
    return named or any(command[3] for command in actor.identity.off.values())


def _take_back_leased(state: StitchState, key: str, actor: Actor) -> None:
    owed, version, held = state.owe(key), state.owed_version(), held_of(state, key, actor)
    note_own(owed, sum_of(state, key, actor, ""), EMPTY, version)
    for run in held.runs:
        owed.link(run.pos, version)


def _drop(state: StitchState, key: str, actor: Actor, until: int) -> None:
    """Every entry that is about it, but for claims of later than `until` (ms), and what was derived from them."""
    pages = (
        (id_page, actor.id_pages),
        (evidence_page, actor.evidence_pages),
        (piece_page, actor.piece_pages),
        (lease_page, lease_of(state, key).pages),
    )
    dropped = [page(key, number) for page, numbers in pages for number in range(*numbers)]
    dropped += [sealed_page(key, number) for number in range(*state.sealed_pages.get(key, (0, 0)))]
    for kind, others in ((CHILD, state.kids), (SETTLED, state.slices), (CURRENT, state.slices)):
        dropped += [of_two(kind, key, other) for other in others.get(key, ())]
    for claimer in sorted(state.claimers.get(key, ())):
        claim = state.get(of_two(CLAIM, key, claimer))
        if not (isinstance(claim, Claim) and claim.when is not None and claim.when[0] > until):
            dropped.append(of_two(CLAIM, key, claimer))
            state.claimers[key].discard(claimer)
    for entry in (key, LEASE + key, *dropped):
        if state.get(entry) is not None:
            state.drop(entry)
    state.sealed.pop(key, None)
    state.sealed_pages.pop(key, None)
    for index in (state.kids, state.slices):
        index.pop(key, None)
    state.sums.pop(key, None)
    state.groups.pop(key, None)
    state.held.pop(key, None)
    state.forget_line(key)
    state.forget_paged_ids(key)


def _begin_anew(state: StitchState, key: str, was: Actor, until: int) -> Actor:
    """What is left of a stable or made identifier: only later links. Without any there is no entry of it."""
    identity = was.identity
    links = {target: link for target, link in identity.links.items() if link[1] > until}
    into = identity.into
    if into is not None and (into[2] is None or into[2][0] <= until):
        into = None
    if not (links or into or state.claimers.get(key)):
        return Actor()
    actor = state.own(key)
    actor.identity = Identity(links, "", {}, into, {}, 0)
    return actor


def forget(state: StitchState, key: str, message: dict[str, Any], at_ms: int, out: Outbox) -> None:
    """A holder was erased: this identifier forgets what it has for it; if it is held by it for ever, all of it."""
    holder, grave = message["f"], Grave(message["t"], message["c"])
    actor = state.actor(key)
    evidence = Evidence(at_ms, None, "", grave.command)
    if is_leased(key):
        forgetting.forget_holder(state, key, holder, grave, evidence, out)
    elif actor is None:
        return
    elif actor.identity.holder == holder and _begins_by(state, key, actor, grave.at):
        erase(state, key, grave, evidence, out, holder=holder)
    else:
        forgetting.forget_link(state, key, holder, grave, out)


def _begins_by(state: StitchState, key: str, actor: Actor, at: int) -> bool:
    """Whether anything of it, or what says who holds it, is of then or earlier."""
    total, link = total_of(state, key, actor), links_of(state, key, actor).get(actor.identity.holder)
    firsts = (total.first if total.touchpoints else None, actor.first_seen, None if link is None else link[1])
    return any(first is not None and first <= at for first in firsts)


def grave_over(state: StitchState, key: str, at: int, kind: str) -> Grave | None:
    """The erasure that a touchpoint of this identifier comes too late for: of itself, or of whoever had it then."""
    return grave_at(state, key, state.actor(key), position(at, kind))
