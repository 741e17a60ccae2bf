"""Erasure: an identifier forgets all that it has, or what it has for one holder, and its children hear of it."""

from typing import Any

import orjson

from schemas.internal import Forget
from streams.outbox import Outbox
from streams.stitch.actor import (
    CHILD,
    CLAIM,
    CURRENT,
    LEASE,
    NO_PAGES,
    SETTLED,
    Actor,
    Grave,
    Slice,
    evidence_page,
    id_page,
    lease_page,
    of_two,
    piece_page,
)
from streams.stitch.content import EMPTY, Content
from streams.stitch.identity.change import look_at_line, note_line
from streams.stitch.identity.graves import bury, grave_of
from streams.stitch.identity.holder import claims_of, is_leased, is_made
from streams.stitch.identity.keeping import put_pieces
from streams.stitch.identity.lease import Run, position
from streams.stitch.identity.leased import has_line, held_of, lease_of, pieces_of, sum_of
from streams.stitch.identity.ledger import Evidence, tell_changes
from streams.stitch.identity.owed import note_own
from streams.stitch.identity.silence import row_at
from streams.stitch.identity.stable import children_of, links_of, total_of
from streams.stitch.piece import piece_pos
from streams.stitch.state import StitchState
from streams.stitch.tell import tell_difference
from streams.stitch.waits import may_change
from streams.topology import EVENTS


def erase(state: StitchState, key: str, grave: Grave, evidence: Evidence, out: Outbox) -> None:
    """All that the identifier has is forgotten, what is later than `grave.at` included; its children hear of it."""
    if not bury(state, grave, key):
        return
    tell_erasure(state, key, grave, 0, grave.at, out, whole=True)
    tell_changes(state, key, [("erased", "", "", "", "by command")], evidence, out)
    actor = state.actor(key)
    if actor is None:
        return
    if is_leased(key):
        _take_back_leased(state, key, actor)
    else:
        _take_back(state, key, actor)
    held = {child for child, _ in children_of(state, key)}
    for child in sorted(state.kids.get(key, ())):
        if child in held or is_leased(child):  # whoever was a wearer once is still named on a line
            tell_child(state, key, child, grave, out)
    if may_change(actor):
        line = state.line(key, actor)
        stays = (*line.over(0, None), *line.ended, *actor.open)
        tell_difference(state, key, stays, (), state.version(), out)
    _drop(state, key, actor)


def _take_back(state: StitchState, key: str, actor: Actor) -> None:
    owed, version, holder = state.owe(key), state.owed_version(), actor.identity.holder
    owed.link(row_at(key, actor), version)
    for target in claims_of(links_of(state, key, actor)):
        owed.claim(target, version)
    if holder:
        owed.part(holder, version)
    elif not is_made(key):
        note_own(owed, total_of(state, key, actor), EMPTY, version)


def _take_back_leased(state: StitchState, key: str, actor: Actor) -> None:
    owed, version, held = state.owe(key), state.owed_version(), held_of(state, key, actor)
    note_own(owed, sum_of(state, key, actor, ""), EMPTY, version)
    for run in held.runs:
        owed.link(run.pos, version)
    for label in {*held.holders(), *state.slices.get(key, ())}:
        if label:
            owed.part(label, version)


def _drop(state: StitchState, key: str, actor: Actor) -> None:
    """Every entry that is about it, and what was derived from them."""
    pages = (
        (id_page, actor.id_pages),
        (evidence_page, actor.evidence_pages),
        (piece_page, actor.piece_pages),
        (lease_page, lease_of(state, key).pages),
    )
    dropped = [page(key, number) for page, numbers in pages for number in range(*numbers)]
    for kind, others in (
        (CHILD, state.kids),
        (CLAIM, state.claimers),
        (SETTLED, state.slices),
        (CURRENT, state.slices),
    ):
        dropped += [of_two(kind, key, other) for other in others.get(key, ())]
    for entry in (key, LEASE + key, *dropped):
        if state.get(entry) is not None:
            state.drop(entry)
    for index in (state.kids, state.claimers, state.slices):
        index.pop(key, None)
    state.sums.pop(key, None)
    state.groups.pop(key, None)
    state.held.pop(key, None)
    state.forget_line(key)
    state.forget_paged_ids(key)


def forget(state: StitchState, key: str, message: dict[str, Any], at_ms: int, out: Outbox) -> None:
    """A holder was erased: this identifier forgets what it has for it; if it is nobody else's ever, all of it."""
    holder, grave = message["f"], Grave(message["t"], message["c"])
    actor = state.actor(key)
    if is_leased(key):
        _forget_holder(state, key, holder, grave, at_ms, out)
    elif actor is not None and actor.identity.holder in (holder, ""):  # '': a claim was taken back on the way here
        erase(state, key, grave, Evidence(at_ms, None, "", grave.command), out)


