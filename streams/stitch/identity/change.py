"""What a change of an identifier's links, children or content means for others: it is noted as owed."""

from typing import NamedTuple

from streams.outbox import Outbox
from streams.stitch.actor import Actor
from streams.stitch.content import EMPTY, Content
from streams.stitch.identity.holder import Link, claims_of, conflict_of, holder_of, is_made
from streams.stitch.identity.lease import Run
from streams.stitch.identity.leased import held_of, sum_of
from streams.stitch.identity.ledger import Changes, Evidence, tell_changes
from streams.stitch.identity.owed import note_own
from streams.stitch.identity.silence import row_at
from streams.stitch.identity.stable import children_of, links_of, total_of
from streams.stitch.identity.stays import with_waits
from streams.stitch.state import StitchState
from streams.stitch.whereabouts import rename


class Before(NamedTuple):
    """A stable or made identifier before a change."""

    holder: str
    total: Content
    links: dict[str, Link]


def look(state: StitchState, key: str, actor: Actor) -> Before:
    return Before(actor.identity.holder, total_of(state, key, actor), links_of(state, key, actor))


def decide(state: StitchState, key: str, actor: Actor, before: Before, evidence: Evidence, out: Outbox) -> None:
    """Its links may have changed: who holds it now, and what that means for everybody else."""
    links = owe_changes(state, key, actor, before, out)
    tell_changes(state, key, _changes(before, links, actor.identity.holder), evidence, out)


def owe_changes(state: StitchState, key: str, actor: Actor, before: Before, out: Outbox) -> dict[str, Link]:
    """The same without a word in the ledger. Returns its links."""
    links = links_of(state, key, actor)
    holder = holder_of(links)
    if holder != before.holder or holder != actor.identity.holder:
        actor.identity = actor.identity._replace(holder=holder)
    owed, version = state.owe(key), state.owed_version()
    was, now = claims_of(before.links), claims_of(links)
    for target in was.keys() | now.keys():
        if was.get(target) != now.get(target) and not is_made(key):
            owed.claim(target, version)
    owed.link(row_at(key, actor), version)
    note_total(state, key, actor, before.holder, before.total)
    if holder and holder == before.holder and links[holder] != before.links[holder]:
        owed.part(holder, version)  # it is held since another time, and lies elsewhere on the line of a leased holder
    if holder != before.holder:
        note_name(state, key, actor, out)
    return links


def _changes(before: Before, links: dict[str, Link], holder: str) -> Changes:
    changes: Changes = []
    if holder != before.holder:
        rule = "strongest type, then earliest" if holder else "no link left"
        changes.append(("holder", before.holder, holder, "", rule))
    for other in conflict_of(links)[1:]:
        if other not in conflict_of(before.links)[1:]:
            changes.append(("conflict", holder, holder, other, "the earlier keeps it"))
    return changes


def note_total(state: StitchState, key: str, actor: Actor, was: str, before: Content) -> None:
    """Whoever held it (`was`, with `before`) and whoever holds it now hears what it comes to now."""
    holder, after = actor.identity.holder, total_of(state, key, actor)
    if was == holder and before is after:
        return
    owed, version = state.owe(key), state.owed_version()
    if was:
        owed.part(was, version)
    if holder:
        owed.part(holder, version)
    if not (was and holder) and not is_made(key):
        note_own(owed, EMPTY if was else before, EMPTY if holder else after, version)


def note_name(state: StitchState, key: str, actor: Actor, out: Outbox) -> None:
    """It is called something else: its row, its stays and all its children hear of that."""
    rename(state, key, actor, 0, None, state.version(), out)
    owed, version = state.owe(key), state.owed_version()
    owed.link(row_at(key, actor), version)
    if key in state.sealed:
        owed.sealed = version
    for child, _ in children_of(state, key):
        owed.top(child, version)


class LineBefore(NamedTuple):
    """A leased identifier before a change of its line."""

    runs: list[tuple[Run, str, bool]]
    """As `Held.told` says."""
    own: Content


def look_at_line(state: StitchState, key: str, actor: Actor) -> LineBefore:
    return LineBefore(held_of(state, key, actor).told(), _nobodys(state, key, actor))


def _nobodys(state: StitchState, key: str, actor: Actor) -> Content:
    """Waits that may still change included: they move from visit to visit with the runs in which they began."""
    return with_waits(state, key, actor, "", sum_of(state, key, actor, ""))


def note_line(
    state: StitchState, key: str, actor: Actor, before: LineBefore, out: Outbox, *, new: bool = False
) -> None:
    """The line is thought over anew: whoever has more or less of it hears. `new`: nothing was ever told of it."""
    was, now = before.runs, held_of(state, key, actor).told()
    same = 0
    if not new:
        while same < min(len(was), len(now)) and was[same] == now[same]:
            same += 1
        if same == len(was) == len(now):
            return
    # The last run that is the same may be longer or shorter now.
    from_ = max(same - 1, 0)
    owed, version = state.owe(key), state.owed_version()
    changed = [run.pos for run, _, _ in (*was[same:], *now[same:])]
    for pos in changed:
        owed.link(pos, version)
    rename(state, key, actor, max(min(changed) >> 2, 0), None, state.version(), out)
    if key in state.sealed:
        owed.sealed = version
    affected = {whose for _, whose, _ in (*was[from_:], *now[from_:])}
    for whose in affected:
        if whose:
            owed.part(whose, version)
    if "" in affected:
        note_own(owed, before.own, _nobodys(state, key, actor), version)
    for child, entry in children_of(state, key):
        if (entry.at or 0) >= now[from_][0].pos:
            owed.top(child, version)


def note_new_runs(state: StitchState, key: str, actor: Actor, known: int, out: Outbox) -> None:
    """The line has got runs behind all that there is, from index `known` on: nobody has more or less by it yet."""
    held, owed, version = held_of(state, key, actor), state.owe(key), state.owed_version()
    if known == len(held.runs):
        return
    for index in range(known, len(held.runs)):
        owed.link(held.runs[index].pos, version)
    for index in range(known - 1, len(held.runs)):
        whose = held.whose(index)
        if whose:
            owed.part(whose, version)
        else:
            own = sum_of(state, key, actor, "")
            note_own(owed, own, own, version)
    if key in state.sealed:
        owed.sealed = version
    rename(state, key, actor, max(held.runs[known].pos >> 2, 0), None, state.version(), out)
