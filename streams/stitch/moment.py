"""What each kind of evidence does to the open stays of a thing, except the steps of a call."""

from typing import Final

from streams.stitch.evidence import Evidence
from streams.stitch.stay import ABANDONED, LEFT_PLACE, PRESENCE, QUEUE, SERVED, Call, Rules, Stay, Whereabouts

MOST_OPEN: Final = 32
MOST_OPEN_CHARACTERS: Final = 4_096
"""Of all texts in the open stays together. Beyond either the stay that would time out first ends, as a guess."""


class Moment:
    """What is being changed while one instant is folded in."""

    __slots__ = ("at", "call", "ended", "open", "rules")

    def __init__(self, rules: Rules, before: Whereabouts, at: int) -> None:
        self.rules = rules
        self.at = at
        self.open = list(before.open)
        self.ended: list[Stay] = []
        self.call: Call | None = before.call

    def find(self, place: str, kind: str) -> int:
        """Index of the open stay of this kind at the place, else -1. There is never a second one."""
        for index, stay in enumerate(self.open):
            if stay.kind == kind and stay.place == place:
                return index
        return -1

    def begin(self, evidence: Evidence, kind: str, *, started: int | None, due: int) -> None:
        """A stay begins now."""
        place, at, nth = evidence.place, self.at, 0
        if self.open or self.ended:
            nth = sum(1 for stay in (*self.open, *self.ended) if stay.joined == at and stay.place == place)
        server = "" if started is None else evidence.server
        self.open.append(Stay(place, at, nth, kind, started, None, "", 0, evidence.customer, server, due))
        if len(self.open) > 1:
            self._keep_within_bounds()

    def _keep_within_bounds(self) -> None:
        while len(self.open) > MOST_OPEN or (
            len(self.open) > 1
            and sum(len(stay.place) + len(stay.customer) + len(stay.server) for stay in self.open)
            > MOST_OPEN_CHARACTERS
        ):
            first = min(range(len(self.open) - 1), key=lambda index: (self.open[index].due, self.open[index]))
            self.leave(first, guessed=1)

    def refresh(self, index: int, evidence: Evidence, *, starts: int | None = None) -> None:
        """The stay goes on: it times out later, its customer may be known better, its service may have started."""
        place, joined, nth, kind, started, ended, outcome, guessed, customer, server, _ = self.open[index]
        rule = self.rules.of(place)
        if started is None:
            started = starts
        due = self.at + (rule.presence if kind == PRESENCE else rule.wait if started is None else rule.service)
        if not server and started is not None:
            server = evidence.server
        customer = evidence.customer or customer
        self.open[index] = Stay(place, joined, nth, kind, started, ended, outcome, guessed, customer, server, due)

    def end(self, index: int, outcome: str, *, guessed: int, server: str = "", customer: str = "") -> None:
        """The stay ends now."""
        place, joined, nth, kind, started, _, _, _, known, served_by, due = self.open.pop(index)
        self.ended.append(
            Stay(
                place,
                joined,
                nth,
                kind,
                started,
                self.at,
                outcome,
                guessed,
                customer or known,
                served_by or server,
                due,
            )
        )

    def leave(self, index: int, *, guessed: int, customer: str = "") -> None:
        """The thing is gone: while waiting it has abandoned, while served it was served, else it just left."""
        stay = self.open[index]
        if stay.kind == PRESENCE:
            outcome = LEFT_PLACE
        else:
            outcome = ABANDONED if stay.started is None else SERVED
        self.end(index, outcome, guessed=guessed, customer=customer)

    def leave_others(self, place: str) -> None:
        """Seen at `place`: what goes on at unrelated places has ended, except in virtual queues."""
        rules = self.rules
        if rules.of(place).virtual:
            return
        for index in range(len(self.open) - 1, -1, -1):
            other = self.open[index].place
            if other != place and not rules.of(other).virtual and not rules.related(place, other):
                self.leave(index, guessed=1)

    def refresh_presence(self, evidence: Evidence) -> None:
        index = self.find(evidence.place, PRESENCE)
        if index >= 0:
            self.refresh(index, evidence)


def join(moment: Moment, evidence: Evidence) -> None:
    """A second join while waiting changes nothing; one while being served means that the service ended unseen."""
    moment.leave_others(evidence.place)
    moment.refresh_presence(evidence)
    wait(moment, evidence)


def wait(moment: Moment, evidence: Evidence) -> None:
    """The thing waits at the place from now on, unless it already does."""
    index = moment.find(evidence.place, QUEUE)
    if index >= 0:
        if moment.open[index].started is None:
            return moment.refresh(index, evidence)
        moment.end(index, SERVED, guessed=1)
    return moment.begin(evidence, QUEUE, started=None, due=moment.at + moment.rules.of(evidence.place).wait)


def start(moment: Moment, evidence: Evidence) -> None:
    moment.leave_others(evidence.place)
    moment.refresh_presence(evidence)
    serve(moment, evidence)


def serve(moment: Moment, evidence: Evidence) -> None:
    """Service starts: of whoever waits there, else of somebody who joins now. The first start of a stay counts."""
    index = moment.find(evidence.place, QUEUE)
    if index < 0:
        due = moment.at + moment.rules.of(evidence.place).service
        return moment.begin(evidence, QUEUE, started=moment.at, due=due)
    return moment.refresh(index, evidence, starts=moment.at)


def seen(moment: Moment, evidence: Evidence) -> None:
    moment.leave_others(evidence.place)
    note(moment, evidence)


def note(moment: Moment, evidence: Evidence) -> None:
    """There: what goes on at the place is heard of; where nothing does, a presence begins."""
    queue, presence = moment.find(evidence.place, QUEUE), moment.find(evidence.place, PRESENCE)
    if queue >= 0:
        moment.refresh(queue, evidence)
    if presence >= 0:
        moment.refresh(presence, evidence)
    if queue < 0 and presence < 0:
        moment.begin(evidence, PRESENCE, started=None, due=moment.at + moment.rules.of(evidence.place).presence)


def end(moment: Moment, evidence: Evidence) -> None:
    """Served. Without a start it was served all the same, but since when is unknown, so the end is marked a guess."""
    moment.leave_others(evidence.place)
    moment.refresh_presence(evidence)
    index = moment.find(evidence.place, QUEUE)
    if index >= 0:
        waiting = moment.open[index].started is None
        server, customer = evidence.server, evidence.customer
        moment.end(index, SERVED, guessed=1 if waiting else 0, server=server, customer=customer)


def leave_queue(moment: Moment, evidence: Evidence) -> None:
    """Walked away. While being served that ends the service, but nobody said so: a guess."""
    moment.leave_others(evidence.place)
    moment.refresh_presence(evidence)
    index = moment.find(evidence.place, QUEUE)
    if index >= 0:
        served = moment.open[index].started is not None
        moment.leave(index, guessed=1 if served else 0, customer=evidence.customer)


def leave_place(moment: Moment, evidence: Evidence) -> None:
    leave_queue(moment, evidence)
    index = moment.find(evidence.place, PRESENCE)
    if index >= 0:
        moment.leave(index, guessed=0, customer=evidence.customer)


def close(moment: Moment, evidence: Evidence) -> None:
    """Closing empties the place; who comes in that very instant stays."""
    for index in range(len(moment.open) - 1, -1, -1):
        stay = moment.open[index]
        if stay.place == evidence.place and stay.joined < moment.at:
            moment.leave(index, guessed=1)
