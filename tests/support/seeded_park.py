"""Rows of a made-up park day, the same for the same seed: people arrive, wait, give up or are served at each place."""

import heapq
import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from support.engine import Engine

from streams.load.entries import Stay
from streams.load.staffing import Goal, demand_of, expected, need
from streams.load.work import Work

PLACES = (  # id, name, site, kind, servers, seconds of service, target of wait, share of the capacity in use
    ("comet", "Comet", "brightwater", "queue", 16, 190, 2700, 1.42),
    ("tree-coaster", "Tree Coaster", "brightwater", "queue", 14, 170, 2100, 1.3),
    ("river-rapids", "River Rapids", "brightwater", "queue", 16, 240, 1800, 1.16),
    ("orbit", "Orbit", "brightwater", "queue", 18, 200, 1800, 1.05),
    ("owl-flight", "Owl Flight", "brightwater", "queue", 12, 180, 1500, 1.12),
    ("moon-swing", "Moon Swing", "brightwater", "queue", 12, 150, 1500, 0.96),
    ("harbour-grill", "Harbour Grill", "brightwater", "queue", 26, 1500, 900, 1.1),
    ("forest-kitchen", "Forest Kitchen", "brightwater", "checkout", 5, 55, 420, 0.98),
    ("star-diner", "Star Diner", "brightwater", "checkout", 6, 60, 420, 1.5),
    ("ice-kiosk", "Ice Kiosk", "brightwater", "checkout", 2, 35, 300, 1.2),
    ("shop-tills", "Harbour Shop, tills", "brightwater", "checkout", 4, 65, 240, 0.92),
    ("gate", "Main gate", "brightwater", "queue", 8, 25, 300, 0.6),
    ("guest-desk", "Guest services", "brightwater", "desk", 3, 240, 480, 0.9),
    ("call-bookings", "Call centre, bookings", "call-centre", "call_queue", 7, 260, 60, 0.97),
    ("call-help", "Call centre, help", "call-centre", "call_queue", 5, 300, 90, 0.86),
)
GRID_MS = 5_000


@dataclass
class Queue:
    """One place while its day is made: who waits, who is served until when."""

    waiting: list[int] = field(default_factory=list)
    serving: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)


def seed_park(engine: Engine, now_ms: int, *, hours: float = 24.0, seed: int = 7, delay_ms: int = 2_000) -> None:
    """Fill the tables up to `now_ms` minus `delay_ms`, the moment up to which everything is known."""
    known_ms = (now_ms - delay_ms) // GRID_MS * GRID_MS
    chance = random.Random(seed)
    engine.insert("places", map(place_row, PLACES))
    for number, place in enumerate(PLACES):
        stays = list(_stays(place, known_ms - int(hours * 3_600_000), known_ms, chance))
        engine.insert("stays_all", (_stay_row(place[0], number, *stay, known_ms) for stay in stays))
        engine.insert("queue_load_all", _snapshots(place, stays, known_ms, chance))
        engine.insert("staffing_all", [_staff(place, stays, known_ms)])
    engine.insert("stays_all", _presences(known_ms, chance))
    engine.insert("queue_load_all", [_closed("pirate-theatre", known_ms - 1_200_000)])
    engine.insert("pipeline", pipeline_rows(now_ms, known_ms))
    engine.insert("rejected", rejected_rows(known_ms, chance))
    engine.insert("touchpoints", _signs(known_ms, hours))


def _signs(known_ms: int, hours: float) -> Iterator[dict[str, Any]]:
    """What the signs of two rides say, each quarter of an hour; nobody else has one."""
    for number in range(round(hours * 4)):
        for place, minutes in (("comet", 45), ("orbit", 15)):
            sign = {"source": "signs", "event_id": f"{place}-{number}", "type": "wait.posted", "place": place}
            yield sign | {"occurred_at": known_ms / 1_000 - number * 900, "data": json.dumps({"minutes": minutes})}


def place_row(place: tuple[Any, ...]) -> dict[str, Any]:
    identity, name, site, kind, servers, _, target, _ = place
    return {
        "id": identity,
        "name": name,
        "site": site,
        "kind": kind,
        "servers": servers,
        "target_wait_seconds": target,
        "declared": 1,
        "version": 1,
    }


