"""What a leased identifier has for whom: pieces within the lateness by its runs, the rest folded by holder."""

from bisect import bisect_left
from heapq import heappush
from typing import Final

import orjson

from streams.stitch.actor import (
    CHILD,
    CURRENT,
    FIRST_LEASE,
    FOLD,
    LEASE,
    MOST_LEASE_EVIDENCE,
    MOST_PIECE_BYTES,
    NO_PAGES,
    NOBODY,
    SETTLED,
    Actor,
    Child,
    Identity,
    Lease,
    LeasePage,
    Pages,
    PiecePage,
    Slice,
    lease_page,
    of_two,
    piece_page,
)
from streams.stitch.content import EMPTY, Content, add, merge
from streams.stitch.identity import lease as rules
from streams.stitch.identity.children import MANY, Groups
from streams.stitch.identity.held import Held
from streams.stitch.identity.lease import MOST_HOLDERS, Evidence, Run
from streams.stitch.piece import Piece, pack, piece_pos, unpack
from streams.stitch.state import StitchState, note, round_after

LATEST: Final = rules.LATEST_RANK
"""Rank of a wait at the instant when it began, as of all else that is neither return nor issue."""
MOST_RUNS: Final = 256
MOST_RUN_BYTES: Final = 40_960
"""Of the runs as they are written. What is forgotten of them belongs to nobody where it comes that late."""


# -- what it has -----------------------------------------------------------------------------------


def has_line(actor: Actor) -> bool:
    """False for the many of which nothing was ever said: all that they have is nobody's."""
    return actor.identity is not NOBODY


def begin_line(actor: Actor) -> None:
    """Something was said of it."""
    if actor.identity is NOBODY:
        actor.identity = Identity({}, "", {}, None, {}, 0)
        actor.sum = None


def held_of(state: StitchState, key: str, actor: Actor) -> Held:
    """The line, from memory or from the entries."""
    held = state.held.get(key)
    if held is None:
        lease = lease_of(state, key)
        off = frozenset(target for target, command in actor.identity.off.items() if command[3])
        evidence = sorted(_evidence_of(state, key, lease))
        held = state.held[key] = Held(lease.runs, lease.forgotten, evidence, off, _latest(state, key, actor))
    return held


def _latest(state: StitchState, key: str, actor: Actor) -> int:
    """The latest position at which it has anything."""
    latest = max((piece_pos(piece) for piece in pieces_of(state, key, actor)), default=0)
    for child in state.kids.get(key, ()):
        entry = state.get(of_two(CHILD, key, child))
        if isinstance(entry, Child):
            latest = max(latest, entry.at or 0)
    return latest


def lease_of(state: StitchState, key: str) -> Lease:
    entry = state.get(LEASE + key)
    return entry if isinstance(entry, Lease) else FIRST_LEASE


def sum_of(state: StitchState, key: str, actor: Actor, label: str) -> Content:
    """All that `label` has of it, but for waits that may change; '' for what is nobody's: it is somebody of its own."""
    if not has_line(actor):
        if label:
            return EMPTY
        return _sum_without_line(state, key, actor)
    held = held_of(state, key, actor)
    known = held.sums.get(label)
    if known is None:
        known = held.sums[label] = merge(*_parts(state, key, actor, held, label))
    return known


def _sum_without_line(state: StitchState, key: str, actor: Actor) -> Content:
    if actor.sum is None:
        actor.sum = actor.own
        for piece in pieces_of(state, key, actor):
            actor.sum = add(actor.sum, piece)
    return actor.sum


def _parts(state: StitchState, key: str, actor: Actor, held: Held, label: str) -> list[Content]:
    last = len(held.folded) - 1
    parts = [actor.own] if held.whose(last) == label else []
    barred = last in held.blocked
    for raw in state.slices.get(key, ()) if label == "" else (label,):
        off = raw == "" or raw in held.off
        if off == (label == ""):
            parts.append(slice_of(state, SETTLED, key, raw))
        if (off or barred) == (label == ""):
            parts.append(slice_of(state, CURRENT, key, raw))
    if held.recent is None:
        held.recent = {}
        for piece in pieces_of(state, key, actor):
            whose = held.whose_at(piece_pos(piece))
            held.recent[whose] = add(held.recent.get(whose, EMPTY), piece)
    parts.append(held.recent.get(label, EMPTY))
    return parts + _children_for(state, key, held, label)


