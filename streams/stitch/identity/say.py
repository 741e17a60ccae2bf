"""What identifiers owe others is said: parts, claims, verdicts and names, each as it is at the time of saying."""

from typing import Any

import orjson

from schemas.internal import MERGES, Claim, Forget, Into, Part, Top
from streams.outbox import Outbox
from streams.stitch.actor import CHILD, Actor, Child, Grave, of_two
from streams.stitch.content import Content, is_empty, to_json
from streams.stitch.identity import rows
from streams.stitch.identity.holder import claims_of, is_leased, is_made
from streams.stitch.identity.leased import held_of, sum_of
from streams.stitch.identity.merging import merges_of, standing
from streams.stitch.identity.owed import Owed
from streams.stitch.identity.silence import first_heard
from streams.stitch.identity.stable import links_of, name_of, total_of
from streams.stitch.identity.stays import with_waits
from streams.stitch.state import StitchState
from streams.stitch.tell import tell_counts
from streams.topology import EVENTS


def flush(state: StitchState, out: Outbox) -> None:
    """Say everything that is owed. Called before every write: nothing of it is known after a restart."""
    owed, state.owed = state.owed, {}
    _say_verdicts(state, [(key, what.verdict) for key, what in owed.items() if what.verdict], out)
    for key, what in owed.items():
        actor = state.actor(key)
        if actor is not None or state.graves:
            _say(state, key, actor or Actor(), what, out, gone=actor is None)


def say_of(state: StitchState, key: str, out: Outbox) -> None:
    """Everything that this identifier owes, before it is sealed."""
    what, actor = state.owed.pop(key, None), state.actor(key)
    if what is not None and actor is not None:
        _say(state, key, actor, what, out, gone=False)


def _say(state: StitchState, key: str, actor: Actor, owed: Owed, out: Outbox, *, gone: bool) -> None:
    if owed.counts:
        tell_counts(state, key, actor, owed.counts, out)
    if owed.parts:
        _say_parts(state, key, actor, owed, out, gone=gone)
    if owed.row and not is_made(key):
        rows.tell_customer(state, key, own_of(state, key, actor), owed, out)
    if owed.claims:
        claims = claims_of(links_of(state, key, actor))
        for target, version in owed.claims.items():
            holder, when = claims.get(target, ("", None))
            claim: Claim = {"k": "claim", "f": key, "v": version, "w": holder, "at": when}
            if gone:
                claim["gone"] = 1
            _send(target, claim, ("claim", key, target), out)
    for child, version in owed.tops.items():
        entry = state.get(of_two(CHILD, key, child))
        if not isinstance(entry, Child) or entry.content is None:
            continue  # it is held no more; what its former holder is called since then, nobody tells it
        at = entry.at or 0
        top: Top = {"k": "top", "f": key, "v": version, "n": name_of(state, key, actor, at)}
        _send(child, top, ("top", key, child), out)
    if owed.links:
        rows.tell_links(state, key, actor, owed.links, out, gone=gone)
    if owed.sealed and not gone:
        rows.tell_sealed(state, key, actor, owed.sealed, out)


def own_of(state: StitchState, key: str, actor: Actor) -> Content | None:
    """What it has as somebody of its own; None for nothing, or where it is somebody else's."""
    if is_leased(key):
        content = sum_of(state, key, actor, "")
    elif actor.identity.holder:
        return None
    else:
        content = total_of(state, key, actor)
    content = with_waits(state, key, actor, "", content)
    return None if is_empty(content) else content


def _say_parts(state: StitchState, key: str, actor: Actor, owed: Owed, out: Outbox, *, gone: bool) -> None:
    """What is taken away first, so that for a moment neither has it rather than both."""
    ready = [(holder, version, _part_for(state, key, actor, holder)) for holder, version in owed.parts.items()]
    for holder, version, content in sorted(ready, key=lambda part: part[2] is not None):
        part: Part = {"k": "part", "f": key, "v": version, "c": None if content is None else to_json(content)}
        if gone:
            part["gone"] = 1
        elif content is None and (holder in actor.identity.off or holder in actor.identity.links):
            part["named"] = 1
        since = None if content is None else _since(state, key, actor, holder)
        if since is not None:
            part["since"] = since
        if is_made(key) and content is not None:
            part["b"] = first_heard(actor)
            if since is not None and is_leased(holder):
                part["at"] = since * 4 + 3
        _send(holder, part, ("part", key, holder), out)


def _since(state: StitchState, key: str, actor: Actor, holder: str) -> int | None:
    """Since when a stable or made identifier is held (ms)."""
    link = None if is_leased(key) else links_of(state, key, actor).get(holder)
    return None if link is None else link[1]


def _part_for(state: StitchState, key: str, actor: Actor, holder: str) -> Content | None:
    """Nothing is a part, too, as long as it is held: so its holder knows whom to tell what it is called."""
    if not is_leased(key):
        if actor.identity.holder != holder:
            return None
        return with_waits(state, key, actor, holder, total_of(state, key, actor))
    content = with_waits(state, key, actor, holder, sum_of(state, key, actor, holder))
    return content if not is_empty(content) or holder in held_of(state, key, actor).holders() else None


def _say_verdicts(state: StitchState, owed: list[tuple[str, int]], out: Outbox) -> None:
    """Those that are taken back first, so that no circle closes for longer than need be."""
    known = [(from_, version, merges_of(state, from_)) for from_, version in owed]
    for from_, version, entry in sorted(known, key=lambda one: one[2].verdict != ""):
        merge = standing(entry, from_)
        when = merge[0] if merge is not None and entry.verdict else None
        into: Into = {"k": "into", "f": MERGES, "v": version, "w": entry.verdict, "at": when}
        _send(from_, into, ("into", from_), out)


def _send(to: str, message: Any, replaces: Any, out: Outbox) -> None:
    out.send(EVENTS, to.encode(), orjson.dumps(message), replaces=replaces)


# -- at once ---------------------------------------------------------------------------------------


def tell_child(state: StitchState, key: str, child: str, grave: Grave, out: Outbox) -> None:
    """It was had for somebody who is erased: also said again to children that come late."""
    message: Forget = {"k": "forget", "f": key, "v": state.owed_version(), "t": grave.at, "c": grave.command}
    _send(child, message, ("forget", key, child), out)


def tell_erasure(
    state: StitchState, key: str, grave: Grave, first: int, last: int, out: Outbox, *, whole: bool
) -> None:
    """What of it has to go wherever it is stored: positions on its line, both inclusive."""
    row = {
        "command": grave.command,
        "identifier": key,
        "from_ms": first >> 2,
        "until_ms": last >> 2,
        "from_pos": first,
        "until_pos": last,
        "whole": 1 if whole else 0,
        "epoch": state.epoch,
        "version": state.owed_version(),
    }
    out.row("erasures", orjson.dumps(row), replaces=(grave.command, key, first, last))
