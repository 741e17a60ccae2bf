"""State of one partition of load: places, stays and facts as entries, and what is derived from them."""

from heapq import heappush
from typing import Any

from schemas.place import Places
from streams.load.crowd import Crowd
from streams.load.entries import Entry, FactEntry, PlaceEntry, decode, encode, fact_key, place_of
from streams.load.grid import BEFORE_ALL, GRID_MS, grid_until
from streams.load.work import MINUTE_MS, MINUTES
from streams.partition import Partition

SHORTEST_MEMORY_MS = (MINUTES + 1) * MINUTE_MS + 2 * GRID_MS
"""Estimates and staffing look back 15 min, the latter whole minutes: stays are kept at least as long, however small the
allowed lateness."""

FORGOTTEN_AFTER_MS = 30 * 86_400_000
"""A place that nobody declared and where nobody has been for so long is forgotten; it may have been a typing error."""


class LoadState(Partition[Entry]):
    """Bounded by the places, the people there and who left within the allowed lateness, and facts still to come."""

    def __init__(self, number: int, *, epoch: int, senders: int, places: Places, lateness_ms: int) -> None:
        """`lateness_ms`: how long after its end a stay may still change (allowed lateness, 0 or more)."""
        super().__init__(number, epoch=epoch, senders=senders)
        self.places = places
        self.lateness_ms = lateness_ms
        self.memory_ms = max(lateness_ms, SHORTEST_MEMORY_MS)
        self.forgotten_until = BEFORE_ALL  # a grid point: what is older than the memory has no look of its own
        self.crowds: dict[str, Crowd] = {}
        self.timers: list[tuple[int, str]] = []  # (grid point, place): the next look at each, and outdated ones
        self.leaving: list[tuple[int, str]] = []  # (time, entry key): when an entry may be dropped, or looked at again

    # -- what is derived -------------------------------------------------------------------------

    def crowd(self, place: str) -> Crowd:
        """What is known of a place; one heard of for the first time gets its entry."""
        crowd = self.crowds.get(place)
        if crowd is None:
            crowd = self._add_crowd(place, PlaceEntry())
            self.put(crowd.key, PlaceEntry())
            self.watch_empty(crowd)
        if crowd.at < self.forgotten_until:
            self._settle_forgotten(crowd, self.forgotten_until)
        return crowd

    def hear(self, sender: str, time: int) -> bool:
        risen = super().hear(sender, time)
        if risen:
            self._remember_time()
        return risen

    def resume(self, position: dict[str, Any]) -> None:
        super().resume(position)
        self._remember_time()

    def _remember_time(self) -> None:
        if self.watermark is not None:
            self.forgotten_until = grid_until(self.watermark - self.memory_ms)

    def arm(self, crowd: Crowd) -> None:
        """Set the timer of a place, where its next look comes earlier than the one that is set."""
        at = crowd.next_look()
        if at is not None and (crowd.armed is None or at < crowd.armed):
            crowd.armed = at
            heappush(self.timers, (at, crowd.place.id))

    def correct(self, crowd: Crowd) -> None:
        """The counts at the last look are others than they were: when must the place be looked at now?"""
        crowd.find_oldest(self.get)
        crowd.set_rhythm()
        self.arm(crowd)

    def leave_later(self, key: str, ended: int) -> None:
        """Drop a stay that is over once nothing can change it any more."""
        heappush(self.leaving, (ended + self.memory_ms, key))

    def watch_empty(self, crowd: Crowd) -> None:
        """Forget a place some day, if nobody declared it and nobody comes."""
        if not (crowd.stays or crowd.place.declared or crowd.watched):
            crowd.watched = True
            heappush(self.leaving, (self.forgotten_at(crowd), crowd.key))

    def forgotten_at(self, crowd: Crowd) -> int:
        return crowd.at + FORGOTTEN_AFTER_MS

    def keep_place(self, crowd: Crowd) -> None:
        self.put(crowd.key, PlaceEntry(crowd.at, *crowd.standing))

    def drop_facts(self, crowd: Crowd, facts: list[FactEntry]) -> None:
        for fact in facts:
            self.drop(fact_key(crowd.prefix, fact.kind, fact.source, fact.event_id))

    def _settle_forgotten(self, crowd: Crowd, floor: int) -> None:
        """What is older than the memory gets no look of its own any more: it only corrects the counts.

        Only a place where nobody is can have been left alone for so long, so nothing is passed over.
        """
        crowd.tally.advance(floor)
        self.drop_facts(crowd, crowd.move(floor))
        self.correct(crowd)
        self.keep_place(crowd)

    def _add_crowd(self, place: str, entry: PlaceEntry) -> Crowd:
        crowd = self.crowds[place] = Crowd(self.places.get(place), entry)
        return crowd

    # -- the changelog ---------------------------------------------------------------------------

    def encode(self, entry: Entry) -> bytes:
        return encode(entry)

    def decode(self, key: str, value: bytes) -> Entry:  # noqa: ARG002 - a value says all of it
        return decode(value)

    def recovered(self) -> None:
        """Count everybody again, and set all timers."""
        for key, entry in self.entries.items():
            if isinstance(entry, PlaceEntry):
                self._add_crowd(place_of(key), entry)
        for key, entry in self.entries.items():
            if isinstance(entry, PlaceEntry):
                continue
            crowd = self.crowds[place_of(key)]
            if isinstance(entry, FactEntry):
                crowd.learn(entry)
            else:
                crowd.exchange(key, None, entry)
                if entry.ended is not None:
                    self.leave_later(key, entry.ended)
        for crowd in self.crowds.values():
            self.correct(crowd)
            self.watch_empty(crowd)
