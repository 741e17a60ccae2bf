"""What the call-centre file says by itself: totals per queue and how many waited at each moment, counted row by row."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from support.recorded.call_centre import NEVER, second_of, was_queued
from support.recorded.files import Row


@dataclass
class QueueTotals:
    """`at_once`: answered without a wait. `in_menu`: hung up before any queue. Seconds over answered and abandoned."""

    answered: int = 0
    at_once: int = 0
    abandoned: int = 0
    in_menu: int = 0
    wait_seconds: int = 0
    longest_seconds: int = 0


def totals(calls: Iterable[Row]) -> dict[str, QueueTotals]:
    queues: dict[str, QueueTotals] = {}
    for call in calls:
        if call["outcome"] == "PHANTOM":
            continue
        queue = queues.setdefault(call["type"], QueueTotals())
        queued, answered = was_queued(call), call["outcome"] == "AGENT"
        queue.answered += answered
        queue.at_once += answered and not queued
        queue.abandoned += queued and not answered
        queue.in_menu += not queued and not answered
        queue.wait_seconds += int(call["q_time"])
        queue.longest_seconds = max(queue.longest_seconds, int(call["q_time"]))
    return queues


def waiting_curve(calls: Iterable[Row]) -> dict[str, dict[int, int]]:
    """Per queue: second of the day at which it changes → how many wait from then on."""
    changes: dict[str, Counter[int]] = {}
    for call in calls:
        if call["outcome"] != "PHANTOM" and was_queued(call):
            queue = changes.setdefault(call["type"], Counter())
            queue[second_of(call, "q_start")] += 1
            queue[second_of(call, "q_exit")] -= 1
    curves: dict[str, dict[int, int]] = {}
    for name, queue in changes.items():
        waiting, curve = 0, {}
        for second in sorted(queue):
            waiting += queue[second]
            curve[second] = waiting
        curves[name] = curve
    return curves


def waiting_at(curve: dict[int, int], second: float) -> int:
    """How many wait at a moment: who joins then waits already, who leaves then no longer does."""
    changes = list(curve)
    found = bisect_right(changes, second)
    return curve[changes[found - 1]] if found else 0


WITHIN, SHORT = 20, 5
"""Seconds, of a queue that nobody declared."""


def quarters(calls: Iterable[Row]) -> dict[tuple[str, int], dict[str, int]]:
    """(queue, second at which a quarter of an hour begins) → what happened to the calls that joined in it."""
    found: dict[tuple[str, int], Counter[str]] = {}
    for call in calls:
        if call["outcome"] == "PHANTOM":
            continue
        joined, wait, handle = _times(call)
        quarter = found.setdefault((call["type"], joined // 900 * 900), Counter())
        if not was_queued(call) and call["outcome"] == "HANG":
            quarter["abandoned_before_queue"] += 1
            continue
        ending = "answered" if call["outcome"] == "AGENT" else "abandoned"
        quarter["offered"] += 1
        quarter[ending] += 1
        quarter[f"{ending}_within"] += wait <= WITHIN
        quarter["abandoned_short"] += ending == "abandoned" and wait < SHORT
        quarter["answer_wait_seconds"] += wait if ending == "answered" else 0
        quarter["handled"] += handle is not None
        quarter["handle_seconds"] += handle or 0
    return {key: dict(quarter) for key, quarter in found.items()}


def _times(call: Row) -> tuple[int, int, int | None]:
    """(joined, wait, handle time or None), seconds; who hung up in the menu joined when the call entered."""
    if call["outcome"] == "HANG" and not was_queued(call):
        return second_of(call, "vru_entry"), 0, None
    joined = second_of(call, "q_start" if was_queued(call) else "ser_start")
    answered = second_of(call, "q_exit" if was_queued(call) else "ser_start")
    if call["outcome"] == "HANG" or call["ser_start"] == call["ser_exit"] == NEVER:
        return joined, answered - joined, None
    return joined, answered - joined, max(0, second_of(call, "ser_exit") - answered)
