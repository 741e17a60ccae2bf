"""What load must say, from scratch: a look at every single grid point, each a sweep over all final stays and facts."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

from schemas.place import Place
from streams.load.gamma import gamma_quantile

STEP, QUARTER, WINDOW, CALM = 5_000, 900_000, 900_000, 60_000


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
    """Who covers `at`, half-open intervals; `oldest`: when the one who waits longest joined."""
    inside = [s for s in stays if s["j"] <= at and (s["en"] is None or at < s["en"])]
    queue = [s for s in inside if s["m"] == "queue"]
    waiting = [s for s in queue if s["st"] is None or at < s["st"]]
    persons = {s["w"] or (s["i"], s["j"], s["n"]) for s in inside}
    return {
        "waiting": len(waiting),
        "being_served": len(queue) - len(waiting),
        "present": len(persons),
        "oldest": min((s["j"] for s in waiting), default=None),
    }


def flows(stays: list[dict[str, Any]], after: int, until: int) -> dict[str, int]:
    """What happened in (after, until]."""

    def count(times: list[int | None]) -> int:
        return sum(time is not None and after < time <= until for time in times)

    return {
        "arrivals": count([s["j"] for s in stays]),
        "starts": count([s["st"] for s in stays if s["m"] == "queue"]),
        "ends": count([s["en"] for s in stays if s["m"] == "presence" or s["st"] is not None]),
        "abandons": count([s["en"] for s in stays if s["m"] == "queue" and s["out"] == "abandoned"]),
    }


def expected_wait(stays: list[dict[str, Any]], at: int, waiting: int, state: str) -> tuple[float | None, str]:
    """Median in seconds and the reason: every interval of the window is measured anew, in fractions."""
    served = [s for s in stays if s["st"] is not None and at - WINDOW < s["st"] <= at and s["m"] == "queue"]
    order = sorted((s["st"], s["j"], f"{s['p']}\x1f{s['i']}\x1f{s['j']}\x1f{s['n']}") for s in served)
    pairs = [(a, b) for a, b in pairwise(order) if b[1] <= a[0] and b[1] < b[0]]
    intervals = [Fraction(b[0] - a[0], 1_000) for a, b in pairs]
    if state != "open":
        return None, state
    if len(order) < 3:
        return None, "too_few_starts"
    if len(intervals) < 2:
        return None, "no_queue"
    mean = sum(intervals) / len(intervals)
    variance = sum((x - mean) ** 2 for x in intervals) / (len(intervals) - 1)
    if variance == 0:
        return float((waiting + 1) * mean), ""
    return float(variance / mean) * gamma_quantile(float((waiting + 1) * mean**2 / variance), 0.5), ""


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
    times = {t for s in stays for t in (s["j"], s["st"], s["en"]) if t is not None} | {f["t"] for f in facts}
    changed = {-(-time // STEP) * STEP for time in times}
    rows: list[dict[str, Any]] = []
    judge, level, estimate, previous = Judge(place), "unknown", (None, ""), -1
    seen: dict[str, Any] = {}
    for at in range(min(changed, default=watermark), watermark - STEP, STEP):
        if at in changed:  # on other grid points everybody is where they were on the one before
            seen = sweep(stays, at)
        people = seen["present"] if place.kind in ("area", "parking") else seen["waiting"] + seen["being_served"]
        longest = 0 if seen["oldest"] is None else at - seen["oldest"]
        look = at in changed or (at % QUARTER == 0 and seen["present"] > 0)
        if not look:
            look = judge.level(level, at, max(longest, (estimate[0] or 0) * 1_000), people) != level
        if not look:
            continue
        state = known(facts, at, "place.opened", "place.closed") or {"y": "place.opened"}
        state_name = "open" if state["y"] == "place.opened" else "closed"
        estimate = expected_wait(stays, at, seen["waiting"], state_name)
        level = judge.level(level, at, max(longest, (estimate[0] or 0) * 1_000), people)
        staff, sign = known(facts, at, "staff.assigned"), known(facts, at, "wait.posted")
        rows.append(
            {name: seen[name] for name in ("waiting", "being_served", "present")}
            | flows(stays, previous, at)
            | {
                "at": at / 1_000,
                "oldest_wait_seconds": None if seen["oldest"] is None else longest / 1_000,
                "estimate_p50_seconds": estimate[0],
                "estimate_reason": estimate[1],
                "level": level,
                "state": state_name,
                "servers": staff["d"]["count"] if staff else place.servers,
                "posted_minutes": sign["d"]["minutes"] if sign else None,
                "load": None if place.capacity is None else people / place.capacity,
            }
        )
        previous = at
    return rows


def known(facts: list[dict[str, Any]], at: int, *types: str) -> dict[str, Any] | None:
    return next((f for f in reversed(facts) if f["t"] <= at and f["y"] in types), None)
