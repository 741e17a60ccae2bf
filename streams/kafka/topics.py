"""Creates the topics that are missing and refuses to start on any that would silently lose or mix up data."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
    TopicAlreadyExistsError,
)

from streams.kafka.brokers import Abilities
from streams.kafka.connection import Connection
from streams.kafka.control import (
    KEY_FINGERPRINT,
    contradictions,
    control_facts,
    epoch_noted,
    read_control,
    write_control,
)
from streams.kafka.recovery import end_of_log, reader
from streams.topology import (
    STAGES,
    Topic,
    own_topics,
    physical,
    plain,
    shared_topics,
    worker_group,
)

HOUR_MS = 3_600_000
COORDINATOR_TRIES = VISIBLE_TRIES = 300


class RefusedError(Exception):
    """Starting would lose or mix up data. Each of `problems` says what is wrong and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Found:
    """A topic as the broker describes it."""

    partitions: int
    topic_id: str
    config: Mapping[str, str] = field(default_factory=dict)


class Prepared(NamedTuple):
    """The epoch that workers serve, and the topics that were not there before."""

    epoch: int
    created: list[str]


async def prepare_topics(connection: Connection, *, partitions: int, replication: int, fingerprint: str) -> Prepared:
    """Create what is missing, check what exists. Raises RefusedError.

    `fingerprint` names the pseudonym key without telling it; the first one is kept on the control topic for ever.
    """
    async with reader(connection):
        pass  # the admin client would try for ever with a password that is refused
    create = partial(_create_and_describe, connection, partitions=partitions, replication=replication)
    created, found = await asyncio.to_thread(create, shared_topics())
    noted = await read_control(connection)
    epoch = epoch_noted(noted)
    own = await asyncio.to_thread(create, own_topics(epoch))
    created, found = created + own[0], found | own[1]
    problems = _defects(connection, (*shared_topics(), *own_topics(epoch)), found, partitions)
    if problems:
        raise RefusedError(problems)
    facts = control_facts(found, partitions, fingerprint, epoch)
    problems = contradictions(noted, facts)
    problems += await _offsets_out_of_log(connection, epoch, partitions) if noted else []
    if problems:
        raise RefusedError(problems)
    await write_control(connection, {name: fact for name, fact in facts.items() if name not in noted})
    return Prepared(epoch, created)


async def prepare_shared(connection: Connection, *, partitions: int, replication: int) -> None:
    """Create what all epochs share where it is missing: reading the control topic must not make it up."""
    async with reader(connection):
        pass  # as above
    create = partial(_create_and_describe, connection, partitions=partitions, replication=replication)
    _, found = await asyncio.to_thread(create, shared_topics())
    problems = _defects(connection, shared_topics(), found, partitions)
    if problems:
        raise RefusedError(problems)


async def prepare_epoch(
    connection: Connection, epoch: int, *, partitions: int, replication: int, fingerprint: str
) -> dict[str, str]:
    """Create the topics of a new epoch; returns what is to be noted with the switch to it. Raises RefusedError.

    What an epoch may differ in from the one before is not held against it: the number of partitions, another log of
    touchpoints. Another pseudonym key is, since its stored identifiers would meet nobody.
    """
    async with reader(connection):
        pass  # as above
    wanted = (*shared_topics(), *own_topics(epoch))
    _, found = await asyncio.to_thread(_create_and_describe, connection, wanted, partitions, replication)
    facts = control_facts(found, partitions, fingerprint, epoch)
    known = (await read_control(connection)).get(KEY_FINGERPRINT, fingerprint)
    problems = _defects(connection, wanted, found, partitions)
    problems += contradictions({KEY_FINGERPRINT: known}, facts)
    if problems:
        raise RefusedError(problems)
    return facts


def _defects(connection: Connection, wanted: Iterable[Topic], found: Mapping[str, Found], partitions: int) -> list[str]:
    abilities = connection.abilities
    return [problem for topic in wanted for problem in defects(topic, found[topic.name], partitions, abilities)]


# -- what a topic should be ----------------------------------------------------------------------


def stamped(name: str) -> bool:
    """True for the topics whose records the broker stamps with its own clock: what is read again looks the same."""
    return plain(name) in {stage.reads for stage in STAGES}


def configuration(topic: Topic, abilities: Abilities) -> dict[str, str]:
    """The settings that a topic is created with."""
    settings = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "max.message.bytes": str(topic.max_message_bytes),
    }
    if stamped(topic.name):
        settings["message.timestamp.type"] = "LogAppendTime"
    if abilities.retention:
        settings["retention.ms"] = "-1" if topic.retention_hours is None else str(topic.retention_hours * HOUR_MS)
    if topic.compacted and abilities.compaction:
        # Small segments, so that what was superseded goes soon: recovery reads what is left.
        settings |= {"segment.bytes": str(64 << 20), "min.cleanable.dirty.ratio": "0.3"}
    return settings


def defects(topic: Topic, found: Found, partitions: int, abilities: Abilities) -> list[str]:
    """Why this topic must not be used as it is; empty where all is well."""
    wanted = partitions if topic.partitioned else 1
    problems = []
    if found.partitions != wanted:
        problems.append(_wrong_count(topic, found.partitions, wanted))
    if not abilities.config_visible:
        return problems
    policy = found.config.get("cleanup.policy", "delete")
    if topic.compacted and abilities.compaction and policy != "compact":
        problems.append(
            f"{topic.name} has cleanup.policy={policy}, which deletes state by age: set it to compact "
            f"(kafka-configs --alter --topic {topic.name} --add-config cleanup.policy=compact)"
        )
    if stamped(topic.name) and abilities.append_time and found.config.get("message.timestamp.type") != "LogAppendTime":
        problems.append(
            f"{topic.name} keeps the senders' timestamps: set message.timestamp.type=LogAppendTime "
            f"(kafka-configs --alter --topic {topic.name} --add-config message.timestamp.type=LogAppendTime)"
        )
    limit = int(found.config.get("max.message.bytes", topic.max_message_bytes))
    if limit < topic.max_message_bytes and abilities.size_limits:
        problems.append(
            f"{topic.name} takes records of {limit} bytes at most, {topic.max_message_bytes} are needed: "
            f"raise its max.message.bytes"
        )
    return problems