def _children_for(state: StitchState, key: str, held: Held, label: str) -> list[Content]:
    def entry_of(child: str) -> Child | None:
        entry = state.get(of_two(CHILD, key, child))
        return entry if isinstance(entry, Child) else None

    children = state.kids.get(key, ())
    if len(children) > MANY:
        held.groups = held.groups or Groups(children)
        return held.groups.contents(label, entry_of, lambda child: held.whose_at(child.at or 0))
    found = [entry for entry in map(entry_of, children) if entry is not None and held.whose_at(entry.at or 0) == label]
    return [entry.content for entry in found if entry.content is not None]


def slice_of(state: StitchState, kind: str, key: str, label: str) -> Content:
    entry = state.get(of_two(kind, key, label))
    return entry.content if isinstance(entry, Slice) else EMPTY


def pieces_of(state: StitchState, key: str, actor: Actor) -> list[Piece]:
    """Those that are not folded yet."""
    found = unpack(actor.recent) if actor.recent else []
    for number in range(*actor.piece_pages):
        page = state.get(piece_page(key, number))
        if isinstance(page, PiecePage):
            found += unpack(page.pieces)
    return found


def put_pieces(state: StitchState, key: str, actor: Actor, pieces: list[Piece]) -> None:
    """These, and no others, are those that are not folded."""
    for number in range(*actor.piece_pages):
        state.drop(piece_page(key, number))
    actor.piece_pages, actor.recent, actor.sum = NO_PAGES, b"", None
    for piece in pieces:
        if len(actor.recent) > MOST_PIECE_BYTES:
            _turn_page(state, key, actor)
        actor.recent += pack(piece)


def _turn_page(state: StitchState, key: str, actor: Actor) -> None:
    first, after = actor.piece_pages
    state.put(piece_page(key, after), PiecePage(actor.recent))
    actor.piece_pages, actor.recent = (first, after + 1), b""


def _evidence_of(state: StitchState, key: str, lease: Lease) -> list[Evidence]:
    found = [*lease.evidence]
    for number in range(*lease.pages):
        page = state.get(lease_page(key, number))
        if isinstance(page, LeasePage):
            found += [one for one in page.evidence if one[0] >= lease.line]
    return found


# -- something new ---------------------------------------------------------------------------------


def keep_piece(state: StitchState, key: str, actor: Actor, piece: Piece) -> tuple[str, Content, Content]:
    """A piece that it does not have yet. Returns whose it is, and what that one has of it before and after."""
    if len(actor.recent) > MOST_PIECE_BYTES:
        _make_room(state, key, actor)
    if actor.identity is NOBODY:
        whose, before = "", _sum_without_line(state, key, actor)
        after = actor.sum = add(before, piece)
    else:
        held = held_of(state, key, actor)
        whose = held.whose_at(piece_pos(piece))
        held.latest = max(held.latest, piece_pos(piece))
        before = sum_of(state, key, actor, whose)
        after = held.sums[whose] = add(before, piece)
        if held.recent is not None:
            held.recent[whose] = add(held.recent.get(whose, EMPTY), piece)
    actor.recent += pack(piece)
    _wake(state, key, actor, piece_pos(piece) >> 2)
    return whose, before, after


def _make_room(state: StitchState, key: str, actor: Actor) -> None:
    """Fold what is behind the horizon; if that is little, what is left goes into a page."""
    if state.horizon is not None:
        fold(state, key, actor, state.horizon)
    if len(actor.recent) > MOST_PIECE_BYTES // 2:
        _turn_page(state, key, actor)


