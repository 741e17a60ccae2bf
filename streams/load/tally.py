"""How many people wait, are served and are present at one place: counts at an instant, and the changes after it."""

from heapq import heappop, heappush

from streams.load.entries import Stay
from streams.load.grid import GRID_MS

JOINED, ENTERED, STARTED, ENDED, GAVE_UP, RAN_OUT, LEFT, FACT = range(8)
"""What can happen: to a queue stay: joined, started, served to the end, walked away, timed out while it waited;
to a presence: entered, left; to the place: a fact."""

Point = tuple[int, int, str]
"""(time, what happened, known customer or '')"""


class Flows:
    """What happened between two snapshots: joins, service starts, ends of service or presence, walk-aways."""

    __slots__ = ("abandons", "arrivals", "ends", "starts")

    def __init__(self) -> None:
        self.arrivals = self.starts = self.ends = self.abandons = 0


def points(stay: Stay | None) -> tuple[Point, ...]:
    """What a stay contributes. A service answered at once is an arrival and a start, and nobody ever waits."""
    if stay is None or stay.gone:
        return ()
    customer, started, ended = stay.customer, stay.started, stay.ended
    if stay.kind == "presence":
        entered = (stay.joined, ENTERED, customer)
        return (entered,) if ended is None else (entered, (ended, LEFT, customer))
    joined = (stay.joined, JOINED, customer)
    if started is None:
        if ended is None:
            return (joined,)
        return (joined, (ended, GAVE_UP if stay.outcome == "abandoned" else RAN_OUT, customer))
    if ended is None:
        return (joined, (started, STARTED, customer))
    return (joined, (started, STARTED, customer), (ended, ENDED, customer))


class Bucket:
    """What happened in one step of the grid: how often each thing, and who of the known customers came or went."""

    __slots__ = ("customers", "happened")

    def __init__(self) -> None:
        self.happened = [0] * 8
        self.customers: dict[str, int] = {}


class Tally:
    """Derived from the stays and facts of one place, never stored; bounded by them.

    Counts hold at `at`; what is known of later times waits in buckets of 5 s. A change of a stay takes back what it
    had contributed and adds what it contributes now, each in O(1) (O(log n) for a new bucket), so that the counts are
    those of the stays as they are known, whatever happened in between.
    """

    __slots__ = ("_buckets", "_customers", "_order", "_twice", "at", "being_served", "inside", "waiting")

    def __init__(self, at: int) -> None:
        self.at = at
        self.waiting = self.being_served = self.inside = 0
        self._twice = 0  # stays of a customer who is counted already
        self._customers: dict[str, int] = {}
        self._buckets: dict[int, Bucket] = {}
        self._order: list[int] = []

    @property
    def present(self) -> int:
        """Everybody inside, a known customer once."""
        return self.inside - self._twice

    def exchange(self, old: tuple[Point, ...], new: tuple[Point, ...]) -> bool:
        """Take back `old` and add `new`; True if the counts at `at` have changed: something was late."""
        late = False
        if new[: len(old)] == old:  # nearly always: something has been added
            for point in new[len(old) :]:
                late |= self.note(point, 1)
            return late
        for point in old:
            if point not in new:
                late |= self.note(point, -1)
        for point in new:
            if point not in old:
                late |= self.note(point, 1)
        return late

    def note(self, point: Point, sign: int) -> bool:
        """Add (`sign` 1) or take back (-1) one thing that happened; True if that was at or before `at`."""
        time, what, customer = point
        if time <= self.at:
            self._apply(what, sign)
            if customer:
                self._count_customer(customer, sign if what <= ENTERED else -sign if what != STARTED else 0)
            return True
        grid = time + -time % GRID_MS
        bucket = self._buckets.get(grid)
        if bucket is None:
            bucket = self._buckets[grid] = Bucket()
            heappush(self._order, grid)
        bucket.happened[what] += sign
        if customer and what != STARTED:
            change = sign if what <= ENTERED else -sign
            bucket.customers[customer] = bucket.customers.get(customer, 0) + change
        if sign < 0 and not any(bucket.happened):
            del self._buckets[grid]
        return False

    def may_change_before(self, grid: int) -> bool:
        """False if nothing is known to change before that grid point; quick, and True now and then without cause."""
        return bool(self._order) and self._order[0] < grid

    def next_change(self) -> int | None:
        """The first grid point after `at` at which something is known to have changed."""
        order = self._order
        while order and order[0] not in self._buckets:
            heappop(order)
        return order[0] if order else None

    def advance(self, at: int) -> Flows:
        """Count everything up to and at `at`, and say what happened since the instant before."""
        flows = Flows()
        while (grid := self.next_change()) is not None and grid <= at:
            bucket = self._buckets.pop(grid)
            self._add_bucket(bucket, flows)
        self.at = max(self.at, at)
        return flows

    def _add_bucket(self, bucket: Bucket, flows: Flows) -> None:
        joined, entered, started, ended, gave_up, ran_out, left, _ = bucket.happened
        self.waiting += joined - started - gave_up - ran_out
        self.being_served += started - ended
        self.inside += joined + entered - ended - gave_up - ran_out - left
        for customer, change in bucket.customers.items():
            self._count_customer(customer, change)
        flows.arrivals += joined + entered
        flows.starts += started
        flows.ends += ended + left
        flows.abandons += gave_up

    def _apply(self, what: int, sign: int) -> None:
        if what == STARTED:
            self.waiting -= sign
            self.being_served += sign
        elif what <= ENTERED:
            self.inside += sign
            self.waiting += sign if what == JOINED else 0
        elif what != FACT:
            self.inside -= sign
            if what == ENDED:
                self.being_served -= sign
            elif what != LEFT:
                self.waiting -= sign

    def _count_customer(self, customer: str, change: int) -> None:
        before = self._customers.get(customer, 0)
        after = before + change
        self._twice += max(0, after - 1) - max(0, before - 1)
        if after:
            self._customers[customer] = after
        else:
            self._customers.pop(customer, None)