def _wrong_count(topic: Topic, found: int, wanted: int) -> str:
    if topic.partitioned:
        return (
            f"{topic.name} has {found} partitions, TOUCHLINE_PARTITIONS says {wanted}: keys would move away from their "
            f"state. Set TOUCHLINE_PARTITIONS={found} if all keyed topics have {found}; where they "
            "had another number so far, make the state anew with `touchline rebuild`"
        )
    return f"{topic.name} has {found} partitions, it must have one: delete it, `touchline topics` creates it anew"


# -- the broker's side ---------------------------------------------------------------------------


def _create_and_describe(
    connection: Connection, wanted: Iterable[Topic], partitions: int, replication: int
) -> tuple[list[str], dict[str, Found]]:
    wanted = tuple(wanted)
    names = [topic.name for topic in wanted]
    admin = KafkaAdminClient(**connection.client(), client_id="touchline-topics")
    try:
        missing = _missing(admin, names)
        if missing:
            new = [
                NewTopic(
                    topic.name,
                    partitions if topic.partitioned else 1,
                    replication,
                    topic_configs=configuration(topic, connection.abilities),
                )
                for topic in wanted
                if topic.name in missing
            ]
            _create(admin, new)
        return missing, _described(admin, names)
    finally:
        admin.close()


def _create(admin: Any, new: list[NewTopic]) -> None:
    """Returns when all are there, also where another process makes some of them at the same moment."""
    try:
        admin.create_topics(new, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        for _ in range(VISIBLE_TRIES):
            if not _missing(admin, [topic.name for topic in new]):
                return
            time.sleep(0.1)
        raise


def _missing(admin: Any, names: list[str]) -> list[str]:
    return [topic["name"] for topic in admin.describe_topics(names) if not topic["partitions"]]


def _described(admin: Any, names: list[str]) -> dict[str, Found]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        topic["name"]: Found(
            len(topic["partitions"]),
            str(topic["topic_id"] or ""),
            {name: entry["value"] for name, entry in configs.get(topic["name"], {}).items() if entry["value"]},
        )
        for topic in admin.describe_topics(names)
    }


def settings_of(connection: Connection, names: list[str]) -> dict[str, Mapping[str, str]]:
    """What the broker says of these topics, of those that there are; nothing where it does not tell."""
    if not connection.abilities.config_visible:
        return {}
    try:
        admin = KafkaAdminClient(**connection.client(), client_id="touchline-topics")
        try:
            return {name: found.config for name, found in _described(admin, names).items() if found.partitions}
        finally:
            admin.close()
    except KafkaError:
        return {}


async def _offsets_out_of_log(connection: Connection, epoch: int, partitions: int) -> list[str]:
    group = worker_group(epoch)
    inputs = [physical(stage.reads, epoch) for stage in STAGES]
    offsets = await asyncio.to_thread(committed_offsets, connection, group)
    logs = [TopicPartition(name, number) for name in inputs for number in range(partitions)]
    committed = {tp: offsets[tp.topic, tp.partition] for tp in logs if (tp.topic, tp.partition) in offsets}
    if not committed:
        return []
    async with reader(connection) as consumer:
        consumer.assign(list(committed))
        firsts = await consumer.beginning_offsets(list(committed))
        ends = await _ends(connection, consumer, list(committed))
    return [
        f"{tp.topic}/{tp.partition}: the group {group} has read up to {offset}, the log holds {firsts[tp]} to "
        f"{ends[tp]}; records in between are lost. To go on without them: kafka-consumer-groups --group {group} "
        f"--topic {tp.topic}:{tp.partition} --reset-offsets --to-earliest --execute"
        for tp, offset in committed.items()
        if not firsts[tp] <= offset <= ends[tp]
    ]


async def _ends(connection: Connection, consumer: Any, logs: list[TopicPartition]) -> dict[TopicPartition, int]:
    """One question for all where the broker's answer is exact: a start must not take longer with every partition."""
    if connection.abilities.exact_end_offsets:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(logs)
        return ends
    return {tp: await end_of_log(consumer, tp) for tp in logs}


def committed_offsets(connection: Connection, group: str) -> dict[tuple[str, int], int]:
    """How far a group has read, by (topic, partition); blocks. Raises TimeoutError where no broker answers for it."""
    admin = KafkaAdminClient(**connection.client(), client_id="touchline-topics")
    try:
        return offsets_of(admin, group)
    finally:
        admin.close()


def offsets_of(admin: KafkaAdminClient, group: str) -> dict[tuple[str, int], int]:
    """The same, asked by a client that is there already."""
    for _ in range(COORDINATOR_TRIES):  # a new cluster makes the topic that holds offsets at the first question
        try:
            offsets = admin.list_group_offsets({group: None})[group]
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
            time.sleep(0.1)
            continue
        return {(tp.topic, tp.partition): entry.offset for tp, entry in offsets.items() if entry.offset >= 0}
    raise TimeoutError(f"no broker answers for the consumer group {group}")
