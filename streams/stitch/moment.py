"""What each kind of evidence does to the open stays of a thing, except the steps of a call."""

from typing import Final

from streams.stitch.evidence import BY, WHERE, Evidence
from streams.stitch.stay import (
    ABANDONED,
    DUE,
    JOINED,
    KIND,
    LEFT_PLACE,
    PLACE,
    PRESENCE,
    QUEUE,
    SERVED,
    SERVER,
    STARTED,
    Call,
    Rules,
    Stay,
    Whereabouts,
)

MOST_OPEN: Final = 32
MOST_OPEN_CHARACTERS: Final = 1_536
"""Of all texts in the open stays together. Beyond either the stay that would time out first ends, as a guess."""


class Moment:
    """The stays of one thing while one instant is folded in."""

    __slots__ = ("at", "call", "ended", "open", "rules")

    def __init__(self, rules: Rules, before: Whereabouts, at: int) -> None:
        going_on, call = before
        self.rules = rules
        self.at = at
        self.open = [*going_on]
        self.ended: list[Stay] = []
        self.call: Call | None = call

    def find(self, place: str, kind: str) -> int:
        """Index of the open stay of this kind at the place, else -1. There is never a second one."""
        for index, stay in enumerate(self.open):
            if stay[PLACE] == place and stay[KIND] == kind:
                return index
        return -1

    def begin(self, evidence: Evidence, kind: str, *, started: int | None, due: int) -> None:
        """A stay begins now."""
        _, _, _, _, place, server = evidence
        at, nth = self.at, 0
        if self.open or self.ended:
            nth = sum(1 for stay in (*self.open, *self.ended) if stay[JOINED] == at and stay[PLACE] == place)
        self.open.append((place, at, nth, kind, started, None, "", 0, "" if started is None else server, due))
        if len(self.open) > 1:
            self._keep_within_bounds()

    def _keep_within_bounds(self) -> None:
        def characters() -> int:
            return sum(len(stay[PLACE]) + len(stay[SERVER]) for stay in self.open)

        while len(self.open) > MOST_OPEN or (len(self.open) > 1 and characters() > MOST_OPEN_CHARACTERS):
            first = min(range(len(self.open) - 1), key=lambda index: (self.open[index][DUE], self.open[index]))
            self.leave(first, guessed=1)

    def refresh(self, index: int, evidence: Evidence, *, starts: int | None = None) -> None:
        """The stay goes on: it times out later, and its service may have started."""
        place, joined, nth, kind, started, ended, outcome, guessed, server, _ = self.open[index]
        served_by = evidence[BY]
        rule = self.rules.of(place)
        if started is None:
            started = starts
        if started is not None:
            server = server or served_by
        due = self.at + (rule.presence if kind == PRESENCE else rule.wait if started is None else rule.service)
        self.open[index] = (place, joined, nth, kind, started, ended, outcome, guessed, server, due)

    def end(self, index: int, outcome: str, *, guessed: int, server: str = "") -> None:
        """The stay ends now."""
        place, joined, nth, kind, started, _, _, _, served_by, due = self.open.pop(index)
        self.ended.append((place, joined, nth, kind, started, self.at, outcome, guessed, served_by or server, due))

    def leave(self, index: int, *, guessed: int) -> None:
        """The thing is gone: while waiting it has abandoned, while served it was served, else it just left."""
        stay = self.open[index]
        if stay[KIND] == PRESENCE:
            outcome = LEFT_PLACE
        else:
            outcome = ABANDONED if stay[STARTED] is None else SERVED
        self.end(index, outcome, guessed=guessed)

    def came(self, evidence: Evidence) -> None:
        """Seen at a place: what goes on at unrelated places has ended, except in virtual queues.

        A presence at the place itself goes on.
        """
        place, rules = evidence[WHERE], self.rules
        for index in range(len(self.open) - 1, -1, -1):
            stay = self.open[index]
            other = stay[PLACE]
            if other == place:
                if stay[KIND] == PRESENCE:
                    self.refresh(index, evidence)
            elif not (rules.of(place).virtual or rules.of(other).virtual or rules.related(place, other)):
                self.leave(index, guessed=1)


def join(moment: Moment, evidence: Evidence) -> None:
    if moment.open:
        moment.came(evidence)
    wait(moment, evidence)


def wait(moment: Moment, evidence: Evidence) -> None:
    """The thing waits here. A second join while waiting changes nothing; one while served: served unseen, and again."""
    index = moment.find(evidence[WHERE], QUEUE)
    if index >= 0:
        if moment.open[index][STARTED] is None:
            return moment.refresh(index, evidence)
        moment.end(index, SERVED, guessed=1)
    return moment.begin(evidence, QUEUE, started=None, due=moment.at + moment.rules.of(evidence[WHERE]).wait)


def start(moment: Moment, evidence: Evidence) -> None:
    if moment.open:
        moment.came(evidence)
    serve(moment, evidence)


def serve(moment: Moment, evidence: Evidence) -> None:
    """Service starts: of whoever waits there, else of somebody who joins now. The first start of a stay counts."""
    index = moment.find(evidence[WHERE], QUEUE)
    if index >= 0:
        return moment.refresh(index, evidence, starts=moment.at)
    due = moment.at + moment.rules.of(evidence[WHERE]).service
    return moment.begin(evidence, QUEUE, started=moment.at, due=due)


def seen(moment: Moment, evidence: Evidence) -> None:
    if moment.open:
        moment.came(evidence)
    note(moment, evidence)


def note(moment: Moment, evidence: Evidence) -> None:
    """There: what goes on at the place is heard of; where nothing does, a presence begins."""
    place = evidence[WHERE]
    queue, presence = moment.find(place, QUEUE), moment.find(place, PRESENCE)
    if queue >= 0:
        moment.refresh(queue, evidence)
    if presence >= 0:
        moment.refresh(presence, evidence)
    elif queue < 0:
        moment.begin(evidence, PRESENCE, started=None, due=moment.at + moment.rules.of(place).presence)


def end(moment: Moment, evidence: Evidence) -> None:
    """Served. Without a start it was served all the same, but since when is unknown, so the end is marked a guess."""
    if moment.open:
        moment.came(evidence)
    index = moment.find(evidence[WHERE], QUEUE)
    if index >= 0:
        waiting = moment.open[index][STARTED] is None
        moment.end(index, SERVED, guessed=1 if waiting else 0, server=evidence[BY])


def leave_queue(moment: Moment, evidence: Evidence) -> None:
    """Walked away. While being served that ends the service, but nobody said so: a guess."""
    if moment.open:
        moment.came(evidence)
    index = moment.find(evidence[WHERE], QUEUE)
    if index >= 0:
        served = moment.open[index][STARTED] is not None
        moment.leave(index, guessed=1 if served else 0)


def leave_place(moment: Moment, evidence: Evidence) -> None:
    leave_queue(moment, evidence)
    index = moment.find(evidence[WHERE], PRESENCE)
    if index >= 0:
        moment.leave(index, guessed=0)


def hand_over(moment: Moment, _: Evidence) -> None:
    """The wristband changes hands: what its wearer did is over, so that it does not go on as the next one's."""
    for index in range(len(moment.open) - 1, -1, -1):
        moment.leave(index, guessed=1)


def close(moment: Moment, evidence: Evidence) -> None:
    """Closing empties the place; who comes in that very instant stays."""
    for index in range(len(moment.open) - 1, -1, -1):
        stay = moment.open[index]
        if stay[PLACE] == evidence[WHERE] and stay[JOINED] < moment.at:
            moment.leave(index, guessed=1)
