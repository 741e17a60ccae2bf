"""Workers and sinks that die at any moment, and at the worst ones (rows 1 to 6 of the matrix)."""

import subprocess

import pytest
from support.faults.bench import Bench, Trial

pytestmark = pytest.mark.kafka

STATEFUL = ("after_outputs", "before_changelog", "after_changelog", "before_ack")
CHOSEN = ("stitch/after_outputs:2", "stitch/before_changelog:3", "load/after_changelog:2", "stitch/before_ack:4")
ALL = (
    "validate/after_outputs:3",
    "validate/before_ack:2",
    *(f"{s}/{n}:3" for s in ("stitch", "load") for n in STATEFUL),
)
OF_SINK = ("after_insert", "before_commit")


def kill_workers(bench: Bench, times: int) -> None:
    with bench.row(1, "worker killed (-9) at random moments") as trial:
        for _ in range(times):
            trial.wait(0.5, 5.0)
            trial.hit()
            trial.road.parts.kill("worker-1")
        trial.fault_over()


def test_row_01_a_worker_is_killed_at_random_moments(bench: Bench) -> None:
    kill_workers(bench, 4)


@pytest.mark.slow
def test_row_01_a_worker_is_killed_fifty_times(bench: Bench) -> None:
    kill_workers(bench, 50)


def fail_at(trial: Trial, name: str, failpoint: str) -> None:
    trial.hit(f"failpoint {failpoint}")
    trial.road.parts.kill_by_itself(name, {"TOUCHLINE_FAIL_AT": failpoint})


def kill_at_steps(bench: Bench, failpoints: tuple[str, ...]) -> None:
    with bench.row(2, "killed at a step of its protocol") as trial:
        for failpoint in failpoints:
            fail_at(trial, "worker-1", failpoint)
        for failpoint in OF_SINK:
            fail_at(trial, "sink-1", f"sink/{failpoint}:{trial.draw.randint(2, 8)}")
        trial.fault_over()


def test_row_02_worker_and_sink_end_between_two_steps(bench: Bench) -> None:
    kill_at_steps(bench, CHOSEN)


@pytest.mark.slow
def test_row_02_worker_and_sink_end_at_every_step(bench: Bench) -> None:
    kill_at_steps(bench, ALL)


def test_row_03_graceful_stop_under_load_and_with_a_blocked_insert(bench: Bench) -> None:
    with bench.row(3, "SIGTERM under load, and with a blocked insert") as trial:
        parts = trial.road.parts
        trial.hit()
        assert parts.terminate("worker-1", 30) == 0
        parts.start("worker-1")
        trial.calm()
        trial.road.proxy.delay_seconds = 60.0
        trial.calm()
        trial.hit()
        stop_or_kill(trial, "sink-1", 10)
        trial.road.proxy.admit()
        trial.road.proxy.cut()
        parts.start("sink-1")
        trial.fault_over()


def stop_or_kill(trial: Trial, name: str, seconds: float) -> None:
    """As a service manager does it."""
    try:
        trial.road.parts.terminate(name, seconds)
    except subprocess.TimeoutExpired:
        trial.road.parts.kill(name, back=False)


@pytest.mark.slow
def test_row_04_workers_come_and_go_every_ten_seconds(bench: Bench) -> None:
    with bench.row(4, "workers 1 → 3 → 1, by SIGTERM and by kill -9") as trial:
        for name in ("worker-2", "worker-3"):
            trial.hit(f"add {name}")
            trial.road.add_worker(name)
            trial.calm(10)
        for name in trial.draw.sample(["worker-2", "worker-3"], 2):
            trial.hit()
            if trial.draw.random() < 0.5:
                stop_or_kill(trial, name, 30)
            else:
                trial.road.parts.kill(name, back=False)
            trial.calm(12)
        trial.fault_over()


@pytest.mark.slow
def test_row_05_a_frozen_worker_wakes_up_when_others_have_its_partitions(bench: Bench) -> None:
    with bench.row(5, "worker frozen beyond its session, then awake (zombie)") as trial:
        parts = trial.road.parts
        trial.road.add_worker("worker-2")
        trial.calm(12)
        for name in ("worker-1", "worker-2"):
            trial.hit()
            parts.freeze(name)
            trial.calm(20)
            parts.thaw(name)
            trial.calm(8)
        parts.kill("worker-2", back=False)
        trial.fault_over()


@pytest.mark.slow
def test_row_06_a_frozen_sink_wakes_up_in_the_middle_of_an_insert(bench: Bench) -> None:
    with bench.row(6, "sink frozen in the middle of an insert, then awake (zombie)") as trial:
        parts, proxy = trial.road.parts, trial.road.proxy
        trial.road.add_sink("sink-2")
        trial.calm(10)
        for name in ("sink-1", "sink-2"):
            trial.hit()
            proxy.delay_seconds = 2.0
            trial.calm(2)
            parts.freeze(name)
            proxy.admit()
            trial.calm(20)
            parts.thaw(name)
            trial.calm(8)
        parts.kill("sink-2", back=False)
        trial.fault_over()
