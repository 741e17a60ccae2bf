"""Looks at the store all the while, as a board does, and at the memory of the processes."""

import threading
import time
from collections import defaultdict
from typing import Any

from support.faults.road import FaultRoad, StoreDownError

WATCHED = {
    "touchpoints": ("source, event_id", "cityHash64(source, event_id)", True),
    "identifiers": ("identifier", "cityHash64(identifier)", True),
    "stays": ("place, identifier, joined_at, nth", "cityHash64(identifier)", False),
    "queue_load": ("place, at", "cityHash64(place, at)", True),
}
"""By view: key, its hash, and whether a row that was seen must stay visible (a stay may turn out to be none)."""

LOOK_SECONDS = 0.7


class Reader:
    """Polls versions by key; `backwards` names what went back or away. `share`: one key in so many is looked at."""

    def __init__(self, road: FaultRoad, share: int = 1) -> None:
        self.backwards: list[str] = []
        self.looks = 0
        self._road, self._share = road, share
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
                    rows = self._road.query(f"SELECT {key}, version FROM {view} WHERE {hashed} % {self._share} = 0")
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


class Memory:
    """Samples the resident bytes of some processes; `slope` is what the least squares say, in bytes an hour."""

    def __init__(self, road: FaultRoad, names: tuple[str, ...], seconds: float = 5.0) -> None:
        self.samples: dict[str, list[tuple[float, int]]] = defaultdict(list)
        self._road, self._names, self._seconds = road, names, seconds
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._ending.wait(self._seconds):
            for name in self._names:
                resident = self._road.parts[name].resident_bytes()
                if resident:
                    self.samples[name].append((time.monotonic(), resident))

    def slope(self, name: str, after_seconds: float) -> float:
        """Bytes an hour, of what was sampled later than `after_seconds` after the first sample."""
        samples = self.samples[name]
        begun = samples[0][0] + after_seconds
        chosen = [(at, resident) for at, resident in samples if at >= begun]
        middle = sum(at for at, _ in chosen) / len(chosen)
        mean = sum(resident for _, resident in chosen) / len(chosen)
        above = sum((at - middle) * (resident - mean) for at, resident in chosen)
        below = sum((at - middle) ** 2 for at, _ in chosen)
        return above / below * 3_600 if below else 0.0
