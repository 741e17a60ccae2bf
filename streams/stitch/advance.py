"""The stay machine: whereabouts before an instant and the evidence of that instant give the whereabouts after it."""

from collections.abc import Callable
from typing import Final

from streams.stitch import call, evidence, moment
from streams.stitch.evidence import CODE, Evidence, in_order
from streams.stitch.moment import Moment
from streams.stitch.stay import NOWHERE, Rules, Stays, Whereabouts, settle

_Step = Callable[[Moment, Evidence], None]
_STEP_OF: Final[dict[int, _Step]] = {
    evidence.HANDED_OVER: moment.hand_over,
    evidence.CALL_ENTERED: call.entered,
    evidence.ENTERED: moment.seen,
    evidence.JOINED: moment.join,
    evidence.CALL_QUEUED: call.queued,
    evidence.STARTED: moment.start,
    evidence.CALL_ANSWERED: call.answered,
    evidence.SEEN: moment.seen,
    evidence.NOTED: moment.note,
    evidence.ENDED: moment.end,
    evidence.QUEUE_LEFT: moment.leave_queue,
    evidence.CALL_ABANDONED: call.abandoned,
    evidence.CALL_ENDED: call.ended,
    evidence.LEFT: moment.leave_place,
    evidence.CLOSED: moment.close,
}


def advance(rules: Rules, before: Whereabouts, at: int, group: tuple[Evidence, ...]) -> tuple[Whereabouts, Stays]:
    """Whereabouts after everything at the instant `at`, and the stays that ended on the way there.

    `group`: all evidence of that instant, sorted. Evidence at the very instant of a time-out still prevents it.
    """
    timed_out: Stays = ()
    if before != NOWHERE:
        before, timed_out = settle(before, at)
    now = Moment(rules, before, at)
    for one in group if len(group) == 1 else in_order(group):
        _STEP_OF[one[CODE]](now, one)
    if now.ended:
        timed_out = (*timed_out, *now.ended)
    return (tuple(now.open), now.call), timed_out
