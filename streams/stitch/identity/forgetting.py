"""What an identifier forgets of one holder, while it keeps what others have of it: they have no more or less by it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from schemas.erased import ERASED, label_of
from streams.outbox import Outbox
from streams.stitch.actor import (
    CHILD,
    CLAIM,
    CURRENT,
    LEASE,
    MARK,
    NO_PAGES,
    NOBODY,
    SETTLED,
    Actor,
    Child,
    Claim,
    Grave,
    SealedPage,
    SealedRow,
    Slice,
    lease_page,
    of_two,
    sealed_page,
)
from streams.stitch.codec import sealed_from_json
from streams.stitch.content import EMPTY, Content, add, is_empty, merge
from streams.stitch.identity.change import LineBefore, look, look_at_line, note_line, owe_changes
from streams.stitch.identity.folding import add_slice
from streams.stitch.identity.graves import bury, line_of
from streams.stitch.identity.holder import is_leased, kind_of
from streams.stitch.identity.keeping import put_pieces
from streams.stitch.identity.leased import has_line, held_of, lease_of, pieces_of, slice_of, sum_of
from streams.stitch.identity.ledger import Evidence, tell_changes
from streams.stitch.identity.owed import note_own
from streams.stitch.identity.rows import tell_sealed_gone
from streams.stitch.identity.say import tell_child, tell_erasure
from streams.stitch.identity.sealing import final_part
from streams.stitch.piece import piece_pos
from streams.stitch.state import StitchState

KINDS = (SETTLED, CURRENT)


def forget_holder(state: StitchState, key: str, holder: str, grave: Grave, evidence: Evidence, out: Outbox) -> None:
    """Of a leased identifier: what it has for that holder, and who that was. What was unlinked is not the holder's."""
    known = state.actor(key)
    if known is None or not has_line(known):
        bury(state, grave, key, holder)
        return
    actor = state.own(key)
    before, held = look_at_line(state, key, actor), held_of(state, key, actor)
    label = label_of(key, holder)
    unlinked = not held.off.isdisjoint((holder, label))  # the latter: it was told before
    barred = len(held.folded) - 1 in held.blocked
    if not unlinked:
        grave = _until(state, key, grave, (holder,))
        bury(state, grave, key, holder)
    for kind in KINDS:
        keep = unlinked or (kind == CURRENT and barred)
        _rename_slice(state, key, kind, holder, label, keep=keep, at=grave.at)
    # Kept apart it is in what is later, too: the command that says so names a label from here on.
    _rename_on_line(state, key, actor, holder, label, None if unlinked else line_of(grave))
    _rename_in_identity(actor, holder, label)
    state.held.pop(key, None)
    if not unlinked:
        _forget_runs(state, key, actor, grave, out, (label, holder))
    _note(state, key, actor, before, out)
    state.owe(key).part(holder, state.owed_version())
    tell_changes(state, key, [("erased", "", "", "", "a holder was erased")], evidence, out)


def forget_nobodys(state: StitchState, key: str, grave: Grave, evidence: Evidence, out: Outbox) -> None:
    """Of a leased identifier that somebody has had: what it is itself."""
    actor = state.own(key)
    before, held = look_at_line(state, key, actor), held_of(state, key, actor)
    labels = sorted(state.slices.get(key, ()))
    settled = [label for label in labels if not label or label in held.off or label.startswith(ERASED)]
    current = labels if len(held.folded) - 1 in held.blocked else settled
    grave = _until(state, key, grave, current)
    if not bury(state, grave, key):
        return
    for kind, gone in ((SETTLED, settled), (CURRENT, current)):
        for label in gone:
            _drop_slice(state, key, kind, label, grave.at)
    _forget_runs(state, key, actor, grave, out, ())
    _note(state, key, actor, before, out)
    tell_changes(state, key, [("erased", "", "", "", "by command")], evidence, out)


def _note(state: StitchState, key: str, actor: Actor, before: LineBefore, out: Outbox) -> None:
    note_line(state, key, actor, before, out)
    note_own(state.owe(key), before.own, sum_of(state, key, actor, ""), state.owed_version())


def forget_erased(state: StitchState, key: str, actor: Actor, out: Outbox) -> None:
    """The line of a leased identifier has changed: what by it was somebody's who is erased goes too."""
    for label in sorted({run.label for run in held_of(state, key, actor).runs if run.label.startswith(ERASED)}):
        grave = state.graves.get(label.removeprefix(ERASED))
        if grave is not None:
            _forget_runs(state, key, actor, grave, out, (label,))


