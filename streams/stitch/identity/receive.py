"""Records about who is who: links, commands, and what other identifiers tell; each changes what is known of one."""

from typing import Any, Final

from streams.outbox import Outbox
from streams.stitch import ids
from streams.stitch.actor import CHILD, CLAIM, LEASE, Actor, Child, Claim, Grave, of_two
from streams.stitch.content import Content, from_json
from streams.stitch.identity import lease as rules
from streams.stitch.identity import merging, sealing
from streams.stitch.identity.change import decide, look, look_at_line, note_line, note_name, note_new_runs, note_total
from streams.stitch.identity.forgetting import forget_erased, refuse_final
from streams.stitch.identity.graves import grave_at, grave_of, is_erased, label_known
from streams.stitch.identity.held import Held
from streams.stitch.identity.holder import DIRECT, Link, is_leased, is_made, strength
from streams.stitch.identity.keeping import keep_evidence, make_room_on_line
from streams.stitch.identity.leased import LATEST, begin_line, has_line, held_of, sum_of
from streams.stitch.identity.ledger import Evidence, tell_changes
from streams.stitch.identity.owed import note_own
from streams.stitch.identity.say import tell_child
from streams.stitch.identity.silence import expect_silence, note_heard, told_at
from streams.stitch.identity.stable import CUSTOMER, called, children_of, name_of
from streams.stitch.remember import known_payload, remember
from streams.stitch.state import StitchState, note
from streams.stitch.waits import waits_on_line
from streams.stitch.whereabouts import hand_over, rename

MOST_LINKS: Final = 256
MOST_LINK_CHARACTERS: Final = 6_000
"""Of all texts in the links of one identifier: of more, those that would hold it last are forgotten."""
MOST_TOPS: Final = 32
WRISTBAND: Final = "wristband:"
MANY_CHILDREN: Final = 256

# -- from touchpoints ------------------------------------------------------------------------------


def link(state: StitchState, key: str, message: dict[str, Any], out: Outbox) -> None:
    """A touchpoint carries this identifier and a stronger one, or begins or ends its lease."""
    if is_leased(key):
        return _link_leased(state, key, message, out)
    if state.graves and is_erased(state, message["t"], key):
        return None
    target, when, known = message["w"], (message["t"], message["s"], message["e"]), state.actor(key)
    if not target or strength(target) >= strength(key):
        return None
    if is_made(key) and state.forgets is not None and message["t"] < state.forgets:
        return None  # it may be about one of this name that was sealed
    direct: Link = (DIRECT, *when, message["y"])
    if known is not None:
        earlier = known.identity.links.get(target)
        if earlier is not None and earlier <= direct:
            return None
    actor = state.own(key)
    before, row = look(state, key, actor), told_at(key, actor)
    links = _within_bounds({**actor.identity.links, target: direct})
    actor.identity = actor.identity._replace(links=links)
    if is_made(key):
        note_heard(state, key, actor, row)
    evidence = Evidence(message["o"][4], when, message["y"])
    if target not in before.links:
        tell_changes(state, key, [("link", "", "", target, "seen together")], evidence, out)
        state.owe(key).part(target, state.owed_version())  # also where it does not hold: it knows who knows its name
    decide(state, key, actor, before, evidence, out)
    return None


def _within_bounds(links: dict[str, Link]) -> dict[str, Link]:
    """Those that hold it first, as `holder_of` says, as many as fit."""
    if len(links) < 16:
        return links
    kept: dict[str, Link] = {}
    characters = 0
    for target in sorted(links, key=lambda target: (strength(target), links[target], target)):
        characters += len(target) + sum(map(len, links[target][2:]))
        if len(kept) == MOST_LINKS or (kept and characters > MOST_LINK_CHARACTERS):
            break
        kept[target] = links[target]
    return kept


