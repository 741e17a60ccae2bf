"""Looks at the store all the while, as a board does, and at the memory of the processes."""

import threading
import time
from collections import defaultdict
from statistics import linear_regression, median
from typing import Any, NamedTuple

from support.faults.road import FaultRoad, StoreDownError

WATCHED = {
    "touchpoints": ("source, event_id", "cityHash64(source, event_id)", True),
    "identifiers": ("identifier", "cityHash64(identifier)", True),
    "stays": ("place, identifier, joined_at, nth", "cityHash64(identifier)", False),
    "queue_load": ("place, at", "cityHash64(place, at)", True),
}
"""By view: key, its hash, and whether a row that was seen must stay visible (a stay may turn out to be none)."""

LOOK_SECONDS = 0.7
MOST_KEYS = 5_000
"""Of a view; with more, only every second one of them is looked at from then on."""

MIB = 1 << 20
FEWEST_SAMPLES = 30
SPARE_BYTES, SPARE_BYTES_AN_HOUR = 8 * MIB, 24 * MIB
"""So much may the last third of a life have more than the middle one, both of them being 20 minutes of an hour: with
36 touchpoints a second, 200 bytes that are never given back of each are seen."""


class Reader:
    """Polls versions by key; `backwards` names what went back or away."""

    def __init__(self, road: FaultRoad) -> None:
        self.backwards: list[str] = []
        self.looks = 0
        self._road = road
        self._share: dict[str, int] = dict.fromkeys(WATCHED, 1)
        self._seen: dict[str, dict[tuple[Any, ...], int]] = defaultdict(dict)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            for view, (key, hashed, stays) in WATCHED.items():
                try:
                    rows = self._road.query(
                        f"SELECT {key}, version FROM {view} WHERE {hashed} % {self._share[view]} = 0"
                    )
                except StoreDownError:
                    continue
                self._compare(view, {tuple(row[:-1]): row[-1] for row in rows}, must_stay=stays)
            self.looks += 1

    def _compare(self, view: str, now: dict[tuple[Any, ...], int], *, must_stay: bool) -> None:
        before = self._seen[view]
        for key, version in now.items():
            if version < before.get(key, 0):
                self.backwards.append(f"{view} {key}: {version} after {before[key]}")
        if must_stay:
            self.backwards += [f"{view} {key} is gone" for key in before.keys() - now.keys()]
        before.update(now)
        if len(before) > MOST_KEYS:
            self._share[view] *= 2
            before.clear()  # half of them would look as if they were gone


class Memory:
    """Samples the resident bytes of processes; a process that was started anew begins anew."""

    def __init__(self, road: FaultRoad, names: tuple[str, ...], seconds: float = 2.0) -> None:
        self.samples: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
        self._road, self._names, self._seconds = road, names, seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(30)

    def growth(self, name: str) -> "Growth | None":
        """Of the life that lasted longest; None where nobody was seen to live."""
        lives = [samples for (of, _), samples in self.samples.items() if of == name]
        longest = max(lives, key=lambda samples: samples[-1][0] - samples[0][0], default=[])
        return growth_of(longest) if len(longest) > FEWEST_SAMPLES else None

    def _run(self) -> None:
        while not self._ending.wait(self._seconds):
            for name in self._names:
                part = self._road.parts[name]
                resident = part.resident_bytes()
                if resident:
                    self.samples[name, part.pid].append((time.monotonic(), resident))


class Growth(NamedTuple):
    """Of one life, its first third left out. Bytes; `slope`: bytes a second; `middle` and `last`: medians of thirds."""

    seconds: float
    middle: float
    last: float
    slope: float

    @property
    def flat(self) -> bool:
        return self.last - self.middle < SPARE_BYTES and self.slope * 3_600 < SPARE_BYTES_AN_HOUR

    def __str__(self) -> str:
        hourly = self.slope * 3_600 / MIB
        return (
            f"{self.middle / MIB:.1f} MiB in the middle third, {self.last / MIB:.1f} MiB in the last third "
            f"of {self.seconds:,.0f} s, {hourly:+.1f} MiB an hour"
        )


def growth_of(life: list[tuple[float, int]]) -> Growth:
    """`life`: (seconds, resident bytes) in order. The slope is the line of least squares."""
    begin, end = life[0][0], life[-1][0]
    third = (end - begin) / 3
    settled = [(at, resident) for at, resident in life if at >= begin + third]
    middle = [resident for at, resident in settled if at < end - third]
    last = [resident for at, resident in settled if at >= end - third]
    line = linear_regression(*zip(*settled, strict=True))
    return Growth(end - begin, median(middle), median(last), line.slope)
