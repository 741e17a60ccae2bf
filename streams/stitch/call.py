"""The steps of a call: menu, queue, answer, end; a call is in one queue at a time."""

from streams.stitch.evidence import BY, WHERE, Evidence
from streams.stitch.moment import Moment, serve, wait
from streams.stitch.stay import BEFORE_QUEUE, MENU, PLACE, SERVED, STARTED, Call


def entered(moment: Moment, evidence: Evidence) -> None:
    """The call rang. The same call id after the call was over is another call."""
    rang_at, known_place, reached, _ = _heard(moment)
    place = evidence[WHERE]
    if moment.call is None or (reached and not moment.open):
        moment.call = (moment.at, place, False, moment.at)
    else:
        moment.call = (rang_at, known_place or place, reached, moment.at)


def queued(moment: Moment, evidence: Evidence) -> None:
    """It waits here now, and nowhere else any more."""
    wait(moment, _move(moment, evidence))


def answered(moment: Moment, evidence: Evidence) -> None:
    """Answered at once is a wait of 0."""
    serve(moment, _move(moment, evidence))


def abandoned(moment: Moment, evidence: Evidence) -> None:
    """Hung up. Before any queue that is no wait."""
    rang_at, place, reached, last = _heard(moment)
    if not moment.open and not reached:
        joined, at = moment.at if rang_at is None else rang_at, moment.at
        moment.ended.append((evidence[WHERE] or place, joined, 0, MENU, None, at, BEFORE_QUEUE, 0, "", at))
    for index in range(len(moment.open) - 1, -1, -1):
        served = moment.open[index][STARTED] is not None
        moment.leave(index, guessed=1 if served else 0)
    moment.call = (rang_at, place, True, last)


def ended(moment: Moment, evidence: Evidence) -> None:
    """Over. Who still waited was served if somebody is named, else has hung up; both are guesses."""
    rang_at, place, _, last = _heard(moment)
    server = evidence[BY]
    for index in range(len(moment.open) - 1, -1, -1):
        if moment.open[index][STARTED] is not None:
            moment.end(index, SERVED, guessed=0, server=server)
        elif server:
            moment.end(index, SERVED, guessed=1, server=server)
        else:
            moment.leave(index, guessed=1)
    moment.call = (rang_at, place, True, last)


def _heard(moment: Moment) -> Call:
    """The call as known with a step now."""
    if moment.call is None:
        return (None, "", False, moment.at)
    rang_at, place, reached, _ = moment.call
    return (rang_at, place, reached, moment.at)


def _move(moment: Moment, evidence: Evidence) -> Evidence:
    """The step with its place: its own, else that of the last queue, else where the call rang. It has left others."""
    rang_at, known_place, _, last = _heard(moment)
    at, code, source, event_id, place, server = evidence
    place = place or known_place
    for index in range(len(moment.open) - 1, -1, -1):
        if moment.open[index][PLACE] != place:
            moment.leave(index, guessed=1)
    moment.call = (rang_at, place, True, last)
    return (at, code, source, event_id, place, server)
