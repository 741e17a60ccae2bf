"""Where a thing is: evidence, closings and time change its stays, and each difference is told."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from streams.outbox import Outbox
from streams.stitch import remember
from streams.stitch.actor import MOST_INLINE, MOST_INLINE_CHARACTERS, NO_PAGES, Actor, EvidencePage, evidence_page
from streams.stitch.evidence import AT, WHERE, Evidence, characters, closing, handing_over
from streams.stitch.identity.stays import fold_waits, waits_changed
from streams.stitch.line import Line
from streams.stitch.state import TIMER_WAIT_MS, StitchState, round_after
from streams.stitch.stay import DUE, ENDED, JOINED, PLACE, Stays
from streams.stitch.tell import tell_difference, tell_stay
from streams.stitch.waits import as_told, may_change, waits_of

MOST_EXPIRED: Final = 8
"""So many instants behind the horizon stay before they are folded into the carry, and an eighth of all instants:
folding looks at every one of them, so it must be the more seldom the more there are."""


def learn(state: StitchState, key: str, actor: Actor, evidence: Evidence, version: int, out: Outbox) -> None:
    """New evidence about the thing, not older than the horizon. `actor` is a copy for writing."""
    line = state.line(key, actor)
    if state.closings:
        taken, given = _fold_in(state, key, actor, line, evidence, None)
    else:
        _keep(state, key, actor, evidence)
        taken, given = line.insert(state.rules, evidence)
    _tell(state, key, actor, line, taken, given, version, out)
    instants, horizon = line.instants, state.horizon
    most = MOST_EXPIRED + (len(instants) >> 3)
    if len(instants) > most and horizon and instants[most][0] < horizon:
        if state.closings:
            _catch_up(state, key, actor, line, horizon, state.version(), out)
        _forget_evidence(state, key, actor, line, horizon)


def hand_over(
    state: StitchState, key: str, actor: Actor, at: int, source: str, event_id: str, version: int, out: Outbox
) -> None:
    """The wristband was returned or issued (ms), which ends what its wearer did; known too late it does so at the
    horizon. `actor` is a copy for writing."""
    at = at if state.horizon is None else max(at, state.horizon)
    evidence = handing_over(at, source, event_id)
    if not state.line(key, actor).has(evidence):
        learn(state, key, actor, evidence, version, out)


def rename(
    state: StitchState, key: str, actor: Actor, first: int, after: int | None, version: int, out: Outbox
) -> None:
    """Who joined from `first` on and before `after` (ms; None: ever after) is called otherwise now: tell those stays
    again, as far as they may still change."""
    if not may_change(actor):
        return
    line = state.line(key, actor)
    for stay in as_told((*line.over(first, after), *line.ended, *actor.open)):
        if first <= stay[JOINED] and (after is None or stay[JOINED] < after):
            tell_stay(state, key, stay, version, out)


def attend(state: StitchState, key: str, out: Outbox) -> None:
    """Something may be due for this identifier: closings, time-outs, or that what it remembers has expired."""
    actor, mark = state.actor(key), state.watermark
    if actor is None or mark is None:
        return
    expiry = _expiry(state, key, actor)
    expired = expiry is not None and expiry <= mark
    timed_out = any(stay[DUE] + TIMER_WAIT_MS <= mark for stay in actor.open)
    if expired or timed_out or (state.closings and _closings_of(state, key, actor, mark)):
        actor = state.own(key)
        line = state.line(key, actor)
        _catch_up(state, key, actor, line, mark, state.version_of_timers(), out)
        if expired:
            _forget_evidence(state, key, actor, line, mark - state.lateness_ms)
            remember.forget(state, key, actor, mark - state.window_ms)
            expiry = _expiry(state, key, actor)
    if actor.due is not None and actor.due <= mark:
        actor.due = None
        _wake_for_time_outs(state, key, actor)
        if expiry is not None:
            state.wake(key, actor, max(expiry, mark + 1))


def _catch_up(state: StitchState, key: str, actor: Actor, line: Line, until: int, version: int, out: Outbox) -> None:
    """Fold in the closings that have reached it, let time pass and tell what that changes, each stay once.

    None after `until` (ms): a look that comes early, as after a restart, must change nothing.
    """
    taken: Stays = ()
    given: Stays = ()
    for one in _closings_of(state, key, actor, until):
        if not line.has(one):
            taken, given = _both(taken, given, *_fold_in(state, key, actor, line, one, until))
    _tell(state, key, actor, line, taken, given, version, out)


def _fold_in(
    state: StitchState, key: str, actor: Actor, line: Line, evidence: Evidence, until: int | None
) -> tuple[Stays, Stays]:
    """The ended stays that it takes away and those that it gives, closings that stays now run into included."""
    _keep(state, key, actor, evidence)
    taken, given = line.insert(state.rules, evidence)
    ahead = _closings_ahead(state, actor, line, given, until)
    while ahead:
        one = ahead.pop(0)
        if not line.has(one):
            _keep(state, key, actor, one)
            then_taken, then_given = line.insert(state.rules, one)
            taken, given = _both(taken, given, then_taken, then_given)
            ahead += _closings_ahead(state, actor, line, then_given, until)
    return taken, given


def _both(taken: Stays, given: Stays, then_taken: Stays, then_given: Stays) -> tuple[Stays, Stays]:
    """Two changes as one: what the first gives and the second takes away is neither."""
    return (
        (*taken, *(stay for stay in then_taken if stay not in given)),
        (*(stay for stay in given if stay not in then_taken), *then_given),
    )


def _tell(
    state: StitchState, key: str, actor: Actor, line: Line, taken: Stays, given: Stays, version: int, out: Outbox
) -> None:
    """Let time pass, and tell in what the stays differ from what was told before."""
    # In this order: a stay that is both was told to go on, and has timed out since.
    told = (*taken, *line.ended, *actor.open)
    going_on, ended = actor.open, line.ended = line.now(state.as_of)
    known = (*given, *ended, *going_on)
    tell_difference(state, key, told, known, version, out)
    was, now = waits_of(told if len(told) == 1 else as_told(told)), waits_of(known)
    if was != now:
        moved = Counter(was)
        moved.subtract(now)
        waits_changed(state, key, actor, {joined for (joined, _), count in moved.items() if count})
    if going_on:
        _wake_for_time_outs(state, key, actor)


def _wake_for_time_outs(state: StitchState, key: str, actor: Actor) -> None:
    for stay in actor.open:
        due = stay[DUE] + TIMER_WAIT_MS
        if actor.due is None or due < actor.due:
            state.wake(key, actor, due)


def _keep(state: StitchState, key: str, actor: Actor, evidence: Evidence) -> None:
    """Add it to the entry; what is there already goes into a page where it becomes too much."""
    if len(actor.evidence) >= MOST_INLINE or actor.characters > MOST_INLINE_CHARACTERS:
        first, after = actor.evidence_pages
        state.put(evidence_page(key, after), EvidencePage(actor.evidence))
        actor.evidence_pages, actor.evidence, actor.characters = (first, after + 1), (), 0
    actor.evidence = (*actor.evidence, evidence)
    at, _, source, event_id, place, server = evidence
    actor.characters += len(source) + len(event_id) + len(place) + len(server)
    expiry = at + state.lateness_ms
    if actor.due is None or expiry < actor.due:
        state.wake(key, actor, round_after(expiry))


def _expiry(state: StitchState, key: str, actor: Actor) -> int | None:
    """When all its evidence will have expired, else a page or the rest of its ids (ms)."""
    if actor.evidence or actor.evidence_pages is not NO_PAGES:
        instants = state.line(key, actor).instants
        return round_after((instants[-1][0] if instants else 0) + state.lateness_ms)
    newest = remember.newest(state, key, actor)
    return None if newest is None else round_after(newest + state.window_ms)


def _forget_evidence(state: StitchState, key: str, actor: Actor, line: Line, horizon: int) -> None:
    """Fold what is behind the horizon into the carry. All closings that concern it are known to the line."""
    before = _places(line)
    waits = waits_of(line.cut(horizon))
    if waits:
        fold_waits(state, key, actor, waits)
    actor.carry, actor.horizon = line.carry, horizon
    actor.evidence = tuple(one for one in actor.evidence if one[AT] >= horizon)
    actor.characters = sum(characters(one) for one in actor.evidence)
    _drop_pages(state, key, actor, horizon)
    for place in before - _places(line):
        state.leave(key, place)
    if not line.instants:
        state.forget_line(key)


def _places(line: Line) -> set[str]:
    """Places that a closing may concern."""
    places = {one[WHERE] for _, group, _, _ in line.instants for one in group}
    places.update(stay[PLACE] for stay in line.stays())
    _, call = line.carry
    if call is not None:
        places.add(call[1])
    return places


def _drop_pages(state: StitchState, key: str, actor: Actor, horizon: int) -> None:
    """From the front, as far as all in them is behind the horizon."""
    first, after = actor.evidence_pages
    while first < after:
        page = state.get(evidence_page(key, first))
        if isinstance(page, EvidencePage) and max(one[AT] for one in page.evidence) >= horizon:
            break
        state.drop(evidence_page(key, first))
        first += 1
    actor.evidence_pages = (first, after) if first < after else NO_PAGES


def _closings_of(state: StitchState, key: str, actor: Actor, until: int) -> list[Evidence]:
    """Closings of places where the thing has stays, up to then, as far as its line does not know of them."""
    found = []
    for place, times in state.closings.items():
        if key in state.visitors.get(place, ()):
            reached = [at for at in times if at <= until]
            found += _unknown(state.line(key, actor), actor, place, reached)
    return found


def _closings_ahead(state: StitchState, actor: Actor, line: Line, given: Stays, until: int | None) -> list[Evidence]:
    """Closings, up to then, that stays run into which were not there, or went on less long, when their place closed."""
    found: list[Evidence] = []
    for stay in (*given, *line.before(len(line.instants))[0]):
        times = [at for at in state.closings.get(stay[PLACE], ()) if at > stay[JOINED]]
        if stay[ENDED] is not None:
            times = [at for at in times if at <= stay[ENDED]]
        if until is not None:
            times = [at for at in times if at <= until]
        found += _unknown(line, actor, stay[PLACE], times)
    return found


def _unknown(line: Line, actor: Actor, place: str, times: Iterable[int]) -> list[Evidence]:
    horizon = actor.horizon
    closings = [closing(place, at) for at in times if horizon is None or at >= horizon]
    return [one for one in closings if not line.has(one)]