def _link_leased(state: StitchState, key: str, message: dict[str, Any], out: Outbox) -> None:
    at, source, event_id, kind, label = (message[field] for field in ("t", "s", "e", "y", "w"))
    label = label_known(state, key, state.actor(key), at, label)
    if state.graves and not label and is_erased(state, at, key):
        return
    held = held_of(state, key, state.actor(key) or Actor())
    pos = rules.position(at, kind)
    if kind in rules.MARKS and not key.startswith(WRISTBAND):
        kind = rules.beside(kind)  # whoever gives back a wristband keeps the phone
    if state.forgets is not None and at < state.forgets:
        return
    if state.horizon is not None and at < state.horizon:
        if rules.knows(held.runs, pos, label, kind) or _is_late_copy(state, key, message):
            return
        pos = rules.position(state.horizon, kind)
    one = (pos, source, event_id, label, kind)
    if held.has(one):
        return
    actor, new = state.own(key), state.get(LEASE + key) is None
    if kind in rules.MARKS:
        hand_over(state, key, actor, at, source, event_id, state.version(), out)
    make_room_on_line(state, key, actor)
    held = held_of(state, key, actor)
    if keep_evidence(state, key, actor, one):
        blocked, known = bool(held.blocked), len(held.runs)
        waited = max(waits_on_line(state, key, actor), default=(-1, 0))[0] * 4 + LATEST
        if not new and waited < one[0] and held.append(one):
            note_new_runs(state, key, actor, known, out)
        else:
            before = look_at_line(state, key, actor)
            held.rethink()
            if state.graves:
                forget_erased(state, key, actor, out)
            note_line(state, key, actor, before, out, new=new)
        if held.blocked and label:
            state.owe(key).part(label, state.owed_version())  # nobody's, but whoever is named knows who names them
        evidence = Evidence(message["o"][4], (at, source, event_id), message["y"])
        tell_changes(state, key, _line_changes(held, pos, label, kind, was_blocked=blocked), evidence, out)


def _is_late_copy(state: StitchState, key: str, message: dict[str, Any]) -> bool:
    """Whether this came too late before. Its place on the line does not say so: that was the horizon of then."""
    actor, name = state.own(key), ids.name("LINK", f"{message['s']}\0{message['e']}")
    if known_payload(state, key, actor, name) is not None:
        return True
    remember(state, key, actor, name, message["t"], bytes(8))
    return False


def _line_changes(
    held: Held, pos: int, label: str, kind: str, *, was_blocked: bool
) -> list[tuple[str, str, str, str, str]]:
    changes = []
    index = rules.index_at(held.runs, pos)
    before = held.whose(index - 1) if index else ""
    if kind == rules.ISSUED:
        changes.append(("issued", before, held.whose(index), label, "a lease begins"))
    elif kind == rules.RETURNED:
        changes.append(("returned", held.whose(index), "", label, "a lease ends"))
    if label:
        rule = "first of its lease" if held.runs[index].mark else "from here on"
        changes.append(("holder", before, held.whose(index), label, rule))
    if held.blocked and not was_blocked:
        changes.append(("blocked", before, "", label, f"more than {rules.MOST_HOLDERS} holders in one lease"))
    return changes


# -- commands --------------------------------------------------------------------------------------


def unlink(state: StitchState, key: str, message: dict[str, Any], out: Outbox) -> None:
    """Somebody says that this identifier is not, or may again be, that other one's."""
    target, on = message["w"], message["on"]
    command = (message["t"], message["o"][1], message["o"][2], on)
    known = state.actor(key)
    if known is not None and known.identity.off.get(target, (-1,)) >= command:
        return
    actor = state.own(key)
    evidence = Evidence(message["o"][4], None, "", message.get("c", ""), message.get("by", ""))
    change = "unlinked" if on else "relinked"
    tell_changes(state, key, [(change, "", "", target, "by command")], evidence, out)
    state.owe(key).part(target, state.owed_version())
    off = {**actor.identity.off, target: command}
    if is_leased(key):
        before = look_at_line(state, key, actor)
        actor.identity = actor.identity._replace(off=off)
        held = held_of(state, key, actor)
        held.off = frozenset(name for name, last in off.items() if last[3])
        held.rethink()
        note_line(state, key, actor, before, out)
    else:
        stable = look(state, key, actor)
        actor.identity = actor.identity._replace(off=off)
        if is_made(key):
            expect_silence(state, key, actor)
        decide(state, key, actor, stable, evidence, out)


