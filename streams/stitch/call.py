"""The steps of a call: menu, queue, answer, end; a call is in one queue at a time."""

from streams.stitch.evidence import Evidence
from streams.stitch.moment import Moment, serve, wait
from streams.stitch.stay import BEFORE_QUEUE, MENU, SERVED, Call, Stay


def entered(moment: Moment, evidence: Evidence) -> None:
    """The call rang. The same call id after the call was over is another call."""
    call = moment.call
    if call is None or (call.reached and not moment.open):
        moment.call = Call(moment.at, evidence.place, False, evidence.customer, moment.at)
        return
    place = call.place or evidence.place
    moment.call = Call(call.entered, place, call.reached, evidence.customer or call.customer, moment.at)


def queued(moment: Moment, evidence: Evidence) -> None:
    """It waits here now, and nowhere else any more."""
    wait(moment, _move(moment, evidence))


def answered(moment: Moment, evidence: Evidence) -> None:
    """Answered at once is a wait of 0."""
    serve(moment, _move(moment, evidence))


def abandoned(moment: Moment, evidence: Evidence) -> None:
    """Hung up. Before any queue that is no wait."""
    call = _heard(moment, evidence)
    if not moment.open and not call.reached:
        joined = moment.at if call.entered is None else call.entered
        place = evidence.place or call.place
        menu = Stay(place, joined, 0, MENU, None, moment.at, BEFORE_QUEUE, 0, call.customer, "", moment.at)
        moment.ended.append(menu)
    for index in range(len(moment.open) - 1, -1, -1):
        served = moment.open[index].started is not None
        moment.leave(index, guessed=1 if served else 0, customer=call.customer)
    moment.call = call._replace(reached=True)


def ended(moment: Moment, evidence: Evidence) -> None:
    """Over. Who still waited was served if somebody is named, else has hung up; both are guesses."""
    call = _heard(moment, evidence)
    for index in range(len(moment.open) - 1, -1, -1):
        if moment.open[index].started is not None:
            moment.end(index, SERVED, guessed=0, server=evidence.server, customer=call.customer)
        elif evidence.server:
            moment.end(index, SERVED, guessed=1, server=evidence.server, customer=call.customer)
        else:
            moment.leave(index, guessed=1, customer=call.customer)
    moment.call = call._replace(reached=True)


def _heard(moment: Moment, evidence: Evidence) -> Call:
    """The call as known with this step."""
    call = moment.call
    if call is None:
        return Call(None, "", False, evidence.customer, moment.at)
    return Call(call.entered, call.place, call.reached, evidence.customer or call.customer, moment.at)


def _move(moment: Moment, evidence: Evidence) -> Evidence:
    """The step with its place: its own, else that of the last queue, else where the call rang. It has left others."""
    call = _heard(moment, evidence)
    place = evidence.place or call.place
    for index in range(len(moment.open) - 1, -1, -1):
        if moment.open[index].place != place:
            moment.leave(index, guessed=1, customer=call.customer)
    moment.call = Call(call.entered, place, True, call.customer, moment.at)
    return evidence._replace(place=place, customer=call.customer)