def _last_ms(next_pos: int) -> int:
    """Of a run that ends before `next_pos`: a return still belongs to the wearer, what else is of that instant not."""
    return (next_pos >> 2) - (next_pos & 3 != 1)


def _forget_holder(state: StitchState, key: str, holder: str, grave: Grave, at_ms: int, out: Outbox) -> None:
    bury(state, grave, key, holder)
    if state.actor(key) is None:
        return
    actor, line = state.own(key), grave.at * 4 + 3
    before, held = look_at_line(state, key, actor), held_of(state, key, actor)
    for index, run in enumerate(held.runs):
        if run.label == holder and run.pos <= line:
            until = _last_ms(held.runs[index + 1].pos) if index + 1 < len(held.runs) else grave.at
            tell_erasure(state, key, grave, max(run.pos >> 2, 0), min(until, grave.at), out, whole=False)
    for child in sorted(state.kids.get(key, ())):
        entry = state.get(of_two(CHILD, key, child))
        at = getattr(entry, "at", None) or 0
        if at <= line and held.whose_at(at) == holder:
            tell_child(state, key, child, grave, out)
    pieces = pieces_of(state, key, actor)
    kept = [one for one in pieces if piece_pos(one) > line or held.runs[held.index_at(piece_pos(one))].label != holder]
    put_pieces(state, key, actor, kept)
    for kind in (SETTLED, CURRENT):
        entry = state.get(of_two(kind, key, holder))
        if isinstance(entry, Slice) and _begins_by(entry.content, grave.at):
            state.drop(of_two(kind, key, holder))
    _forget_evidence(state, key, actor, holder, line)
    state.held.pop(key, None)
    note_line(state, key, actor, before, out)
    state.owe(key).part(holder, state.owed_version())
    tell_changes(
        state, key, [("erased", "", "", "", "a holder was erased")], Evidence(at_ms, None, "", grave.command), out
    )


def _forget_evidence(state: StitchState, key: str, actor: Actor, holder: str, line: int) -> None:
    """Nothing says any more that it was that one's, up to this position."""
    lease = lease_of(state, key)
    held = held_of(state, key, actor)
    evidence = [
        (pos, source, event_id, "", kind) if label == holder and pos <= line else (pos, source, event_id, label, kind)
        for pos, source, event_id, label, kind in held.evidence
    ]
    kept = tuple([one for one in evidence if one[3] or one[4]])
    for number in range(*lease.pages):
        state.drop(lease_page(key, number))
    runs = tuple([_nobodys(run) if run.label == holder and run.pos <= line else run for run in lease.runs])
    state.put(LEASE + key, lease._replace(runs=runs, evidence=kept, pages=NO_PAGES))


def _nobodys(run: Run) -> Run:
    return run._replace(label="", at=None, source="", event_id="", kind="")


def _begins_by(content: Content, at: int) -> bool:
    return not content.touchpoints or content.first <= at


def grave_over(state: StitchState, key: str, at: int, kind: str) -> Grave | None:
    """The erasure that a touchpoint of this identifier comes too late for: of itself, or of whoever had it then."""
    grave = grave_of(state, key)
    if grave is not None and at <= grave.at:
        return grave
    actor = state.actor(key)
    if actor is None or not is_leased(key) or not has_line(actor):
        return None
    held = held_of(state, key, actor)
    grave = grave_of(state, key, held.runs[held.index_at(position(at, kind))].label)
    return grave if grave is not None and at <= grave.at else None


def tell_child(state: StitchState, key: str, child: str, grave: Grave, out: Outbox) -> None:
    """It was had for somebody who is erased: also said again to children that come late."""
    message: Forget = {"k": "forget", "f": key, "v": state.owed_version(), "t": grave.at, "c": grave.command}
    out.send(EVENTS, child.encode(), orjson.dumps(message), replaces=("forget", key, child))


def tell_erasure(
    state: StitchState, key: str, grave: Grave, first: int, last: int, out: Outbox, *, whole: bool
) -> None:
    """What of it has to go wherever it is stored (ms, both inclusive)."""
    row = {
        "command": grave.command,
        "identifier": key,
        "from_ms": first,
        "until_ms": last,
        "whole": 1 if whole else 0,
        "epoch": state.epoch,
        "version": state.owed_version(),
    }
    out.row("erasures", orjson.dumps(row), replaces=(grave.command, key, first, last))
