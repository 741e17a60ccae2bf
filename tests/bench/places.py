"""Load with very many people: one place where 100,000 wait, then 1,000,000 people at 10,000 places, on one core.

    PYTHONPATH=tests python tests/bench/places.py [--waiting 10 100000] [--people 1000000] [--places 10000]

The pure step and its timers, one partition, no broker. At one place as many as given wait, and each second ten join and
ten are served, first come, first served: changes per second of processor, looks included, as ratios to the smallest
queue; `longest` is the longest that one chunk of 20 changes with all that became due with it took (ms). Then
everybody at all places in turn: the same, and memory per person (with what the measurement itself keeps of them).
"""

import argparse
import gc
import time
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from schemas.place import Place, Places
from streams.load.state import LoadState
from streams.load.step import fire, step
from streams.outbox import Outbox
from streams.run.app import GARBAGE_THRESHOLDS

START, SECOND, PER_SECOND = 1_790_049_600_000, 1_000, 10
HEADS = ("places", "people", "bytes/person", "changes/s", "of the smallest", "longest ms", "looks")


class Record(NamedTuple):
    offset: int
    value: bytes
    key: bytes | None = b"any"
    timestamp: int = 0
    headers: tuple[()] = ()


class Pace(NamedTuple):
    """Changes a second of processor, the longest chunk in ms, rows written."""

    rate: float
    longest: float
    looks: int


class House:
    """One partition of load, its places and who waits where, in order of joining."""

    def __init__(self, places: int) -> None:
        declared = Places(tuple(Place(id=f"p{n}", servers=9, target_wait_seconds=600) for n in range(places)))
        self.state = LoadState(0, epoch=1, senders=1, places=declared, lateness_ms=3_600_000)
        self.waiting: list[deque[tuple[str, int]]] = [deque() for _ in range(places)]
        self.now, self.offset, self.count = START, -1, 0

    def join(self, number: int) -> bytes:
        self.count += 1
        thing = f"token:p{number}/{self.count}"
        self.waiting[number].append((thing, self.now))
        return self._body(number, thing, self.now, None)

    def serve(self, number: int) -> bytes:
        thing, joined = self.waiting[number].popleft()
        return self._body(number, thing, joined, self.now)

    def _body(self, number: int, thing: str, joined: int, started: int | None) -> bytes:
        body: dict[str, Any] = {"k": "stay", "v": self.offset + 2, "p": f"p{number}", "i": thing, "j": joined, "n": 0}
        return orjson.dumps(body | {"m": "queue", "st": started, "en": None, "out": "", "g": 0, "w": ""})

    def fold(self, bodies: list[bytes]) -> int:
        """These, then what time it is; how many rows that gave."""
        out = Outbox()
        for value in (*bodies, orjson.dumps({"k": "wm", "f": "stitch/0", "t": self.now})):
            self.offset += 1
            self.state.begin(self.offset)
            step(self.state, Record(self.offset, value), out)
            while fire(self.state, out, 4_000):
                self.state.settle()
        self.state.settle()
        return len(out.rows.get("queue_load", ()))

    def fill(self, people: int) -> None:
        """Everybody joins, place after place, within the first hour."""
        for first in range(0, people, 1_000):
            self.now = START + 3_600_000 * first // people
            self.fold([self.join(n % len(self.waiting)) for n in range(first, min(first + 1_000, people))])

    def run(self, seconds: int) -> Pace:
        spent, longest, looks, changes = 0.0, 0.0, 0, 0
        for tick in range(seconds):
            self.now += SECOND
            numbers = [(tick * PER_SECOND // 2 + n) % len(self.waiting) for n in range(PER_SECOND)]
            bodies = [self.join(number) for number in numbers] + [self.serve(number) for number in numbers]
            began = time.process_time()
            looks += self.fold(bodies)
            took = time.process_time() - began
            spent, longest, changes = spent + took, max(longest, took), changes + len(bodies)
        return Pace(changes / spent, longest * 1_000, looks)


def resident_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:"))


def measure(places: int, people: int, seconds: int, smallest: float | None) -> float:
    gc.collect()
    before, house = resident_bytes(), House(places)
    house.fill(people)
    gc.collect()
    each = (resident_bytes() - before) / people
    pace = house.run(seconds)
    ratio = pace.rate / (smallest or pace.rate)
    memory = f"{each:,.0f}" if people >= 10_000 else "-"
    cells = (f"{places:,}", f"{people:,}", memory, f"{pace.rate:,.0f}", f"{ratio:.2f}", f"{pace.longest:.1f}")
    print("".join(f"{cell:>16}" for cell in (*cells, f"{pace.looks:,}")), flush=True)
    return pace.rate


def main() -> None:
    parser = argparse.ArgumentParser(description="Load with very many people, one core, no broker.")
    parser.add_argument("--waiting", type=int, nargs="+", default=[10, 100_000])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--places", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=1_000)
    chosen = parser.parse_args()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    print("".join(f"{head:>16}" for head in HEADS), flush=True)
    smallest = None
    for people in chosen.waiting:
        rate = measure(1, people, chosen.seconds, smallest)
        smallest = smallest or rate
    measure(chosen.places, chosen.people, chosen.seconds, smallest)


if __name__ == "__main__":
    main()
