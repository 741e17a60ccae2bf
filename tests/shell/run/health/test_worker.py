"""When a worker calls itself alive and ready, and what it says where it is not."""

from types import SimpleNamespace
from typing import Any

import pytest
from support.kafka_lane import stage

from streams.clock import steady_seconds
from streams.kafka.arrival import Outage
from streams.run.health.worker import WorkerHealth


def lane(*, loaded: bool = True, paused: str = "") -> Any:
    return SimpleNamespace(state=object() if loaded else None, paused=paused, number=0)


class Served:
    """A worker of two stages and one partition each; a test spoils something."""

    def __init__(self) -> None:
        self.pulse = SimpleNamespace(beaten=steady_seconds())
        self.stuck: list[str] = []
        self.watchdog = SimpleNamespace(patience_seconds=180.0, stuck=lambda *_, **__: self.stuck)
        self.stages = [SimpleNamespace(stage=stage(name), lanes={0: lane()}) for name in ("validate", "stitch")]
        self.assigned: frozenset[Any] | None = frozenset({("touchpoints", 0), ("events", 0)})


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def health(served: Served) -> WorkerHealth:
    health = WorkerHealth(Outage("broker:9092"), "worker-1")
    health.worker = served  # type: ignore[assignment]
    return health


def test_a_worker_that_serves_what_it_was_assigned_is_alive_and_ready(health: WorkerHealth):
    assert health.alive() == health.ready() == []


def test_a_worker_without_work_is_ready_to_take_over(health: WorkerHealth, served: Served):
    served.assigned = frozenset()
    served.stages[0].lanes.clear()
    assert health.ready() == []


def test_before_the_topics_are_checked_it_is_alive_but_not_ready():
    starting = WorkerHealth(Outage("broker:9092"), "worker-1")
    assert (starting.alive(), starting.ready()) == ([], ["the topics are not checked yet"])


def test_before_the_group_has_answered_it_is_not_ready(health: WorkerHealth, served: Served):
    served.assigned = None
    assert health.ready() == ["the group has not assigned any partitions yet"]


@pytest.mark.parametrize("lanes", [{}, {0: lane(loaded=False)}])
def test_a_partition_whose_state_is_not_loaded_is_named(health: WorkerHealth, served: Served, lanes: dict[int, Any]):
    served.stages[1].lanes = lanes
    assert health.ready() == ["stitch/0 is not loaded yet"]


def test_a_pause_is_told_with_its_reason(health: WorkerHealth, served: Served):
    served.stages[0].lanes[0] = lane(paused="60% refused")
    assert (health.alive(), health.ready()) == ([], ["validate/0 is paused: 60% refused"])


def test_an_outage_and_a_silence_make_it_not_ready_but_no_restart_would_help(health: WorkerHealth, served: Served):
    health.outage.notice("connection refused")
    served.pulse.beaten -= 20
    assert health.alive() == []
    assert health.ready() == ["Kafka does not answer: connection refused", "no heartbeat got through for 20 s"]


def test_a_lane_that_has_work_and_does_not_move_is_not_alive(health: WorkerHealth, served: Served):
    served.stuck = ["stitch/0"]
    assert health.alive() == ["stitch/0 has work and does not move"]


def test_a_loop_that_stands_still_is_not_alive(health: WorkerHealth):
    health.beat._at -= 30
    assert health.alive() == ["the event loop stands still for 30 s"]
