"""What the quarters must say, from plain lists of stays and of staff: counted one by one."""

from itertools import pairwise
from typing import Any

QUARTER = 900


def calls(stays: list[dict[str, Any]], limits: dict[str, tuple[float, float]]) -> dict[tuple[str, int], dict[str, Any]]:
    """(place, start of the quarter of joining) → the counts of the call centre.

    `limits`: the threshold and the short-abandon limit of a place in seconds, else 20 and 5.
    """
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for stay in stays:
        key = (stay["place"], int(stay["joined_at"] // QUARTER * QUARTER))
        found.setdefault(key, {"calls": []})["calls"].append(stay)
    return {key: _counted(quarter["calls"], *limits.get(key[0], (20, 5))) for key, quarter in found.items()}


def _counted(stays: list[dict[str, Any]], within: float, short: float) -> dict[str, Any]:
    queued = [stay for stay in stays if stay["kind"] == "queue"]
    answered = [stay for stay in queued if stay["started_at"] is not None]
    gone = [stay for stay in queued if stay["started_at"] is None and stay["outcome"] == "abandoned"]
    handles = [stay["service_seconds"] for stay in answered if stay["ended_at"] is not None and not stay["guessed"]]
    in_time = sum(stay["wait_seconds"] <= within for stay in answered)
    soon = sum(stay["wait_seconds"] < short for stay in gone)
    counted = len(answered) + len(gone) - soon
    waits = [stay["wait_seconds"] for stay in queued if stay["wait_seconds"] is not None]
    return {
        "offered": len(queued),
        "answered": len(answered),
        "abandoned": len(gone),
        "abandoned_short": soon,
        "abandoned_before_queue": sum(stay["outcome"] == "abandoned_before_queue" for stay in stays),
        "answered_within": in_time,
        "abandoned_within": sum(stay["wait_seconds"] <= within for stay in gone),
        "service_level_calls": counted,
        "service_level": in_time / counted if counted else None,
        "asa_seconds": sum(stay["wait_seconds"] for stay in answered) / len(answered) if answered else None,
        "handled": len(handles),
        "aht_seconds": sum(handles) / len(handles) if handles else None,
        "longest_wait_seconds": max(waits, default=None),
        "timed_out": sum(stay["started_at"] is None and stay["outcome"] == "timed_out" for stay in queued),
        "waiting": sum(stay["started_at"] is None and stay["outcome"] == "" for stay in queued),
    }


def place(
    stays: list[dict[str, Any]], staff: list[tuple[float, int | None, str]], quarter: int, known: float
) -> dict[str, Any]:
    """One place in the quarter from `quarter` on, as known at `known`; `staff`: (from when, servers, state)."""
    end = min(quarter + QUARTER, known)

    def now(time: float | None) -> bool:
        return time is not None and quarter <= time < quarter + QUARTER

    def seconds(start: float | None, until: float | None) -> float:
        return 0 if start is None else max(0, min(known if until is None else until, end) - max(start, quarter))

    queue = [stay for stay in stays if stay["kind"] == "queue"]
    over = [stay for stay in queue if now(stay["started_at"] if stay["started_at"] is not None else stay["ended_at"])]
    services = [
        stay["service_seconds"]
        for stay in queue
        if stay["started_at"] and now(stay["ended_at"]) and not stay["guessed"]
    ]
    changes = [*staff, (known, None, "")]
    worked = [(seconds(at, until), *rest) for (at, *rest), (until, *_) in pairwise(changes)]
    known_staff = sum(time for time, servers, state in worked if servers is not None or state != "open")
    staffed = sum(time * (servers or 0) for time, servers, state in worked if state == "open")
    busy = sum(seconds(stay["started_at"], stay["ended_at"]) for stay in queue if stay["started_at"] is not None)
    left = [stay["outcome"] for stay in over if stay["started_at"] is None]
    return {
        "arrivals": sum(now(stay["joined_at"]) for stay in stays),
        "starts": sum(now(stay["started_at"]) for stay in queue),
        "ends": sum(now(stay["ended_at"]) for stay in stays if stay["kind"] == "presence" or stay["started_at"]),
        "walk_aways": left.count("abandoned"),
        "timed_out": left.count("timed_out"),
        "waits": len(over),
        "wait_mean_seconds": sum(stay["wait_seconds"] for stay in over) / len(over) if over else None,
        "services": len(services),
        "service_mean_seconds": sum(services) / len(services) if services else None,
        "waiting_mean": sum(seconds(s["joined_at"], s["started_at"] or s["ended_at"]) for s in queue) / (end - quarter),
        "inside_mean": sum(seconds(stay["joined_at"], stay["ended_at"]) for stay in stays) / (end - quarter),
        "busy_seconds": busy,
        "staffed_seconds": staffed if known_staff else None,
        "utilisation": busy / staffed if staffed else None,
    }
