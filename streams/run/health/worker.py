"""What a worker answers when asked how it is: alive, ready, and its numbers."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Protocol

from streams.clock import now_ms, steady_seconds
from streams.kafka.arrival import Outage
from streams.kafka.pulse import Pulse
from streams.kafka.runner import StageRunner
from streams.kafka.samples import outage_samples, stage_samples
from streams.kafka.watchdog import Watchdog
from streams.numbers import Sample
from streams.run.health.answers import Vitals
from streams.run.health.loop import LoopBeat

LONGEST_STALL_SECONDS = 10.0
"""The event loop comes round many times a second; after so long without, a restart is the better choice."""

LONGEST_SILENCE_SECONDS = 15.0
"""A heartbeat goes out every second; after so long without one, nobody should rely on this worker."""


class Serving(Protocol):
    """A worker that runs. `assigned`: (topic, partition) of what the group gave us; None before it gave anything."""

    pulse: Pulse
    watchdog: Watchdog

    @property
    def stages(self) -> list[StageRunner]: ...
    @property
    def assigned(self) -> frozenset[tuple[str, int]] | None: ...


class WorkerHealth:
    """`worker` is None until the broker has answered and the topics are as they must be."""

    def __init__(self, outage: Outage, worker_id: str) -> None:
        self.worker: Serving | None = None
        self.beat = LoopBeat()
        self.outage, self._id = outage, worker_id

    def vitals(self) -> Vitals:
        return Vitals(self.alive, self.ready, self.samples)

    def alive(self) -> list[str]:
        reasons = stalled(self.beat)
        if self.worker is not None:
            watchdog = self.worker.watchdog
            stuck = watchdog.stuck(steady_seconds(), patience_seconds=watchdog.patience_seconds / 2)
            reasons += [f"{lane} has work and does not move" for lane in stuck]
        return reasons

    def ready(self) -> list[str]:
        reasons = self.alive()
        if self.outage.lasts:
            reasons.append(f"Kafka does not answer: {self.outage.reason}")
        worker = self.worker
        if worker is None:
            return [*reasons, "the topics are not checked yet"]
        silent = steady_seconds() - worker.pulse.beaten
        if silent > LONGEST_SILENCE_SECONDS:
            reasons.append(f"no heartbeat got through for {silent:.0f} s")
        if worker.assigned is None:
            return [*reasons, "the group has not assigned any partitions yet"]
        return reasons + list(_lanes(worker, worker.assigned))

    def samples(self) -> Iterator[Sample]:
        yield from process_samples(self._id, self.beat)
        yield from outage_samples(self.outage)
        if self.worker is not None:
            yield from stage_samples(self.worker.stages, self.worker.pulse.progress(), now_ms())


def process_samples(name: str, beat: LoopBeat) -> Iterator[Sample]:
    """What every process tells of itself."""
    yield Sample("touchline_info", (name, version("touchline")), 1)
    yield Sample("touchline_event_loop_idle_seconds", (), beat.idle_seconds)


def stalled(beat: LoopBeat) -> list[str]:
    """Why the event loop of this process is not well."""
    idle = beat.idle_seconds
    return [f"the event loop stands still for {idle:.0f} s"] if idle > LONGEST_STALL_SECONDS else []


def _lanes(worker: Serving, assigned: frozenset[tuple[str, int]]) -> Iterator[str]:
    for runner in worker.stages:
        for number in sorted(number for topic, number in assigned if topic == runner.stage.reads):
            lane = runner.lanes.get(number)
            if lane is None or lane.state is None:
                yield f"{runner.stage.name}/{number} is not loaded yet"
            elif lane.paused:
                yield f"{runner.stage.name}/{number} is paused: {lane.paused}"
