"""Everything at once for a long time: faults drawn from a seed, nothing lost, memory flat (row 31 of the matrix)."""

import os
import time
from collections.abc import Callable

import pytest
from support.faults.bench import Bench, Trial
from support.faults.report import Report
from support.faults.watch import Growth, Memory

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

SOAK_SECONDS = float(os.environ.get("SOAK") or 3_600)
TABLES = ("touchpoints", "stays_all", "identifiers_all", "queue_load_all", "rejected")
STEADY = ("worker-1", "sink-1")
"""They are never killed, so that their memory can be watched; their colleagues are."""

REMEMBERED_BYTES = 2_000
"""Per touchpoint: its id stays known for 26 hours, its person for ever."""

SPARE_BYTES = 32 << 20


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


def test_row_31_soak_with_random_faults(own_bench: Bench, report: Report) -> None:
    trouble, weights = zip(*FAULTS, strict=True)
    own_bench.road.add_worker("worker-2")
    own_bench.road.add_sink("sink-2")
    memory = Memory(own_bench.road, STEADY)
    with own_bench.row(31, f"soak of {SOAK_SECONDS:.0f} s, faults at random", population=3_000) as trial:
        ends = time.monotonic() + SOAK_SECONDS
        while time.monotonic() < ends:
            trial.wait(2, 20)
            trial.hit()
            trial.draw.choices(trouble, weights)[0](trial)
        trial.road.proxy.forget_plans()
        trial.fault_over()
        memory.stop()
    warm_up = min(600.0, SOAK_SECONDS / 3)
    for name in STEADY:
        growth = memory.growth(name, warm_up)
        report.notes.append(f"Memory of {name} in row 31: {growth}.")
        report.write()
        assert flat(growth, len(trial.load.acknowledged) / SOAK_SECONDS), f"{name}: {growth}"


def flat(growth: Growth, touchpoints_a_second: float) -> bool:
    """No more than what must be remembered of each touchpoint, and a margin."""
    assert growth.seconds >= SOAK_SECONDS / 3, "no process lived long enough to judge its memory"
    return growth.slope * growth.seconds < touchpoints_a_second * growth.seconds * REMEMBERED_BYTES + SPARE_BYTES
