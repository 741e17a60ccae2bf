"""Where a thing is: evidence, closings and time change its stays, and each difference is told."""

from collections.abc import Iterable

from streams.outbox import Outbox
from streams.stitch import remember
from streams.stitch.actor import MOST_INLINE, MOST_INLINE_CHARACTERS, Actor, EvidencePage, evidence_page
from streams.stitch.evidence import Evidence, closing
from streams.stitch.line import Line, Stays
from streams.stitch.state import TIMER_WAIT_MS, StitchState
from streams.stitch.stay import Stay
from streams.stitch.tell import StayName, tell_difference


class Difference:
    """Stays of one thing by name, as others were told and as they are now, as far as they may differ."""

    __slots__ = ("now", "was")

    def __init__(self, told: Stays) -> None:
        self.was: dict[StayName, Stay] = {stay[:3]: stay for stay in told}
        self.now: dict[StayName, Stay] = {}

    def change(self, taken: Stays, given: Stays) -> None:
        for stay in taken:
            if self.now.pop(stay[:3], None) is None:
                self.was[stay[:3]] = stay
        for stay in given:
            self.now[stay[:3]] = stay


def learn(state: StitchState, key: str, actor: Actor, evidence: Evidence, out: Outbox) -> None:
    """New evidence about the thing, not older than the horizon. `actor` is a copy for writing."""
    line = state.line(key, actor)
    if not line.has(evidence):
        _fold_in(state, key, actor, line, [evidence], out)


def attend(state: StitchState, key: str, out: Outbox) -> None:
    """Something may be due for this identifier: closings, time-outs, upkeep."""
    actor, mark = state.actor(key), state.watermark
    if actor is None or mark is None:
        return
    reached = _closings_reached(state, key, actor)
    upkeep = actor.upkeep is not None and actor.upkeep <= mark
    if reached or upkeep or any(stay.due + TIMER_WAIT_MS <= mark for stay in actor.open):
        actor = state.own(key)
        line = state.line(key, actor)
        _fold_in(state, key, actor, line, reached, out)
        if upkeep:
            _keep_up(state, key, actor, line, mark)
    if actor.due is not None and actor.due <= mark:
        actor.due = None
        state.wake_next(key, actor)


def _closings_reached(state: StitchState, key: str, actor: Actor) -> list[Evidence]:
    """Closings of places where the thing has stays, as far as it does not know of them."""
    found = []
    for place, times in state.closings.items():
        if key in state.visitors.get(place, ()):
            found += _unknown(state.line(key, actor), actor, place, times)
    return found


def _unknown(line: Line, actor: Actor, place: str, times: Iterable[int]) -> list[Evidence]:
    horizon = actor.horizon
    closings = [closing(place, at) for at in times if horizon is None or at >= horizon]
    return [one for one in closings if not line.has(one)]


def _fold_in(state: StitchState, key: str, actor: Actor, line: Line, evidence: list[Evidence], out: Outbox) -> None:
    """Fold evidence in, the closings that its stays run into too; let time pass, and tell what has changed by it."""
    difference = Difference((*line.ended, *actor.open))
    while evidence:
        one = evidence.pop()
        _keep(state, key, actor, one)
        taken, given = line.insert(state.rules, one)
        difference.change(taken, given)
        if state.closings:
            evidence += _closings_ahead(state, actor, line, given, evidence)
    actor.open, line.ended = line.now(state.as_of)
    difference.change((), (*line.ended, *actor.open))
    tell_difference(state, key, difference.was, difference.now, out)
    if actor.open:
        state.wake(key, actor, min([stay.due for stay in actor.open]) + TIMER_WAIT_MS)


def _closings_ahead(
    state: StitchState, actor: Actor, line: Line, given: Stays, waiting: list[Evidence]
) -> list[Evidence]:
    """Closings that stays run into which were not there, or went on less long, when their place closed."""
    found: list[Evidence] = []
    for stay in (*given, *line.before(len(line.instants)).open):
        times = [at for at in state.closings.get(stay.place, ()) if at > stay.joined]
        if stay.ended is not None:
            times = [at for at in times if at <= stay.ended]
        found += [one for one in _unknown(line, actor, stay.place, times) if one not in found and one not in waiting]
    return found


def _keep(state: StitchState, key: str, actor: Actor, evidence: Evidence) -> None:
    """Add it to the entry; what is there already goes into a page where it becomes too much."""
    if len(actor.evidence) >= MOST_INLINE or actor.characters > MOST_INLINE_CHARACTERS:
        first, after = actor.evidence_pages
        state.put(evidence_page(key, after), EvidencePage(actor.evidence))
        actor.evidence_pages = (first, after + 1)
        actor.hold(())
    actor.hold((*actor.evidence, evidence))
    state.keep_up(key, actor, evidence.at + state.lateness_ms)


def _keep_up(state: StitchState, key: str, actor: Actor, line: Line, mark: int) -> None:
    """Fold what is behind the horizon into the carry, forget ids that have expired, note when to come again."""
    horizon = mark - state.lateness_ms
    before = _places(line)
    line.cut(horizon)
    actor.carry, actor.horizon = line.carry, horizon
    actor.hold(tuple(one for one in actor.evidence if one.at >= horizon))
    _drop_pages(state, key, actor, horizon)
    for place in before - _places(line):
        state.leave(key, place)
    if not line.instants:
        state.forget_line(key)
    newest_id = remember.forget(state, key, actor, mark - state.window_ms)
    actor.upkeep = None
    if newest_id is not None:
        state.keep_up(key, actor, newest_id + state.window_ms)
    if line.instants:
        state.keep_up(key, actor, line.instants[0][0] + state.lateness_ms)


def _places(line: Line) -> set[str]:
    """Places that a closing may concern."""
    places = {one.place for _, group, _, _ in line.instants for one in group}
    places.update(stay.place for stay in line.stays())
    if line.carry.call is not None:
        places.add(line.carry.call.place)
    return places


def _drop_pages(state: StitchState, key: str, actor: Actor, horizon: int) -> None:
    """From the front, as far as all in them is behind the horizon."""
    first, after = actor.evidence_pages
    while first < after:
        page = state.get(evidence_page(key, first))
        if isinstance(page, EvidencePage) and max(one.at for one in page.evidence) >= horizon:
            break
        state.drop(evidence_page(key, first))
        first += 1
    actor.evidence_pages = (first, after)