def forget_link(state: StitchState, key: str, target: str, grave: Grave, out: Outbox) -> None:
    """Of a stable or made identifier that is not the erased one's: whom it was seen with. That it was still counts."""
    actor = state.own(key)
    before, label = look(state, key, actor), label_of(key, target)
    _rename_in_identity(actor, target, label)
    links = dict(actor.identity.links)
    if target in links and links[target][1] <= grave.at:
        link = links.pop(target)
        if label not in actor.identity.off:
            links[f"{kind_of(target)}:{label}"] = link
        actor.identity = actor.identity._replace(links=links)
    owe_changes(state, key, actor, before, out)
    if actor.identity.holder == target:
        state.owe(key).part(target, state.owed_version())  # it has forgotten this, too, and has it anew


def forget_sealed(state: StitchState, key: str, grave: Grave, out: Outbox, goes: Callable[[SealedRow], bool]) -> None:
    """Sealed children that were the erased one's: what they wrote goes, and who they were is not kept."""
    first, after = state.sealed_pages.get(key, (0, 0))
    for number in range(first, after):
        page = state.get(sealed_page(key, number))
        rows = page.rows if isinstance(page, SealedPage) else ()
        forget_rows(state, filter(goes, rows), grave, out)
        state.put(sealed_page(key, number), SealedPage(tuple([row for row in rows if not goes(row)])))
    if first < after:
        state.sealed[key] = {}
        for number in range(first, after):
            page = state.get(sealed_page(key, number))
            if isinstance(page, SealedPage):
                state.note_sealed(key, page)


def forget_rows(state: StitchState, rows: Iterable[SealedRow], grave: Grave, out: Outbox) -> None:
    """What sealed identifiers wrote goes from every table."""
    now = state.owed_version()
    for row in rows:
        tell_erasure(state, row.identifier, grave, max(row.pos, 0), row.until * 4 + 3, out, whole=False)
        tell_sealed_gone(state, row._replace(base=max(row.base, row.version - now)), out)


def refuse_final(state: StitchState, key: str, message: dict[str, Any], grave: Grave, out: Outbox) -> None:
    """A child was sealed before it heard: nobody is left there to be told, so what it wrote goes from here."""
    forget_rows(state, sealed_from_json(message["r"]), grave, out)
    if state.get(of_two(CHILD, key, message["f"])) is not None:
        final_part(state, key, {**message, "c": None})


# -- who is known by name --------------------------------------------------------------------------


def knows(state: StitchState, key: str, child: str) -> bool:
    """Whether anything is kept under the name of this child or claimer."""
    return child in state.kids.get(key, ()) or child in state.claimers.get(key, ())


def forget_child(state: StitchState, key: str, child: str) -> None:
    """It was erased and has nothing here any more: its name goes, too."""
    for kind, index in ((CHILD, state.kids), (CLAIM, state.claimers)):
        entry = state.get(of_two(kind, key, child))
        if (isinstance(entry, Child) and entry.content is None) or (isinstance(entry, Claim) and not entry.holder):
            state.drop(of_two(kind, key, child))
            index[key].discard(child)
            if not index[key]:
                del index[key]
    held = state.held.get(key)
    for groups in (state.groups.get(key), held.groups if held is not None else None):
        if groups is not None:
            groups.changed(child)


def forget_if_nothing(state: StitchState, key: str) -> None:
    """Of whoever was erased and did not come back there is no entry, nor of who it was that had something once."""
    actor, kids = state.actor(key), [of_two(CHILD, key, child) for child in state.kids.get(key, ())]
    if actor is None or is_leased(key) or state.claimers.get(key) or actor.identity._replace(warned=0) != NOBODY:
        return
    alive = any(isinstance(kid := state.get(name), Child) and kid.content is not None for name in kids)
    if actor.first_seen is None and is_empty(actor.own) and not (alive or actor.ids or actor.recent):
        for name in (*kids, key):
            state.drop(name)
        for index in (state.kids, state.sums, state.groups, state.held):
            index.pop(key, None)


# -- the line --------------------------------------------------------------------------------------