def make_room_on_line(state: StitchState, key: str, actor: Actor) -> None:
    """For one piece of evidence more: fold what is behind the horizon; if there is none, all goes into a page."""
    if len(lease_of(state, key).evidence) < MOST_LEASE_EVIDENCE:
        return
    if state.horizon is not None:
        fold(state, key, actor, state.horizon)
    lease = lease_of(state, key)
    if len(lease.evidence) >= MOST_LEASE_EVIDENCE:
        first, after = lease.pages
        state.put(lease_page(key, after), LeasePage(lease.evidence))
        state.put(LEASE + key, lease._replace(evidence=(), pages=(first, after + 1)))


def keep_evidence(state: StitchState, key: str, actor: Actor, evidence: Evidence) -> bool:
    """Evidence that the line does not have yet. True: its runs may have changed, see `Held.rethink`."""
    held, lease = held_of(state, key, actor), lease_of(state, key)
    state.put(LEASE + key, lease._replace(evidence=(*lease.evidence, evidence)))
    begin_line(actor)
    _wake(state, key, actor, evidence[0] >> 2)
    return held.insert(evidence)


def _wake(state: StitchState, key: str, actor: Actor, at: int) -> None:
    if not actor.newest:
        heappush(state.timers, (round_after(at + state.lateness_ms), FOLD + key))
    actor.newest = max(actor.newest, at, 1)


# -- something old ---------------------------------------------------------------------------------


def fold_due(state: StitchState, key: str) -> None:
    """Fold what is behind the horizon, where all of it is. Nobody has more or less by it."""
    actor, mark = state.actor(key), state.watermark
    if actor is None or mark is None or not actor.newest:
        return
    due = round_after(actor.newest + state.lateness_ms)
    if due <= mark:
        fold(state, key, state.own(key), mark - state.lateness_ms)
    else:
        heappush(state.timers, (due, FOLD + key))


def fold(state: StitchState, key: str, actor: Actor, horizon: int) -> None:
    """Fold evidence and pieces older than `horizon` (ms), pages of pieces only when all in them is."""
    line = horizon * 4
    lined = has_line(actor)
    if lined:
        _fold_evidence(state, key, actor, held_of(state, key, actor), line)
    taken = _take_pieces(state, key, actor, line)
    if taken and lined:
        held = held_of(state, key, actor)
        place = _Place(held.folded, held.forgotten)
        by_run: dict[int, Content] = {}
        for piece in taken:
            index = rules.index_at(held.folded, piece_pos(piece))
            by_run[index] = add(by_run.get(index, EMPTY), piece)
        for index, content in by_run.items():
            _put(state, key, actor, place, index, content)
        held.recent = None
    else:
        for piece in taken:
            actor.own = add(actor.own, piece)
    lease = lease_of(state, key)
    if not actor.recent and actor.piece_pages is NO_PAGES:
        actor.sum = None
        if not lease.evidence and lease.pages is NO_PAGES:
            actor.newest = 0


def fold_content(state: StitchState, key: str, actor: Actor, pos: int, content: Content) -> None:
    """Content at a position behind the horizon, told already as something that may change."""
    if not has_line(actor):
        actor.own = merge(actor.own, content)
        if actor.sum is not None:
            actor.sum = merge(actor.sum, content)
        return
    held = held_of(state, key, actor)
    if state.horizon is not None:
        _fold_evidence(state, key, actor, held, state.horizon * 4)
    place, whose = _Place(held.folded, held.forgotten), held.whose_at(pos)
    _put(state, key, actor, place, rules.index_at(held.folded, pos), content)
    if whose in held.sums:
        held.sums[whose] = merge(held.sums[whose], content)


class _Place:
    """Where content of each run is folded to."""

    def __init__(self, runs: tuple[Run, ...], forgotten: frozenset[str]) -> None:
        self.runs = runs
        self.last = len(runs) - 1
        self.lease = self.last
        while self.lease > 0 and not runs[self.lease].mark:
            self.lease -= 1
        self.blocked = rules.blocked(runs, forgotten)


def _put(state: StitchState, key: str, actor: Actor, place: _Place, index: int, content: Content) -> None:
    """Fold content of the run of this index, whose evidence is final."""
    label = place.runs[index].label
    if not label and index == place.last:
        actor.own = merge(actor.own, content)
    elif not label or (index < place.lease and index in place.blocked):
        _add_slice(state, SETTLED, key, "", content)
    else:
        _add_slice(state, CURRENT if index >= place.lease else SETTLED, key, label, content)


