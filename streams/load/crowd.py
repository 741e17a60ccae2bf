"""Everything derived about one place: its counts, its queue in order, its pace, its facts and when to look next."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush

from schemas.place import Place
from streams.load.entries import Entry, FactEntry, PlaceEntry, Stay, place_key, place_prefix
from streams.load.facts import History
from streams.load.grid import GRID_MS, minute_after, quarter_after
from streams.load.level import Limits, Standing, next_turn
from streams.load.starts import Starts, start_of
from streams.load.tally import FACT, Tally, points
from streams.load.work import Work

Lookup = Callable[[str], Entry | None]

SMALL_QUEUE = 256
"""Below this the queue's heap is never swept."""


class Crowd:
    """Never stored: rebuilt from the entries of the place, and equal to what is rebuilt at any time.

    It may be changed in place before the entries are durable: after a write that fails, all of it is built anew.
    """

    __slots__ = (
        "_queue",
        "_sweep_at",
        "armed",
        "at",
        "facts",
        "key",
        "limits",
        "oldest_joined",
        "place",
        "prefix",
        "rhythm",
        "standing",
        "starts",
        "stays",
        "tally",
        "watched",
        "work",
    )

    def __init__(self, place: Place, entry: PlaceEntry) -> None:
        self.place = place
        self.key, self.prefix = place_key(place.id), place_prefix(place.id)
        target = place.target_wait_seconds
        self.limits = Limits(None if target is None else round(target * 1_000), place.capacity)
        self.at = entry.at
        self.standing = Standing(entry.level, entry.since, entry.calm_bad, entry.calm_watch)
        self.stays = 0
        self.tally, self.starts, self.work = Tally(entry.at), Starts(entry.at), Work()
        self.facts = {kind: History(entry.at) for kind in ("state", "staff", "posted")}
        self._queue: list[tuple[int, str]] = []  # (joined, stay key) of all who wait, and some who do no longer
        self._sweep_at = SMALL_QUEUE
        self.oldest_joined: int | None = None  # of those who wait at `at`
        self.rhythm: int | None = None  # the next look that needs no change
        self.armed: int | None = None  # the look that a timer stands for
        self.watched = False  # a timer stands for forgetting this place

    def exchange(self, key: str, old: Stay | None, new: Stay) -> bool:
        """A stay is `new` instead of `old`, if there was one; True if the counts at `at` have changed."""
        if old is None:
            self.stays += 1
        if new.started is not None or (old is not None and old.started is not None):
            self.starts.exchange(start_of(key, old), start_of(key, new))
        self.work.exchange(old, new)
        if waits_after(new, self.at) and (old is None or not waits_after(old, self.at)):
            heappush(self._queue, (new.joined, key))
        return self.tally.exchange(points(old), points(new))

    def forget(self, key: str, stay: Stay) -> None:
        """A stay that ended before `at` is dropped: what it added to the counts it has taken away long ago."""
        self.stays -= 1
        self.starts.exchange(start_of(key, stay), None)
        self.work.exchange(stay, None)

    def learn(self, fact: FactEntry) -> list[FactEntry] | None:
        """The facts that this one supersedes; None if a later one holds already, so that it changes nothing."""
        history = self.facts[fact.kind]
        if not history.add(fact):
            return None
        if fact.time > self.at:
            self.tally.note((fact.time, FACT, ""), 1)
        return history.advance(self.at)

    def move(self, at: int) -> list[FactEntry]:
        """Everything but the tally holds at `at` from here on; returns the facts that are superseded."""
        self.at = at
        self.starts.advance(at)
        return [fact for history in self.facts.values() for fact in history.advance(at)]

    def find_oldest(self, lookup: Lookup) -> None:
        """Find out who waits longest at `at`. Amortised O(log n): who no longer waits is met once."""
        queue = self._queue
        if len(queue) > self._sweep_at:
            self._sweep(lookup)
        while queue:
            joined, key = queue[0]
            stay = lookup(key)
            if isinstance(stay, Stay) and waits_after(stay, self.at):
                self.oldest_joined = joined if joined <= self.at else None
                return
            heappop(queue)
        self.oldest_joined = None

    def _sweep(self, lookup: Lookup) -> None:
        """Throw out who no longer waits, wherever they stand: one who waits for hours must not keep all the others."""
        self._queue = list({item for item in self._queue if waits_after(lookup(item[1]), self.at)})
        heapify(self._queue)
        self._sweep_at = max(SMALL_QUEUE, 2 * len(self._queue))

    def set_rhythm(self) -> None:
        """When to look again if nothing changes: at a turn of level, each minute while anybody waits (meanwhile the
        estimate moves), and each quarter of an hour while anybody is there."""
        turn = next_turn(self.standing, self.oldest_joined, self.limits)
        if turn is not None:
            turn = max(turn, self.at + GRID_MS)
        if self.tally.inside:
            whole = minute_after(self.at) if self.oldest_joined is not None else quarter_after(self.at)
            turn = whole if turn is None else min(turn, whole)
        self.rhythm = turn

    def changes_before_armed(self) -> bool:
        """False if the timer that is set comes early enough for all changes known so far."""
        return self.armed is None or self.tally.may_change_before(self.armed)

    def next_look(self) -> int | None:
        """The next grid point of this place; None while nobody is there and nothing is known to change."""
        change = self.tally.next_change()
        if change is None or self.rhythm is None:
            return self.rhythm if change is None else change
        return min(change, self.rhythm)


def waits_after(stay: Entry | None, at: int) -> bool:
    """True if there is an instant after `at` at which this stay waits, or waited before `at` and still does."""
    if not isinstance(stay, Stay) or stay.gone or stay.kind == "presence":
        return False
    until = stay.started if stay.started is not None else stay.ended
    return until is None or until > max(at, stay.joined)