# -- from other identifiers ------------------------------------------------------------------------


def part(state: StitchState, key: str, message: dict[str, Any], at_ms: int, out: Outbox) -> None:
    """What a child has for this identifier, in place of what it had before."""
    child, version, at = message["f"], message["v"], message.get("at")
    if key in state.sealed and message["c"] is not None and sealing.was_sealed(state, key, message):
        return
    entry_key = of_two(CHILD, key, child)
    known = state.get(entry_key)
    if message.get("final") != 1 and isinstance(known, Child) and known.version >= version:
        return
    content = None if message["c"] is None else from_json(message["c"])
    if state.graves and content is not None:
        grave = _grave_over(state, key, content, at, message.get("b" if message.get("final") else "since"))
        if grave is not None and message.get("final") == 1:
            refuse_final(state, key, message, grave, out)
            return
        if grave is not None:
            tell_child(state, key, child, grave, out)
            return
        grave = grave_of(state, key)
        if grave is not None and known is None and is_leased(child):
            tell_child(state, key, child, grave, out)  # it has nothing that old, and may know the name since then
    if message.get("final") == 1:
        sealing.final_part(state, key, message)
        return
    if content is None and isinstance(known, Child):
        at = known.at  # where it was: whoever is erased there tells it, too
    actor, entry = state.own(key), Child(version, at, content)
    if is_leased(key):
        _part_for_leased(state, key, actor, known if isinstance(known, Child) else None, entry, entry_key, child)
    else:
        before = look(state, key, actor)
        state.put(entry_key, entry)
        note(state.kids, key, child)
        state.sums.pop(key, None)
        if key in state.groups:
            state.groups[key].changed(child)
        note_total(state, key, actor, before.holder, before.total)
        _warn(state, key, actor, at_ms, out)
    alive = isinstance(known, Child) and known.content is not None
    if content is not None and not alive and (known is not None or name_of(state, key, actor, at or 0) != key):
        state.owe(key).top(child, state.owed_version())


def _grave_over(state: StitchState, key: str, content: Content, at: int | None, since: int | None) -> Grave | None:
    """The erasure that a child comes too late for: by what it has, or since when it is held."""
    if is_leased(key):
        return grave_at(state, key, state.actor(key), at or 0)
    grave, first = grave_of(state, key), content.first if content.touchpoints else None
    return grave if grave and any(when is not None and when <= grave.at for when in (first, since)) else None


def _part_for_leased(
    state: StitchState, key: str, actor: Actor, known: Child | None, entry: Child, entry_key: str, child: str
) -> None:
    begin_line(actor)
    held = held_of(state, key, actor)
    own: Content = sum_of(state, key, actor, "")
    held.latest = max(held.latest, entry.at or 0)
    whose = {held.whose_at(one.at or 0) for one in (known, entry) if one is not None and one.content is not None}
    state.put(entry_key, entry)
    note(state.kids, key, child)
    if held.groups is not None:
        held.groups.changed(child)
    version, owed = state.owed_version(), state.owe(key)
    for label in whose:
        held.sums.pop(label, None)
        if label:
            owed.part(label, version)
    if "" in whose:
        note_own(owed, own, sum_of(state, key, actor, ""), version)


