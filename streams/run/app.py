"""The worker: every stage's agent in the order of the data, the pulse beside them, and a graceful end."""

import asyncio
import gc
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from faust.types import TP

from streams.kafka import standing
from streams.kafka.arrival import Outage, once_it_answers
from streams.kafka.connection import Connection
from streams.kafka.ending import Failpoint, die, log
from streams.kafka.epoch import EpochProducer, until_switched
from streams.kafka.lane import LONGEST_FOLD, Road, StageCode
from streams.kafka.membership import Membership
from streams.kafka.pulse import Pulse
from streams.kafka.quiet import make_quiet
from streams.kafka.runner import StageRunner
from streams.kafka.topics import Prepared, RefusedError, prepare_topics
from streams.kafka.transport import ChunkApp, ChunkSchema, OnGap, require_cython
from streams.kafka.watchdog import PATIENCE_SECONDS, Watchdog
from streams.run.attended import attended
from streams.run.health.answers import Health
from streams.run.health.loop import LoopBeat
from streams.run.health.worker import WorkerHealth
from streams.run.settings import Settings
from streams.topology import PUBLIC, STAGES, physical, plain, topics, worker_group

FETCH_BYTES = 2 << 20
COMMIT_SECONDS = 1.0
GARBAGE_THRESHOLDS = (50_000, 50, 100)
"""A chunk is thousands of objects that live until its ack; Python's own (700, 10, 10) searched them over and over for
cycles that are not there, which took two fifths of the processor."""


Codes = Callable[[int], Mapping[str, StageCode]]
"""The stages' code by name, made for an epoch."""


@dataclass(frozen=True)
class Work:
    """What a worker does: an epoch's stages, as a member of `group`. What it says to topics in `muted` is dropped."""

    epoch: int
    codes: Mapping[str, StageCode]
    group: str
    muted: frozenset[str] = frozenset()