def _add_slice(state: StitchState, kind: str, key: str, label: str, content: Content) -> None:
    note(state.slices, key, label)
    state.put(of_two(kind, key, label), Slice(merge(slice_of(state, kind, key, label), content)))


def _fold_evidence(state: StitchState, key: str, actor: Actor, held: Held, line: int) -> None:
    ripe = held.evidence[: bisect_left(held.evidence, (line,))]
    if not ripe:
        return
    last, place = len(held.folded) - 1, _Place(tuple(rules.extend(held.folded, ripe)), held.forgotten)
    if actor.own is not EMPTY and (place.runs[last].label or last < place.last):
        own, actor.own = actor.own, EMPTY
        _put(state, key, actor, place, last, own)
    if last < place.lease:
        _settle(state, key, barred=last in place.blocked)
    held.evidence = held.evidence[len(ripe) :]
    held.folded, held.forgotten = _compacted(place.runs, held.forgotten)
    if held.folded is not place.runs:
        held.sums.clear()
        held.groups = None
    held.runs = rules.extend(held.folded, held.evidence)
    held.blocked = rules.blocked(held.runs, held.forgotten)
    lease = lease_of(state, key)
    kept = tuple(one for one in lease.evidence if one[0] >= line)
    pages = _drop_pages(state, key, lease.pages, line)
    state.put(LEASE + key, Lease(line, held.folded, tuple(sorted(held.forgotten)), kept, pages))


def _settle(state: StitchState, key: str, *, barred: bool) -> None:
    """The lease at the line is over for good; `barred`: it had too many holders."""
    for label in sorted(state.slices.get(key, ())):
        current = slice_of(state, CURRENT, key, label)
        if current is not EMPTY:
            state.drop(of_two(CURRENT, key, label))
            _add_slice(state, SETTLED, key, "" if barred else label, current)


def _compacted(runs: tuple[Run, ...], forgotten: frozenset[str]) -> tuple[tuple[Run, ...], frozenset[str]]:
    """Only the latest runs, as many as fit into an entry; what was before them is nobody's."""
    while len(runs) > MOST_RUNS or (
        len(runs) > MOST_HOLDERS and len(orjson.dumps([tuple(run) for run in runs])) > MOST_RUN_BYTES
    ):
        lost, kept = runs[: len(runs) // 2], runs[len(runs) // 2 :]
        begun = max(index for index, run in enumerate(lost) if run.mark or index == 0)
        labels = {run.label for run in lost[begun:] if run.label} | (frozenset() if begun else forgotten)
        forgotten = frozenset() if kept[0].mark else frozenset(sorted(labels)[: MOST_HOLDERS + 1])
        runs = (FORGOTTEN, *kept)
    return runs, forgotten


FORGOTTEN: Final = Run(rules.BEGINNING, "", 0, None, "", "", "")


def _drop_pages(state: StitchState, key: str, pages: Pages, line: int) -> Pages:
    first, after = pages
    while first < after:
        page = state.get(lease_page(key, first))
        if isinstance(page, LeasePage) and max(one[0] for one in page.evidence) >= line:
            break
        state.drop(lease_page(key, first))
        first += 1
    return (first, after) if first < after else NO_PAGES


def _take_pieces(state: StitchState, key: str, actor: Actor, line: int) -> list[Piece]:
    """Those before the line, which are kept no more."""
    taken: list[Piece] = []
    first, after = actor.piece_pages
    while first < after:
        page = state.get(piece_page(key, first))
        pieces = unpack(page.pieces) if isinstance(page, PiecePage) else []
        if any(piece_pos(piece) >= line for piece in pieces):
            break
        taken += pieces
        state.drop(piece_page(key, first))
        first += 1
    actor.piece_pages = (first, after) if first < after else NO_PAGES
    inline = unpack(actor.recent) if actor.recent else []
    taken += [piece for piece in inline if piece_pos(piece) < line]
    actor.recent = b"".join([pack(piece) for piece in inline if piece_pos(piece) >= line])
    return taken