def _stays(
    place: tuple[Any, ...], from_ms: int, to_ms: int, chance: random.Random
) -> Iterator[tuple[int, int | None, int | None, str]]:
    """(joined, started, ended, outcome) of everybody who came: first come, first served; who waits too long leaves."""
    _, _, _, _, servers, service, target, share = place
    free = [from_ms] * servers
    at = float(from_ms)
    while True:
        before = (to_ms - at) / 3_600_000 - 1.5  # busiest an hour and a half before the end, quiet half a day earlier
        busy = share * (0.5 + 0.5 * math.cos(before / 24 * 2 * math.pi)) ** 1.4
        at += chance.expovariate(servers / service * max(busy, 0.02) / 1_000)
        if at > to_ms:
            return
        joined = int(at)
        start = max(joined, free[0])
        gives_up = joined + int(chance.lognormvariate(0.0, 0.5) * target * 1_900)
        if start > gives_up:
            yield joined, None, gives_up, "abandoned"
            continue
        end = start + int(chance.gammavariate(6, service / 6) * 1_000)
        heapq.heapreplace(free, end)
        yield joined, start, end, "served"


def _stay_row(
    place: str, number: int, joined: int, started: int | None, ended: int | None, outcome: str, known_ms: int
) -> dict[str, Any]:
    """The stay as it is known at `known_ms`: what comes later has not happened yet."""
    started = started if started is not None and started <= known_ms else None
    over = ended is not None and ended <= known_ms
    wait_until = started if started is not None else ended if over else None
    return {
        "place": place,
        "token": f"{number}-{joined}",
        "identifier": f"wristband:{number}-{joined}",
        "joined_at": joined / 1_000,
        "started_at": started and started / 1_000,
        "ended_at": ended / 1_000 if over and ended else None,
        "outcome": outcome if over else "",
        "wait_seconds": (wait_until - joined) / 1_000 if wait_until else None,
        "kind": "queue",
        "epoch": 1,
        "version": 1,
    }


def _staff(place: tuple[Any, ...], stays: list[Any], known_ms: int) -> dict[str, Any]:
    """What load says of the staff in the last minute, from the same stays."""
    work = Work()
    for joined, started, ended, outcome in stays:
        over = ended if ended is not None and ended <= known_ms else None
        began = started if started is not None and started <= known_ms else None
        work.exchange(None, Stay(1, joined, began, over, "queue", outcome if over else "", 0, ""))
    measured = work.measured(known_ms)
    demand, servers = demand_of(measured), place[4]
    goal = Goal(0.8, 20.0 if place[3] == "call_queue" else float(place[6]), 5.0)
    row = {"place": place[0], "at": known_ms / 1_000, "state": "open", "servers": servers, "epoch": 1, "version": 1}
    row |= {"arrivals": measured.arrivals, "services": measured.services, "goal_seconds": goal.seconds}
    if isinstance(demand, str):
        return row | {"reason": demand, "expected_wait_reason": demand}
    return row | {
        "servers_required": need(demand, goal).required,
        "method": demand.method,
        "service_seconds": demand.service_seconds,
        "expected_wait_seconds": expected(demand, servers).wait_seconds,
        "abandons": measured.abandoned,
        "patience_seconds": demand.patience_seconds,
    }


