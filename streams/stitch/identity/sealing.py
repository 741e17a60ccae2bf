"""Sealing: a call or token that is silent for long is added to its holder for good, and nothing else is kept of it.

Undo ends there: what it was belongs to its holder from then on, and goes wherever that one goes.
"""

from heapq import heappush
from typing import Any, Final

import orjson

from schemas.internal import Part
from streams.outbox import Outbox
from streams.stitch.actor import ABSORB, CHILD, MARK, Actor, Child, SealedPage, SealedRow, of_two, sealed_page, the_two
from streams.stitch.codec import sealed_from_json, sealed_to_json
from streams.stitch.content import EMPTY, Content, from_json, merge, to_json
from streams.stitch.identity.change import look, note_total
from streams.stitch.identity.folding import fold_content
from streams.stitch.identity.holder import conflict_of, is_leased, is_made
from streams.stitch.identity.leased import begin_line, held_of, sum_of
from streams.stitch.identity.ledger import Evidence, tell_changes
from streams.stitch.identity.owed import note_own
from streams.stitch.identity.rows import tell_end
from streams.stitch.identity.say import say_of
from streams.stitch.identity.silence import first_heard, last_heard, row_at, silent_at
from streams.stitch.identity.stable import called, links_of, name_of, total_of
from streams.stitch.identity.waiting import is_awaited
from streams.stitch.state import StitchState, note, round_after
from streams.stitch.waits import may_change
from streams.topology import EVENTS

MOST_SEALED: Final = 1_024
"""Rows of sealed children that a holder keeps right at least; of more, those of the last week."""
MOST_PAGE_BYTES: Final = 48 << 10
WEEK_MS: Final = 7 * 86_400_000

# -- what is sealed --------------------------------------------------------------------------------


def seal_when_silent(state: StitchState, key: str, out: Outbox) -> bool:
    """Whatever was due for this identifier was done: if it is at rest for long enough, it is sealed. True: it was."""
    actor, mark = state.actor(key), state.watermark
    if actor is None or mark is None or not is_made(key):
        return False
    at = silent_at(state, actor)
    if at is not None and at > mark:
        state.wake(key, actor, at)
    elif at is not None and actor.due is None and not is_awaited(state, key):
        if not (actor.open or actor.ids or may_change(actor)):
            _seal(state, key, actor, out)
            return True
        state.wake(key, actor, round_after(mark))
    return False


def _seal(state: StitchState, key: str, actor: Actor, out: Outbox) -> None:
    say_of(state, key, out)
    version, holder, begun = state.owed_version(), actor.identity.holder, first_heard(actor)
    for target in sorted({*actor.identity.links, *actor.identity.off} - {holder}):
        _send_final({"k": "part", "f": key, "v": version, "c": None, "b": begun, "final": 1}, target, out)
    if holder:
        links = links_of(state, key, actor)
        link, until = links[holder], last_heard(actor) or 0
        status = "conflict" if conflict_of(links) else "held"
        row = SealedRow(key, version, row_at(key, actor), "", 0, until, status, link, 0)
        part: Part = {"k": "part", "f": key, "v": version, "c": to_json(actor.own), "b": begun, "final": 1}
        if is_leased(holder):
            row = row._replace(at=link[1] * 4 + 3)
            part["at"] = row.at
        part["r"], part["n"] = sealed_to_json([row]), called(actor, holder)
        _send_final(part, holder, out)
        tell_end(state, key, (until + 1) * 4, version, out)
        rule = f"silent for {state.window_ms // 3_600_000} hours"
        tell_changes(state, key, [("sealed", holder, holder, "", rule)], Evidence(state.watermark or 0), out)
    state.drop(key)
    state.forget_line(key)
    state.forget_paged_ids(key)


def _send_final(part: Part, holder: str, out: Outbox) -> None:
    """Never dropped for a later one, which is about another call or token of the same name."""
    out.send(EVENTS, holder.encode(), orjson.dumps(part))


# -- who had it ------------------------------------------------------------------------------------


def was_sealed(state: StitchState, key: str, message: Any) -> bool:
    """Whether this part is of a call or token that was sealed and added to the holder, and comes once more."""
    return bool(message.get("b", 0) <= state.sealed.get(key, {}).get(message["f"], -1))


def final_part(state: StitchState, key: str, message: dict[str, Any]) -> None:
    """A sealed child says for the last time what it has for this identifier, which keeps its rows right from now on."""
    child, version, at = message["f"], message["v"], message.get("at")
    if message["c"] is None:
        _add(state, key, child, version, at, EMPTY)
        return
    content, actor = from_json(message["c"]), state.own(key)
    _keep_rows(state, key, sealed_from_json(message["r"]))
    if is_leased(key):
        begin_line(actor)
    if name_of(state, key, actor, at or 0) != message["n"]:
        state.owe(key).sealed = state.owed_version()
    if is_leased(key) and (state.horizon is None or (at or 0) >= state.horizon * 4):
        # Its name may be another one's by the time that it is added up.
        name, sealed = f"{child}{MARK}{version}", Child(version, at, content, 1)
        waiting = of_two(CHILD, key, name)
        _replace(state, key, child, name, sealed)
        heappush(state.timers, (state.absorbed_at(sealed), ABSORB + waiting))
    else:
        _add(state, key, child, version, at, content)