def _forget_runs(state: StitchState, key: str, actor: Actor, grave: Grave, out: Outbox, labels: Sequence[str]) -> None:
    """What lies in the runs of these labels up to the grave's time; without any: in those that are nobody's."""
    held, line = held_of(state, key, actor), line_of(grave)
    mine = [
        index
        for index, run in enumerate(held.runs)
        if run.pos <= line and (run.label in labels and index not in held.blocked if labels else not held.whose(index))
    ]
    for index in mine:
        last = held.runs[index + 1].pos - 1 if index + 1 < len(held.runs) else line
        tell_erasure(state, key, grave, max(held.runs[index].pos, 0), min(last, line), out, whole=False)
    for child in sorted(state.kids.get(key, ())):
        entry = state.get(of_two(CHILD, key, child))
        if not isinstance(entry, Child) or (entry.at or 0) > line or held.index_at(entry.at or 0) not in mine:
            continue
        if MARK in child:  # it was sealed, so nobody hears
            state.drop(of_two(CHILD, key, child))
            state.kids[key].discard(child)
        else:
            tell_child(state, key, child, grave, out)
    forget_sealed(state, key, grave, out, lambda row: row.at <= line and held.index_at(row.at) in mine)
    pieces = pieces_of(state, key, actor)
    kept = [one for one in pieces if piece_pos(one) > line or held.index_at(piece_pos(one)) not in mine]
    if len(kept) < len(pieces):
        put_pieces(state, key, actor, kept)
    if len(held.folded) - 1 in mine:
        _drop_own(actor, grave.at)
    held.sums.clear()
    held.recent = None
    _count_again(state, key, actor)


def _rename_on_line(state: StitchState, key: str, actor: Actor, holder: str, label: str, line: int | None) -> None:
    """Nothing says any more that it was that one's, up to this position; None: nowhere."""
    lease, held = lease_of(state, key), held_of(state, key, actor)

    def is_meant(one: str, pos: int | None) -> bool:
        return one == holder and pos is not None and (line is None or pos <= line)

    evidence = [(*one[:3], label, one[4]) if is_meant(one[3], one[0]) else one for one in held.evidence]
    for number in range(*lease.pages):
        state.drop(lease_page(key, number))
    runs = [
        run._replace(label=label) if is_meant(run.label, None if run.at is None else run.at * 4) else run
        for run in held.folded
    ]
    forgotten = sorted(label if one == holder else one for one in held.forgotten)
    kept = lease._replace(runs=tuple(runs), forgotten=tuple(forgotten), evidence=tuple(evidence), pages=NO_PAGES)
    state.put(LEASE + key, kept)


def _rename_in_identity(actor: Actor, holder: str, label: str) -> None:
    identity = actor.identity
    standing = {other: command for other, command in identity.off.items() if other != holder or command[3]}
    off = {label if other == holder else other: command for other, command in standing.items()}
    tops = {other: told for other, told in identity.tops.items() if other != holder}
    actor.identity = identity._replace(off=off, tops=tops)


# -- what is folded --------------------------------------------------------------------------------


def _until(state: StitchState, key: str, grave: Grave, labels: Iterable[str]) -> Grave:
    """What is folded goes as a whole; so what is later goes from the tables as well."""
    contents = [slice_of(state, kind, key, label) for kind in KINDS for label in labels]
    return grave._replace(at=max([grave.at, *(one.last for one in contents if one.touchpoints)]))


def _rename_slice(state: StitchState, key: str, kind: str, holder: str, label: str, *, keep: bool, at: int) -> None:
    content = slice_of(state, kind, key, holder)
    if isinstance(state.get(of_two(kind, key, holder)), Slice):
        state.drop(of_two(kind, key, holder))
    if content is not EMPTY and (keep or not _begins_by(content, at)):
        add_slice(state, kind, key, label, content)


def _drop_slice(state: StitchState, key: str, kind: str, label: str, at: int) -> None:
    entry = state.get(of_two(kind, key, label))
    if isinstance(entry, Slice) and _begins_by(entry.content, at):
        state.drop(of_two(kind, key, label))


def _drop_own(actor: Actor, at: int) -> None:
    if _begins_by(actor.own, at):
        actor.own = EMPTY
        actor.sum = None


def _begins_by(content: Content, at: int) -> bool:
    return not content.touchpoints or content.first <= at


def _count_again(state: StitchState, key: str, actor: Actor) -> None:
    """The identifier's own row counts what is left."""
    slices = [slice_of(state, kind, key, label) for kind in KINDS for label in sorted(state.slices.get(key, ()))]
    rest = merge(actor.own, *slices)
    for piece in pieces_of(state, key, actor):
        rest = add(rest, piece)
    actor.touchpoints, actor.money = rest.touchpoints, rest.money
    actor.first_seen, actor.last_seen = (rest.first, rest.last) if rest.touchpoints else (None, None)
    state.owe(key).counts = state.owed_version()