class Worker:
    """The stages of one process. Build, `serve`, and it is over; nothing here is started twice."""

    def __init__(
        self,
        connection: Connection,
        work: Work,
        partitions: int,
        worker_id: str,
        outage: Outage,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """`patience_seconds`: how long a partition may have work and not move."""
        self.work = work
        by_name = {topic.name: topic for topic in topics()}
        limits = {topic.name: topic.max_message_bytes for topic in topics(work.epoch)}
        failpoint = Failpoint(os.environ.get("TOUCHLINE_FAIL_AT", ""))
        outputs = EpochProducer(connection, limits, work.epoch, work.muted)
        self.road = Road(connection, outputs, by_name, partitions, failpoint, outage, work.epoch, self._on_fenced)
        static = connection.abilities.static_membership
        self.membership = Membership(connection, work.group, worker_id, worker_id) if static else None
        self.app = faust_app(connection, work.group, worker_id, self._on_gap, self.membership)
        self.runners = {
            stage.name: StageRunner(stage, work.codes[stage.name], self.road, lambda: self.app.consumer)
            for stage in STAGES
            if stage.name in work.codes
        }
        self.pulse = Pulse(self.road, self.runners, self.owned_inputs, self.end_offset)
        self.watchdog = Watchdog(connection, self.runners, self.pulse, patience_seconds=patience_seconds)
        self.assigned: frozenset[TP] | None = None
        for name in self.runners:
            self._follow(name)
        self.app.on_partitions_assigned.connect(self._on_assigned, weak=False)

    def _follow(self, name: str) -> None:
        runner = self.runners[name]
        topic = self.app.topic(physical(runner.stage.reads, self.work.epoch), schema=ChunkSchema())
        self.app.agent(topic, name=name, concurrency=1)(runner.follow)

    async def _on_assigned(self, _app: Any, /, *assigned: Any, **_: Any) -> None:
        taken: frozenset[TP] = frozenset(*assigned)
        self.assigned = frozenset(TP(plain(tp.topic), tp.partition) for tp in taken)
        for runner in self.runners.values():
            await runner.keep_only(self.assigned)
        log.info("partitions assigned", partitions=sorted(f"{tp.topic}/{tp.partition}" for tp in self.assigned))

    @property
    def stages(self) -> list[StageRunner]:
        return list(self.runners.values())

    def owned_inputs(self) -> list[int]:
        return sorted(tp.partition for tp in self.assigned or () if tp.topic == PUBLIC)

    def end_offset(self, topic: str, partition: int) -> int | None:
        tp = TP(physical(topic, self.work.epoch), partition)
        consumer = self.app.consumer
        return consumer.highwater(tp) if tp in consumer.assignment() else None

    async def _on_gap(self, tp: TP, expected: int, found: int) -> None:
        """Compaction and transactions leave offsets out; but what was deleted before we read it must not be passed."""
        first = (await self.app.consumer.earliest_offsets(tp))[tp]
        if first > expected:
            die("records were deleted before they were read", None, topic=tp.topic, partition=tp.partition,
                wanted=expected, found=found)  # fmt: skip

    def _on_fenced(self) -> None:
        if self.membership is not None:
            self.membership.refuse_if_replaced()

    async def serve(self, stop: asyncio.Event) -> bool:
        """Run until `stop` is set or another epoch is to be served; then finish the chunks in hand, commit and leave.

        Returns True where it ends for another epoch. Anything else ends the process.
        """
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        try:
            await once_it_answers(self.road.connection, self.road.outputs.start, stop, self.road.outage)
            if stop.is_set():
                return False
            await self.app.start()
        except Exception as error:  # the supervisor starts us again
            die("the worker could not start", error)
        beside = [asyncio.create_task(self.pulse.run()), asyncio.create_task(self.watchdog.run())]
        crashed = asyncio.create_task(self.app.wait_until_stopped())
        stopping = asyncio.create_task(stop.wait())
        switched = asyncio.create_task(until_switched(self.road.connection, self.work.epoch))
        done, _ = await asyncio.wait([stopping, switched, crashed, *beside], return_when=asyncio.FIRST_COMPLETED)
        if not {stopping, switched} & done:
            errors = [task.exception() for task in done]
            die("the worker stopped by itself", self.app.crash_reason or next(filter(None, errors), None))
        another = switched in done and stopping not in done
        if another:
            log.info("another epoch is to be served", epoch=switched.result())
        log.info("stopping after the chunks in hand")
        for task in (*beside, crashed, switched, stopping):
            task.cancel()
        await asyncio.gather(*beside, crashed, switched, stopping, return_exceptions=True)
        await self.app.stop()
        for runner in self.runners.values():
            await runner.close()
        await self.road.outputs.stop()
        log.info("stopped")
        return another


def faust_app(
    connection: Connection, group: str, worker_id: str, on_gap: OnGap, membership: Membership | None = None
) -> ChunkApp:
    """Explicit names throughout: the group's name holds the committed offsets."""
    static = connection.abilities.static_membership
    return ChunkApp(
        group,
        broker=connection.faust_urls(),
        broker_credentials=connection.faust_credentials(),
        longest_chunk=LONGEST_FOLD,
        on_gap=on_gap,
        membership=membership,
        store="memory://",  # no table is used; state is ours, and comes from our changelogs
        web_enabled=False,
        autodiscover=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=True,  # a chunk in hand is finished before its partition goes
        stream_buffer_maxsize=16,
        broker_commit_interval=COMMIT_SECONDS,
        # The embedded broker makes a first member wait half a session, and a static one always six seconds.
        broker_session_timeout=10.0 if static else 4.0,
        broker_heartbeat_interval=3.0 if static else 1.3,
        consumer_max_fetch_size=FETCH_BYTES,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=worker_id if static else None,
    )


def connection_of(settings: Settings) -> Connection:
    """Raises ValueError where the settings contradict each other."""
    password = settings.kafka_password
    return Connection(
        settings.kafka,
        settings.broker,
        settings.kafka_username,
        None if password is None else password.get_secret_value(),
        settings.kafka_mechanism,
        ssl.create_default_context(cafile=settings.kafka_ca) if settings.with_tls else None,
        settings.kafka_unencrypted,
    )


async def serve_stages(settings: Settings, codes: Codes, fingerprint: str) -> bool:
    """Wait for the broker, check the topics and serve until SIGTERM or SIGINT. Raises RefusedError.

    Returns True where it ended because another epoch is to be served: then this process is to start anew.
    """
    require_cython()
    if settings.clock == "event" and settings.partitions != 1:
        raise RefusedError(["TOUCHLINE_CLOCK=event needs TOUCHLINE_PARTITIONS=1: one log, one order of time"])
    connection = connection_of(settings)
    health = WorkerHealth(_outage(connection), settings.worker_id)
    async with attended(settings, health.beat, Health(health.vitals())) as stop:
        return await _serve_until(stop, settings, codes, fingerprint, connection, health)


async def _serve_until(
    stop: asyncio.Event,
    settings: Settings,
    codes: Codes,
    fingerprint: str,
    connection: Connection,
    health: WorkerHealth,
) -> bool:
    served = await once_it_answers(connection, lambda: standing.current_epoch(connection), stop, health.outage)
    if served is not None and served < settings.from_epoch:
        log.info("waiting for a rebuild to hand over", epoch=settings.from_epoch)
        return await _switched_before(connection, settings.from_epoch - 1, stop)

    async def prepared() -> Prepared:
        ready = await prepare_topics(
            connection, partitions=settings.partitions, replication=settings.replication, fingerprint=fingerprint
        )
        if ready.created:
            log.info("topics created", topics=ready.created)
        return ready

    ready = await once_it_answers(connection, prepared, stop, health.outage)
    if ready is None:
        return False
    work = Work(ready.epoch, codes(ready.epoch), worker_group(ready.epoch))
    patience = settings.watchdog_seconds
    health.worker = worker = Worker(
        connection, work, settings.partitions, settings.worker_id, health.outage, patience_seconds=patience
    )
    return await worker.serve(stop)


async def serve_work(settings: Settings, work: Work) -> None:
    """Some of an epoch's stages until SIGTERM or SIGINT, over topics that somebody else has made."""
    connection = connection_of(settings)
    worker = Worker(connection, work, settings.partitions, f"rebuild-{settings.worker_id}", _outage(connection))
    async with attended(settings, LoopBeat(), None) as stop:
        await worker.serve(stop)


async def _switched_before(connection: Connection, epoch: int, stop: asyncio.Event) -> bool:
    """True once a later epoch than this one is to be served, False once `stop` is set."""
    switched, stopping = asyncio.create_task(until_switched(connection, epoch)), asyncio.create_task(stop.wait())
    await asyncio.wait({switched, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (switched, stopping):
        task.cancel()
    await asyncio.gather(switched, stopping, return_exceptions=True)
    return not stop.is_set()


def _outage(connection: Connection) -> Outage:
    """What everybody in this process notices of an outage, the libraries' logs too."""
    outage = Outage(connection.servers)
    make_quiet(connection.servers, outage)
    return outage
