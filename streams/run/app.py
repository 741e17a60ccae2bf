"""The worker: every stage's agent in the order of the data, the pulse beside them, and a graceful end."""

import asyncio
import gc
import os
import signal
import ssl
from collections.abc import Mapping
from typing import Any

from faust.types import TP

from streams.kafka.arrival import Outage, once_it_answers
from streams.kafka.connection import Connection
from streams.kafka.ending import Failpoint, die, log
from streams.kafka.lane import LONGEST_FOLD, Road, StageCode
from streams.kafka.producer import BatchProducer
from streams.kafka.pulse import Pulse
from streams.kafka.quiet import make_quiet
from streams.kafka.runner import StageRunner
from streams.kafka.topics import RefusedError, prepare_topics
from streams.kafka.transport import ChunkApp, ChunkSchema, OnGap, require_cython
from streams.kafka.watchdog import Watchdog
from streams.run.settings import Settings
from streams.topology import PUBLIC, STAGES, topics

GROUP = "touchline"
FETCH_BYTES = 2 << 20
COMMIT_SECONDS = 1.0
GARBAGE_THRESHOLDS = (50_000, 50, 100)
"""A chunk is thousands of objects that live until its ack; Python's own (700, 10, 10) searched them over and over for
cycles that are not there, which took two fifths of the processor."""


class Worker:
    """The stages of one process. Build, `serve`, and it is over; nothing here is started twice."""

    def __init__(
        self, connection: Connection, codes: Mapping[str, StageCode], partitions: int, worker_id: str, outage: Outage
    ) -> None:
        require_cython()
        by_name = {topic.name: topic for topic in topics()}
        limits = {name: topic.max_message_bytes for name, topic in by_name.items()}
        failpoint = Failpoint(os.environ.get("TOUCHLINE_FAIL_AT", ""))
        self.road = Road(connection, BatchProducer(connection, limits), by_name, partitions, failpoint, outage)
        self.app = faust_app(connection, worker_id, self._on_gap)
        self.runners = {
            stage.name: StageRunner(stage, codes[stage.name], self.road, lambda: self.app.consumer) for stage in STAGES
        }
        self.pulse = Pulse(self.road, self.runners, self.owned_inputs, self.end_offset)
        self.watchdog = Watchdog(connection, self.runners, self.pulse)
        self._assigned: frozenset[TP] = frozenset()
        self._follow("validate")
        self._follow("stitch")
        self._follow("load")
        self.app.on_partitions_assigned.connect(self._on_assigned, weak=False)

    def _follow(self, name: str) -> None:
        runner = self.runners[name]
        topic = self.app.topic(runner.stage.reads, schema=ChunkSchema())
        self.app.agent(topic, name=name, concurrency=1)(runner.follow)

    async def _on_assigned(self, _app: Any, /, *assigned: Any, **_: Any) -> None:
        self._assigned = frozenset(*assigned)
        for runner in self.runners.values():
            await runner.keep_only(self._assigned)
        log.info("partitions assigned", partitions=sorted(f"{tp.topic}/{tp.partition}" for tp in self._assigned))

    def owned_inputs(self) -> list[int]:
        return sorted(tp.partition for tp in self._assigned if tp.topic == PUBLIC)

    def end_offset(self, topic: str, partition: int) -> int | None:
        tp = TP(topic, partition)
        consumer = self.app.consumer
        return consumer.highwater(tp) if tp in consumer.assignment() else None

    async def _on_gap(self, tp: TP, expected: int, found: int) -> None:
        """Compaction and transactions leave offsets out; but what was deleted before we read it must not be passed."""
        first = (await self.app.consumer.earliest_offsets(tp))[tp]
        if first > expected:
            die("records were deleted before they were read", None, topic=tp.topic, partition=tp.partition,
                wanted=expected, found=found)  # fmt: skip

    async def serve(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; then finish the chunks in hand, commit and leave. Anything else ends the process."""
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        try:
            await self.road.outputs.start()
            await self.app.start()
        except Exception as error:  # the supervisor starts us again
            die("the worker could not start", error)
        beside = [asyncio.create_task(self.pulse.run()), asyncio.create_task(self.watchdog.run())]
        crashed = asyncio.create_task(self.app.wait_until_stopped())
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([stopping, crashed, *beside], return_when=asyncio.FIRST_COMPLETED)
        if stopping not in done:
            errors = [task.exception() for task in done]
            die("the worker stopped by itself", self.app.crash_reason or next(filter(None, errors), None))
        log.info("stopping after the chunks in hand")
        for task in (*beside, crashed):
            task.cancel()
        await asyncio.gather(*beside, crashed, return_exceptions=True)
        await self.app.stop()
        for runner in self.runners.values():
            await runner.close()
        await self.road.outputs.stop()
        log.info("stopped")


def faust_app(connection: Connection, worker_id: str, on_gap: OnGap) -> ChunkApp:
    """Explicit names throughout: the group's name holds the committed offsets."""
    static = connection.abilities.static_membership
    return ChunkApp(
        GROUP,
        broker=connection.faust_urls(),
        broker_credentials=connection.faust_credentials(),
        longest_chunk=LONGEST_FOLD,
        on_gap=on_gap,
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
    with_tls = settings.kafka_username is not None if settings.kafka_tls is None else settings.kafka_tls
    return Connection(
        settings.kafka,
        settings.broker,
        settings.kafka_username,
        None if password is None else password.get_secret_value(),
        settings.kafka_mechanism,
        ssl.create_default_context(cafile=settings.kafka_ca) if with_tls else None,
    )


async def serve_stages(settings: Settings, codes: Mapping[str, StageCode], fingerprint: str) -> None:
    """Wait for the broker, check the topics and serve until SIGTERM or SIGINT. Raises RefusedError."""
    if settings.clock == "event" and settings.partitions != 1:
        raise RefusedError(["TOUCHLINE_CLOCK=event needs TOUCHLINE_PARTITIONS=1: one log, one order of time"])
    connection = connection_of(settings)
    outage = Outage(connection.servers)
    make_quiet(connection.servers, outage)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    created = await once_it_answers(
        connection,
        lambda: prepare_topics(
            connection,
            partitions=settings.partitions,
            replication=settings.replication,
            fingerprint=fingerprint,
            group=GROUP,
        ),
        stop,
        outage,
    )
    if created:
        log.info("topics created", topics=created)
    if created is not None:
        await Worker(connection, codes, settings.partitions, settings.worker_id, outage).serve(stop)