def absorb_due(state: StitchState, entry_key: str) -> None:
    """Time may have passed the place of a sealed child on the line of its leased holder."""
    sealed, mark = state.get(entry_key), state.watermark
    if not isinstance(sealed, Child) or sealed.content is None or mark is None:
        return
    if state.absorbed_at(sealed) <= mark:
        key, child = the_two(entry_key)
        _add(state, key, child, sealed.version, sealed.at, sealed.content)
    else:
        heappush(state.timers, (state.absorbed_at(sealed), ABSORB + entry_key))


def _add(state: StitchState, key: str, child: str, version: int, at: int | None, content: Content) -> None:
    """What the child had becomes the holder's own. Nobody has more or less by it, unless the last part was another."""
    actor = state.own(key)
    if is_leased(key):
        held = held_of(state, key, actor)
        whose = held.whose_at(at or 0)
        before, own = sum_of(state, key, actor, whose), sum_of(state, key, actor, "")
        _drop_child(state, key, child, version)
        held.sums.clear()
        fold_content(state, key, actor, at or 0, content)
        _note_difference(state, key, actor, whose, before, own)
        return
    known = look(state, key, actor)
    _drop_child(state, key, child, version)
    actor.own = merge(actor.own, content)
    if total_of(state, key, actor) != known.total:
        note_total(state, key, actor, known.holder, known.total)


def _replace(state: StitchState, key: str, child: str, name: str, sealed: Child) -> None:
    """It is kept as a child under a name that no living one has. Only of a leased holder."""
    actor = state.own(key)
    held = held_of(state, key, actor)
    whose = held.whose_at(sealed.at or 0)
    before, own = sum_of(state, key, actor, whose), sum_of(state, key, actor, "")
    _drop_child(state, key, child, sealed.version)
    state.put(of_two(CHILD, key, name), sealed)
    note(state.kids, key, name)
    held.latest = max(held.latest, sealed.at or 0)
    if held.groups is not None:
        held.groups.changed(name)
    held.sums.clear()
    _note_difference(state, key, actor, whose, before, own)


def _note_difference(state: StitchState, key: str, actor: Actor, whose: str, before: Content, own: Content) -> None:
    if sum_of(state, key, actor, whose) == before:
        return
    if whose:
        state.owe(key).part(whose, state.owed_version())
    else:
        note_own(state.owe(key), own, sum_of(state, key, actor, ""), state.owed_version())


def _drop_child(state: StitchState, key: str, child: str, version: int) -> None:
    entry_key = of_two(CHILD, key, child)
    known = state.get(entry_key)
    if not isinstance(known, Child) or known.version > version:
        return  # that is said by another one of the same name already
    state.drop(entry_key)
    state.kids[key].discard(child)
    if not state.kids[key]:
        del state.kids[key]
    state.sums.pop(key, None)
    if key in state.groups:
        state.groups[key].gone(child)
    held = state.held.get(key)
    if held is not None and held.groups is not None:
        held.groups.gone(child)


# -- rows ------------------------------------------------------------------------------------------


def _keep_rows(state: StitchState, key: str, rows: tuple[SealedRow, ...]) -> None:
    now = state.owed_version()
    page = SealedPage(tuple([row._replace(base=max(0, row.version - now)) for row in rows]))
    first, after = state.sealed_pages.get(key, (0, 0))
    last = state.get(sealed_page(key, after - 1))
    if isinstance(last, SealedPage) and sum(map(_size, (*last.rows, *page.rows))) <= MOST_PAGE_BYTES:
        after, page = after - 1, SealedPage((*last.rows, *page.rows))
    state.put(sealed_page(key, after), page)
    state.sealed_pages[key] = first, after + 1
    state.note_sealed(key, page)
    _forget_oldest(state, key)


def _size(row: SealedRow) -> int:
    return 100 + 6 * (len(row.identifier) + len(row.holder) + (sum(map(len, row.link[2:])) if row.link else 0))


def _forget_oldest(state: StitchState, key: str) -> None:
    """Beyond the bound a row keeps the name that it has."""
    first, after = state.sealed_pages[key]
    page, known = state.get(sealed_page(key, first)), state.sealed[key]
    if len(known) <= MOST_SEALED or after - first < 2 or not isinstance(page, SealedPage):
        return
    if state.watermark is not None and all(row.until < state.watermark - WEEK_MS for row in page.rows):
        state.drop(sealed_page(key, first))
        state.sealed_pages[key] = first + 1, after
        for row in page.rows:
            if known.get(row.identifier) == row.until:
                del known[row.identifier]