def _snapshots(
    place: tuple[Any, ...], stays: list[Any], known_ms: int, chance: random.Random
) -> Iterator[dict[str, Any]]:
    """A snapshot on each grid point at which something has changed; outside the last hour on every twelfth."""
    changes: dict[int, list[tuple[str, int]]] = {}
    fine_from = (known_ms - 3_600_000) // (12 * GRID_MS) * 12 * GRID_MS
    for joined, started, ended, _ in stays:
        for name, at in (("arrivals", joined), ("starts", started), ("ends" if started else "abandons", ended)):
            if at is not None and at <= known_ms:
                grid = GRID_MS if at > fine_from else 12 * GRID_MS
                changes.setdefault(-(-at // grid) * grid, []).append((name, joined))
    queue = Queue()
    for at in sorted(grid for grid in changes if grid <= known_ms):
        counts = dict.fromkeys(("arrivals", "starts", "ends", "abandons"), 0)
        for name, joined in sorted(changes[at], key=lambda change: change[1]):
            counts[name] += 1
            _fold(queue, name, joined, at)
        yield _snapshot(place, queue, at, counts, chance)


def _fold(queue: Queue, name: str, joined: int, at: int) -> None:
    if name == "arrivals":
        queue.waiting.append(joined)
    elif name == "ends":
        queue.serving.remove(joined)
    else:
        queue.waiting.remove(joined)
    if name == "starts":
        queue.serving.append(joined)
        queue.starts.append(at)


def _snapshot(
    place: tuple[Any, ...], queue: Queue, at: int, counts: dict[str, int], chance: random.Random
) -> dict[str, Any]:
    identity, _, _, _, servers, _, target, _ = place
    queue.starts = [start for start in queue.starts if at - start <= 900_000]
    samples = len(queue.starts)
    mean = 900 / samples if samples >= 3 else None
    p50 = round((len(queue.waiting) + 1) * mean * 0.97, 1) if mean else None
    p90 = round(p50 * (1 + 1.3 / math.sqrt(len(queue.waiting) + 1)), 1) if p50 else None
    oldest = (at - min(queue.waiting)) / 1_000 if queue.waiting else None
    load = (len(queue.serving) + len(queue.waiting)) / (servers * 24)
    worst = max(p50 or 0, oldest or 0) / target
    return {
        "place": identity,
        "at": at / 1_000,
        "waiting": len(queue.waiting),
        "being_served": len(queue.serving),
        "present": 0,
        "servers": servers,
        "load": round(load, 4),
        "oldest_wait_seconds": oldest,
        **counts,
        "estimate_p50_seconds": p50,
        "estimate_p90_seconds": p90,
        "estimate_method": "gamma" if p50 else "",
        "estimate_reason": "" if p50 else "too_few_starts",
        "estimate_samples": samples,
        "level": "bad" if worst > 2 or load >= 1 else "watch" if worst > 1 or load > 0.85 else "ok",
        "state": "open",
        "epoch": 1,
        "version": at,
    }


def _presences(known_ms: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """People seen in the park, half of them known customers; some carry a wristband and a phone."""
    for person in range(600):
        joined = known_ms - chance.randrange(5 * 3_600_000)
        left = joined + chance.randrange(1_800_000, 4 * 3_600_000)
        customer = f"customer:{person}" if person % 2 else ""
        for thing in ("wristband", "device") if customer and person % 5 == 0 else ("wristband",):
            yield {
                "place": "park",
                "token": f"{thing}:p{person}",
                "identifier": f"{thing}:p{person}",
                "customer": customer,
                "joined_at": joined / 1_000,
                "ended_at": left / 1_000 if left <= known_ms else None,
                "outcome": "left" if left <= known_ms else "",
                "kind": "presence",
                "epoch": 1,
                "version": 1,
            }


def _closed(place: str, at: int) -> dict[str, Any]:
    return {
        "place": place,
        "at": at / 1_000,
        "waiting": 0,
        "being_served": 0,
        "present": 0,
        "estimate_reason": "closed",
        "level": "unknown",
        "state": "closed",
        "epoch": 1,
        "version": at,
    }


def pipeline_rows(now_ms: int, known_ms: int, *, held_ms: int | None = None, lag: int = 0) -> list[dict[str, Any]]:
    """One report per stage and partition; with `held_ms` partition 1 of touchpoints stands there and all wait."""
    held = held_ms if held_ms is not None else known_ms
    rows = []
    for partition in (0, 1):
        for stage, reads, sender in (
            ("validate", "touchpoints", ""),
            ("stitch", "events", "validate/1"),
            ("load", "place-events", "stitch/0"),
        ):
            slow = stage != "validate" or partition == 1
            watermark = held if slow else known_ms
            rows.append(
                {
                    "stage": stage,
                    "partition": partition,
                    "input": reads,
                    "at": (now_ms - 500) / 1_000,
                    "watermark": watermark / 1_000,
                    "offset": 1_000,
                    "end_offset": 1_000 + lag,
                    "lag": lag if stage == "validate" and partition == 1 else 0,
                    "delay_seconds": (now_ms - 500 - watermark) / 1_000,
                    "events": 1_000,
                    "held_by": sender,
                }
            )
    return rows


def rejected_rows(known_ms: int, chance: random.Random) -> list[dict[str, Any]]:
    kinds = (
        ("missing_field", "occurred_at", "required", "till-7"),
        ("not_json", "", "ends in the middle of a text", ""),
        ("bad_time", "occurred_at", "no offset", "till-7"),
        ("unknown_type", "type", "'queue.jumped' is not in the catalogue", "app"),
    )
    return [
        {
            "topic": "touchpoints",
            "partition": 0,
            "offset": number,
            "rejected_at": (known_ms - chance.randrange(4_000_000)) / 1_000,
            "reason": reason,
            "field": name,
            "detail": detail,
            "source": source,
            "raw": json.dumps({"example": number}),
        }
        for number in range(40)
        for reason, name, detail, source in (kinds[min(int(chance.expovariate(0.9)), 3)],)
    ]
