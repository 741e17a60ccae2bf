"""What is behind the horizon on the line of a leased identifier is folded; nobody has more or less by it."""

from bisect import bisect_left
from heapq import heappush
from typing import Final

import orjson

from streams.stitch.actor import (
    CURRENT,
    FOLD,
    LEASE,
    NO_PAGES,
    SETTLED,
    Actor,
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
from streams.stitch.identity.held import Held
from streams.stitch.identity.lease import MOST_HOLDERS, Run
from streams.stitch.identity.leased import has_line, held_of, lease_of, slice_of
from streams.stitch.piece import Piece, pack, piece_pos, unpack
from streams.stitch.state import StitchState, note, round_after

MOST_RUNS: Final = 256
MOST_RUNS_IN_USE: Final = 512
"""As long as they are so young, or calls and tokens hang on it, that something may still be somebody's by them."""
MOST_RUN_BYTES: Final = 40_960
"""Of the runs as they are written. What is forgotten of them belongs to nobody where it comes that late."""


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
    _fold(state, key, actor, horizon * 4)
    if has_line(actor):
        _compact(state, key, held_of(state, key, actor))


def _fold(state: StitchState, key: str, actor: Actor, line: int) -> None:
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
    if _too_many(held.folded, MOST_RUNS_IN_USE):
        _compact(state, key, held)


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
        add_slice(state, SETTLED, key, "", content)
    else:
        add_slice(state, CURRENT if index >= place.lease else SETTLED, key, label, content)


def add_slice(state: StitchState, kind: str, key: str, label: str, content: Content) -> None:
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
    held.evidence, held.folded = held.evidence[len(ripe) :], place.runs
    lease = lease_of(state, key)
    kept = tuple(one for one in lease.evidence if one[0] >= line)
    pages = _drop_pages(state, key, lease.pages, line)
    state.put(LEASE + key, Lease(line, held.folded, tuple(sorted(held.forgotten)), kept, pages))


def _compact(state: StitchState, key: str, held: Held) -> None:
    """Once all that lies behind the horizon is folded, so that whoever is forgotten has theirs.

    Stays, calls and tokens may still be somebody's by runs of the deduplication window: these are kept, if they fit.
    """
    old = lease_of(state, key).line - state.window_ms * 4
    in_use = key in state.kids or held.folded[len(held.folded) // 2].pos > old
    if in_use and not _too_many(held.folded, MOST_RUNS_IN_USE):
        return
    folded, forgotten = _compacted(held.folded, held.forgotten)
    if folded is held.folded:
        return
    owed = state.owed[key].links if key in state.owed else {}
    held.lost += [one for one in held.told() if one[0].pos in owed and one[0].pos < folded[1].pos]
    held.folded, held.forgotten = folded, forgotten
    held.sums.clear()
    held.groups = held.recent = None
    held.runs = rules.extend(folded, held.evidence)
    held.blocked = rules.blocked(held.runs, forgotten)
    state.put(LEASE + key, lease_of(state, key)._replace(runs=folded, forgotten=tuple(sorted(forgotten))))


def _settle(state: StitchState, key: str, *, barred: bool) -> None:
    """The lease at the line is over for good; `barred`: it had too many holders."""
    for label in sorted(state.slices.get(key, ())):
        current = slice_of(state, CURRENT, key, label)
        if current is not EMPTY:
            state.drop(of_two(CURRENT, key, label))
            add_slice(state, SETTLED, key, "" if barred else label, current)


def _compacted(runs: tuple[Run, ...], forgotten: frozenset[str]) -> tuple[tuple[Run, ...], frozenset[str]]:
    """Only the latest runs, as many as fit into an entry; what was before them is nobody's."""
    while _too_many(runs, MOST_RUNS):
        lost, kept = runs[: len(runs) // 2], runs[len(runs) // 2 :]
        begun = max(index for index, run in enumerate(lost) if run.mark or index == 0)
        labels = {run.label for run in lost[begun:] if run.label} | (frozenset() if begun else forgotten)
        forgotten = frozenset() if kept[0].mark else frozenset(sorted(labels)[: MOST_HOLDERS + 1])
        runs = (FORGOTTEN, *kept)
    return runs, forgotten


def _too_many(runs: tuple[Run, ...], most: int) -> bool:
    if len(runs) > most:
        return True
    return len(runs) > MOST_HOLDERS and len(orjson.dumps([tuple(run) for run in runs])) > MOST_RUN_BYTES


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
