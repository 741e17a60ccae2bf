"""Looks at the store all the while, as a board does, and at the memory of the processes."""

import threading
import time
from collections import defaultdict
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

    def growth(self, name: str, after_seconds: float) -> "Growth":
        """Of the life that lasted longest, without its first `after_seconds`; the line of least squares."""
        lives = [samples for (of, _), samples in self.samples.items() if of == name]
        life = max(lives, key=lambda samples: samples[-1][0] - samples[0][0])
        chosen = [(at, resident) for at, resident in life if at >= life[0][0] + after_seconds]
        middle = sum(at for at, _ in chosen) / len(chosen)
        mean = sum(resident for _, resident in chosen) / len(chosen)
        above = sum((at - middle) * (resident - mean) for at, resident in chosen)
        below = sum((at - middle) ** 2 for at, _ in chosen)
        return Growth(chosen[-1][0] - chosen[0][0], round(mean), above / below)

    def _run(self) -> None:
        while not self._ending.wait(self._seconds):
            for name in self._names:
                part = self._road.parts[name]
                resident = part.resident_bytes()
                if resident:
                    self.samples[name, part.pid].append((time.monotonic(), resident))


class Growth(NamedTuple):
    """`slope`: bytes a second."""

    seconds: float
    mean_bytes: int
    slope: float

    def __str__(self) -> str:
        hourly = self.slope * 3_600 / 2**20
        return f"{self.mean_bytes / 2**20:.0f} MiB, {hourly:+.1f} MiB/h over {self.seconds:.0f} s"