def _warn(state: StitchState, key: str, actor: Actor, at_ms: int, out: Outbox) -> None:
    if len(state.kids[key]) > MANY_CHILDREN and not actor.identity.warned and key.startswith(CUSTOMER):
        actor.identity = actor.identity._replace(warned=1)
        rule = f"more than {MANY_CHILDREN} identifiers"
        tell_changes(state, key, [("many_children", "", "", "", rule)], Evidence(at_ms), out)


def claim(state: StitchState, key: str, message: dict[str, Any], at_ms: int, out: Outbox) -> None:
    """A weaker identifier knows who holds this one too, or takes that back."""
    claimer, version, holder, when = message["f"], message["v"], message["w"], message["at"]
    entry_key = of_two(CLAIM, key, claimer)
    known = state.get(entry_key)
    if isinstance(known, Claim) and known.version >= version:
        return
    if state.graves and when is not None and is_erased(state, when[0], key):
        return
    actor = state.own(key)
    before = look(state, key, actor)
    entry = Claim(version, holder, None if when is None else (when[0], when[1], when[2]))
    state.put(entry_key, entry)
    note(state.claimers, key, claimer)
    was = known.holder if isinstance(known, Claim) else ""
    evidence = Evidence(at_ms, entry.when)
    if was != holder:
        change = "claim" if holder else "claim_withdrawn"
        tell_changes(state, key, [(change, was, holder, claimer, "whose holder is known")], evidence, out)
    decide(state, key, actor, before, evidence, out)


def into(state: StitchState, key: str, message: dict[str, Any], at_ms: int, out: Outbox) -> None:
    """The verdict on this customer's merges."""
    version, holder, when = message["v"], message["w"], message["at"]
    known = state.actor(key)
    if known is not None and known.identity.into is not None and known.identity.into[0] >= version:
        return
    if state.graves and when is not None and is_erased(state, when[0], key):
        return  # it was on its way
    actor = state.own(key)
    before = look(state, key, actor)
    evidence = None if when is None else (when[0], when[1], when[2])
    actor.identity = actor.identity._replace(into=(version, holder, evidence))
    decide(state, key, actor, before, Evidence(at_ms, evidence, "account.merged" if evidence else ""), out)


def top(state: StitchState, key: str, message: dict[str, Any], out: Outbox) -> None:
    """A holder says what it is called."""
    holder, version, name = message["f"], message["v"], message["n"]
    known = state.actor(key)
    if known is not None and known.identity.tops.get(holder, (-1, ""))[0] >= version:
        return
    if known is None and is_made(key):
        return  # it was sealed since
    actor = state.own(key)
    tops = {**actor.identity.tops, holder: (version, name)}
    if len(tops) > MOST_TOPS:
        del tops[next(of for of in tops if of != holder and of != actor.identity.holder)]
    was = called(actor, holder)
    actor.identity = actor.identity._replace(tops=tops)
    if called(actor, holder) == was:
        return
    if is_leased(key):
        _rename_runs(state, key, actor, holder, out)
    elif actor.identity.holder == holder:
        note_name(state, key, actor, out)


def _rename_runs(state: StitchState, key: str, actor: Actor, holder: str, out: Outbox) -> None:
    if not has_line(actor):
        return
    held, owed, version = held_of(state, key, actor), state.owe(key), state.owed_version()
    for index, run in enumerate(held.runs):
        if held.whose(index) == holder:
            owed.link(run.pos, version)
            after = held.runs[index + 1].pos >> 2 if index + 1 < len(held.runs) else None
            rename(state, key, actor, max(run.pos >> 2, 0), after, state.version(), out)
            if key in state.sealed:
                owed.sealed = version
    for child, entry in children_of(state, key):
        if held.whose_at(entry.at or 0) == holder:
            owed.top(child, version)


# -- account merges --------------------------------------------------------------------------------


def about_merges(state: StitchState, message: dict[str, Any], out: Outbox) -> None:
    """Records at the key of all merges."""
    if message["k"] == "merged":
        merging.merged(state, message, out)
    elif message["k"] == "unlink":
        merging.unlinked(state, message, out)
