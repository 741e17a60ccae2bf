"""Everything at once for a long time: faults drawn from a seed, nothing lost, memory flat (row 31 of the matrix)."""

import os
import time
from collections.abc import Callable

import pytest
from support.faults.bench import Bench, Trial
from support.faults.report import Report
from support.faults.watch import Memory

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SOAK_SECONDS = float(os.environ.get("SOAK") or 3_600)
TABLES = ("touchpoints", "stays_all", "identifiers_all", "queue_load_all", "rejected")
STEADY = ("worker-1", "sink-1")
"""They are never killed, so that their memory can be watched; their colleagues are."""

SHORTEST_FOR_MEMORY_SECONDS = 3_300.0
"""What is remembered for 10 minutes is let go within 20: by then the first third of the soak is over."""


def kill(name: str) -> Callable[[Trial], None]:
    def fault(trial: Trial) -> None:
        trial.road.parts.kill(name)

    return fault


def kill_store(trial: Trial) -> None:
    trial.road.parts.kill("store")
    trial.road.await_store()


def freeze_worker(trial: Trial) -> None:
    trial.road.parts.freeze("worker-2")
    trial.wait(3, 15)
    trial.road.parts.thaw("worker-2")


def refuse_store(trial: Trial) -> None:
    trial.note("the store refuses connections")
    trial.road.proxy.refuse()
    trial.wait(2, 20)
    trial.road.proxy.admit()


def slow_store(trial: Trial) -> None:
    trial.note("the store is slow")
    trial.road.proxy.delay_seconds = 1.0
    trial.wait(3, 10)
    trial.road.proxy.admit()


def plan(fate: str, **how: float) -> Callable[[Trial], None]:
    def fault(trial: Trial) -> None:
        trial.note(f"the next inserts: {fate}")
        trial.road.proxy.plan(fate, trial.draw.randint(1, 5), TABLES, **how)

    return fault


def bounce_broker(trial: Trial) -> None:
    kafka, clean = trial.bench.kafka, trial.draw.random() < 0.5
    trial.note("broker stopped" if clean else "broker killed")
    (kafka.stop_node if clean else kafka.kill_node)(1)
    kafka.start_node(1)


FAULTS: list[tuple[Callable[[Trial], None], int]] = [
    (kill("worker-2"), 5),
    (kill("sink-2"), 3),
    (kill_store, 2),
    (freeze_worker, 2),
    (refuse_store, 2),
    (slow_store, 2),
    (plan("lose_answer"), 3),
    (plan("cut_in_half"), 2),
    (plan("land_late", seconds=20.0), 2),
    (bounce_broker, 1),
]


def test_row_31_soak_with_random_faults(soak_bench: Bench, report: Report) -> None:
    trouble, weights = zip(*FAULTS, strict=True)
    soak_bench.road.add_worker("worker-2")
    soak_bench.road.add_sink("sink-2")
    memory = Memory(soak_bench.road, STEADY)
    with soak_bench.row(31, f"soak of {SOAK_SECONDS:.0f} s, faults at random", population=3_000) as trial:
        ends = time.monotonic() + SOAK_SECONDS
        while time.monotonic() < ends:
            trial.wait(2, 20)
            trial.hit()
            with trial.going_on():
                trial.draw.choices(trouble, weights)[0](trial)
        trial.road.proxy.forget_plans()
        with trial.going_on():
            trial.fault_over()
        memory.stop()
        for name in STEADY:
            with trial.going_on():
                judge_memory(name, memory, report)


def judge_memory(name: str, memory: Memory, report: Report) -> None:
    """Flat: the population is bounded, and what is remembered of each touchpoint is soon forgotten."""
    growth = memory.growth(name)
    long_enough = growth is not None and growth.seconds >= SHORTEST_FOR_MEMORY_SECONDS
    judged = "" if long_enough else " (too short a life to be judged)"
    report.notes.append(f"Memory of {name} in row 31: {growth}{judged}.")
    if SOAK_SECONDS < SHORTEST_FOR_MEMORY_SECONDS:
        return
    assert growth is not None, f"nobody has seen the memory of {name}"
    assert long_enough, f"{name} did not live long enough for its memory to be judged: {growth}"
    assert growth.flat, f"memory of {name} grows: {growth}"
