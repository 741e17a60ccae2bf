"""A time line: the recent evidence of one thing, sorted, and its stays, kept right wherever new evidence comes in.

Stays are a pure fold over (whereabouts at the horizon, evidence, now): `fold` says it in one line, `Line` does it
piece by piece. What is behind the horizon has gone into `carry` for good.
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable
from itertools import groupby
from operator import itemgetter

from streams.stitch.advance import advance
from streams.stitch.evidence import AT, Evidence
from streams.stitch.stay import DUE, JOINED, Rules, Stay, Stays, Whereabouts, settle
from streams.stitch.waits import Wait, wait_of, waits_of

Instant = tuple[int, tuple[Evidence, ...], Whereabouts, Stays]
"""(time, evidence of that time, whereabouts after it, stays that ended since the instant before)"""


class Line:
    """Bounded by the evidence within the horizon. Never written anywhere: rebuilt from an actor's entry and pages."""

    __slots__ = ("_over", "carry", "ended", "instants", "waits")

    def __init__(self, rules: Rules, carry: Whereabouts, evidence: Collection[Evidence]) -> None:
        self.carry = carry
        self.instants: list[Instant] = []
        self.ended: Stays = ()
        """Stays that have timed out since the last instant, as others were told."""
        if evidence:
            for at, group in groupby(sorted(set(evidence)), key=itemgetter(AT)):
                self._put(rules, len(self.instants), at, tuple(group))
        self._over = sorted((stay[JOINED], stay) for instant in self.instants for stay in instant[3])
        """The stays that have ended at an instant or before it, in order of joining."""
        self.waits = self._waits()
        """The finished waits of those stays, sorted: of many stays few may be one."""

    def _put(self, rules: Rules, index: int, at: int, group: tuple[Evidence, ...]) -> None:
        after, ended = advance(rules, self.before(index), at, group)
        self.instants.insert(index, (at, group, after, ended))

    def before(self, index: int) -> Whereabouts:
        """Whereabouts before the instant of this index."""
        return self.instants[index - 1][2] if index else self.carry

    def has(self, evidence: Evidence) -> bool:
        index = bisect_left(self.instants, (evidence[AT],))
        return index < len(self.instants) and evidence in self.instants[index][1]

    def insert(self, rules: Rules, evidence: Evidence) -> tuple[Stays, Stays]:
        """Fold new evidence in. Returns the ended stays that this took away, and those that it gave.

        Refolds from there on only until the whereabouts are what they were before.
        """
        instants, at = self.instants, evidence[AT]
        if not instants or instants[-1][0] < at:
            after, ended = advance(rules, instants[-1][2] if instants else self.carry, at, (evidence,))
            instants.append((at, (evidence,), after, ended))
            return self._changed((), ended)
        index = bisect_left(instants, (at,))
        was: Whereabouts = self.before(index)
        gone: Stays = ()
        if instants[index][0] == at:
            _, group, was, gone = instants.pop(index)
            self._put(rules, index, at, tuple(sorted((*group, evidence))))
        else:
            self._put(rules, index, at, (evidence,))
        return self._refold(rules, index, was, gone)

    def _refold(self, rules: Rules, index: int, was: Whereabouts, gone: Stays) -> tuple[Stays, Stays]:
        """The instant at `index` is new; before it was, whereabouts there were `was` and `gone` had ended."""
        instants = self.instants
        taken, given = [*gone], [*instants[index][3]]
        while instants[index][2] != was and index + 1 < len(instants):
            index += 1
            at, group, was, gone = instants[index]
            after, ended = advance(rules, instants[index - 1][2], at, group)
            instants[index] = (at, group, after, ended)
            taken += gone
            given += ended
        return self._changed(tuple(taken), tuple(given))

    def _changed(self, taken: Stays, given: Stays) -> tuple[Stays, Stays]:
        """Keep what is over, in order."""
        for stay in taken:
            del self._over[bisect_left(self._over, (stay[JOINED], stay))]
            wait = wait_of(stay)
            if wait is not None:
                del self.waits[bisect_left(self.waits, wait)]
        for stay in given:
            insort(self._over, (stay[JOINED], stay))
            wait = wait_of(stay)
            if wait is not None:
                insort(self.waits, wait)
        return taken, given

    def _waits(self) -> list[Wait]:
        return sorted(waits_of([stay for _, stay in self._over]))

    def now(self, as_of: int | None) -> tuple[Stays, Stays]:
        """Stays that are open as of then, and those that have timed out since the last instant, at `as_of` included."""
        after = self.instants[-1][2] if self.instants else self.carry
        if as_of is not None:
            for stay in after[0]:
                if stay[DUE] <= as_of:
                    after, ended = settle(after, as_of + 1)
                    return after[0], ended
        return after[0], ()

    def cut(self, horizon: int) -> Stays:
        """Nothing before the horizon can come any more: fold it into the carry and forget it.

        Returns the stays that have ended for good.
        """
        index = bisect_left(self.instants, (horizon,))
        self.carry, settled = settle(self.before(index), horizon)
        final = (*(stay for instant in self.instants[:index] for stay in instant[3]), *settled)
        del self.instants[:index]
        if self.instants and settled:
            at, group, after, ended = self.instants[0]
            self.instants[0] = (at, group, after, tuple(stay for stay in ended if stay not in settled))
        self.ended = tuple(stay for stay in self.ended if stay not in settled)
        gone = set(final)
        self._over = [one for one in self._over if one[1] not in gone]
        self.waits = self._waits()
        return final

    def over(self, first: int, after: int | None) -> Stays:
        """The stays that have ended at the last instant or before, and joined from `first` on and before `after` (ms).

        They may still change.
        """
        begin = bisect_left(self._over, (first,))
        end = len(self._over) if after is None else bisect_left(self._over, (after,))
        return tuple([stay for _, stay in self._over[begin:end]])

    def oldest(self) -> int | None:
        """Time of the oldest evidence."""
        return self.instants[0][0] if self.instants else None

    def stays(self) -> Iterable[Stay]:
        """Every stay that can still change, open ones as after the last instant."""
        for _, _, _, ended in self.instants:
            yield from ended
        yield from self.ended
        yield from self.before(len(self.instants))[0]


def fold(rules: Rules, carry: Whereabouts, evidence: Collection[Evidence], as_of: int | None) -> list[Stay]:
    """The stays that evidence gives, in whatever order it comes, as known at `as_of` (ms)."""
    line = Line(rules, carry, evidence)
    open_now, timed_out = line.now(as_of)
    return [*(stay for instant in line.instants for stay in instant[3]), *timed_out, *open_now]
