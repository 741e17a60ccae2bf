"""What load must say, from scratch: a look at every single grid point, over all final stays and facts at once.

Shares no code with the stage but the quantile. Everything is sorted once and then looked up, so that hours can be told.
"""

from bisect import bisect_right
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from support.intervals import Crowd, Stay, earliest_begins

from schemas.place import Place
from streams.load.f_ratio import f_quantile

STEP, MINUTE, QUARTER, WINDOW, CALM = 5_000, 60_000, 900_000, 900_000, 60_000
STAFF, SIGN = "staff.assigned", "wait.posted"


def final_stays(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The highest version of each stay that exists."""
    best: dict[tuple[Any, ...], dict[str, Any]] = {}
    for body in bodies:
        if body["k"] == "stay":
            name = (body["p"], body["i"], body["j"], body["n"])
            if name not in best or body["v"] > best[name]["v"]:
                best[name] = body
    return [body for body in best.values() if not body.get("x")]


def final_facts(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first received of each (source, event_id), by (time, source, event_id)."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for body in bodies:
        if body["k"] == "fact":
            first.setdefault((body["s"], body["e"]), body)
    return sorted(first.values(), key=lambda body: (body["t"], body["s"], body["e"]))


def sweep(stays: list[dict[str, Any]], at: int) -> dict[str, Any]:
    """Who covers `at`, half-open intervals; `oldest`: when the one who waits longest joined. One by one: for few."""
    inside = [s for s in stays if s["j"] <= at and (s["en"] is None or at < s["en"])]
    queue = [s for s in inside if s["m"] == "queue"]
    waiting = [s for s in queue if s["st"] is None or at < s["st"]]
    return {
        "waiting": len(waiting),
        "being_served": len(queue) - len(waiting),
        "present": len({person(s) for s in inside}),
        "oldest": min((s["j"] for s in waiting), default=None),
    }


def sweeps(stays: list[dict[str, Any]], instants: list[int]) -> dict[int, dict[str, Any]]:
    """The same for many instants, which must ascend."""
    crowd = Crowd(Stay(person(s), s["m"] == "queue", s["j"], s["st"], s["en"]) for s in stays)
    oldest = earliest_begins(crowd.waits, instants)
    return {
        at: {
            "waiting": crowd.waiting(at),
            "being_served": crowd.being_served(at),
            "present": crowd.present(at),
            "oldest": longest,
        }
        for at, longest in zip(instants, oldest, strict=True)
    }


def person(stay: dict[str, Any]) -> Any:
    return stay["w"] or (stay["i"], stay["j"], stay["n"])


class Flows:
    """What happened in any (after, until]."""

    def __init__(self, stays: list[dict[str, Any]]) -> None:
        self._times = {
            "arrivals": in_order([s["j"] for s in stays]),
            "starts": in_order([s["st"] for s in stays if s["m"] == "queue"]),
            "ends": in_order([s["en"] for s in stays if s["m"] == "presence" or s["st"] is not None]),
            "abandons": in_order([s["en"] for s in stays if s["m"] == "queue" and s["out"] == "abandoned"]),
        }

    def __call__(self, after: int, until: int) -> dict[str, int]:
        return {name: bisect_right(times, until) - bisect_right(times, after) for name, times in self._times.items()}


def in_order(times: list[int | None]) -> list[int]:
    return sorted(time for time in times if time is not None)


class Waits:
    """The starts of a place in order, and sums of the intervals between them, in whole milliseconds: nothing rounds."""

    def __init__(self, stays: list[dict[str, Any]]) -> None:
        served = [s for s in stays if s["st"] is not None and s["m"] == "queue"]
        order = sorted((s["st"], s["j"], f"{s['p']}\x1f{s['i']}\x1f{s['j']}\x1f{s['n']}") for s in served)
        # None where the next one was not waiting yet, or came and started at the very same moment
        gaps = [b[0] - a[0] if b[1] <= a[0] and b[1] < b[0] else None for a, b in pairwise(order)]
        self._starts = [start for start, _, _ in order]
        self._numbers = [*accumulate((gap is not None for gap in gaps), initial=0)]
        self._sums = [*accumulate((gap or 0 for gap in gaps), initial=0)]
        self._squares = [*accumulate(((gap or 0) ** 2 for gap in gaps), initial=0)]

    def expected(self, at: int, seen: dict[str, Any], state: str) -> tuple[float | None, str]:
        """Median in seconds and the reason, from the starts in the window before `at`."""
        first, end = bisect_right(self._starts, at - WINDOW), bisect_right(self._starts, at)
        if state != "open":
            return None, state
        if end - first < 3:
            return None, "too_few_starts"
        number, total, squares = (sums[end - 1] - sums[first] for sums in (self._numbers, self._sums, self._squares))
        if number < 2:
            return None, "no_queue"
        running = 0 if seen["oldest"] is None else at - max(seen["oldest"], self._starts[end - 1])
        if total + running == 0:
            return 0.0, ""
        variation = (
            Fraction(number**2 * squares, total**2) / (number - 1) - Fraction(number, number - 1) if total else 1
        )
        shape = float((number - 1 + 3) / ((number - 1) * variation + 3))
        to_come = seen["waiting"] + 1
        ratio = f_quantile(to_come * shape, number * shape, 0.5)
        return to_come * ratio * float(Fraction(total + running, 1_000 * number)), ""


class Known:
    """The latest fact of some types."""

    def __init__(self, facts: list[dict[str, Any]], *types: str) -> None:
        self._facts = [fact for fact in facts if fact["y"] in types]
        self._times = [fact["t"] for fact in self._facts]

    def at(self, at: int) -> dict[str, Any] | None:
        number = bisect_right(self._times, at)
        return self._facts[number - 1] if number else None


class Judge:
    """The level, from the whole history of one place: each grid point's longest wait in ms and number of people."""

    def __init__(self, place: Place) -> None:
        self.target = None if place.target_wait_seconds is None else round(place.target_wait_seconds * 1_000)
        self.capacity = place.capacity
        self.seen: dict[int, tuple[float, int]] = {}

    def level(self, before: str, at: int, wait: float, people: int) -> str:
        if self.target is None and self.capacity is None:
            return "unknown"
        self.seen[at] = (wait, people)
        if self.above(wait, people, 2) or (before == "bad" and not self.calmed(at, 2)):
            return "bad"
        if self.above(wait, people, 1) or (before in ("bad", "watch") and not self.calmed(at, 1)):
            return "watch"
        return "ok"

    def above(self, wait: float, people: int, targets: int) -> bool:
        if self.target is not None and wait > targets * self.target:
            return True
        if self.capacity is None:
            return False
        return people >= self.capacity if targets == 2 else 100 * people > 85 * self.capacity

    def calmed(self, at: int, targets: int) -> bool:
        return all(self.is_calm(*self.seen[g], targets) for g in range(at - CALM, at + 1, STEP) if g in self.seen)

    def is_calm(self, wait: float, people: int, targets: int) -> bool:
        if self.target is not None and 10 * wait >= 9 * targets * self.target:
            return False
        percent = 100 if targets == 2 else 85
        return self.capacity is None or 1_000 * people < 9 * percent * self.capacity


def snapshots(place: Place, bodies: list[dict[str, Any]], watermark: int) -> list[dict[str, Any]]:
    """Every row of one place that must have been said once the watermark stands there, if nothing was late."""
    stays = [s for s in final_stays(bodies) if s["p"] == place.id]
    facts = [f for f in final_facts(bodies) if f["p"] == place.id]
    doors, staff, signs = Known(facts, "place.opened", "place.closed"), Known(facts, STAFF), Known(facts, SIGN)
    times = {t for s in stays for t in (s["j"], s["st"], s["en"]) if t is not None} | {f["t"] for f in facts}
    changed = {-(-time // STEP) * STEP for time in times}
    swept, flows, waits = sweeps(stays, sorted(changed)), Flows(stays), Waits(stays)
    rows: list[dict[str, Any]] = []
    judge, level, estimate, previous = Judge(place), "unknown", (None, ""), -1
    seen: dict[str, Any] = {}
    for at in range(min(changed, default=watermark), watermark - STEP, STEP):
        seen = swept.get(at, seen)  # on other grid points everybody is where they were on the one before
        people = seen["present"] if place.kind in ("area", "parking") else seen["waiting"] + seen["being_served"]
        longest = 0 if seen["oldest"] is None else at - seen["oldest"]
        look = at in changed or (at % QUARTER == 0 and seen["present"] > 0)
        look = look or (at % MINUTE == 0 and seen["waiting"] > 0)
        if not look:
            look = judge.level(level, at, max(longest, (estimate[0] or 0) * 1_000), people) != level
        if not look:
            continue
        door, crew, sign = doors.at(at), staff.at(at), signs.at(at)
        state = "closed" if door and door["y"] == "place.closed" else "open"
        estimate = waits.expected(at, seen, state)
        level = judge.level(level, at, max(longest, (estimate[0] or 0) * 1_000), people)
        rows.append(
            {name: seen[name] for name in ("waiting", "being_served", "present")}
            | flows(previous, at)
            | {
                "at": at / 1_000,
                "oldest_wait_seconds": None if seen["oldest"] is None else longest / 1_000,
                "estimate_p50_seconds": estimate[0],
                "estimate_reason": estimate[1],
                "level": level,
                "state": state,
                "servers": crew["d"]["count"] if crew else place.servers,
                "posted_minutes": sign["d"]["minutes"] if sign else None,
                "load": None if place.capacity is None else people / place.capacity,
            }
        )
        previous = at
    return rows
