"""What former epochs leave behind on the broker, and its removal."""

import asyncio
import time
from collections.abc import Collection
from typing import Any

from kafka.admin import KafkaAdminClient

from streams.kafka.connection import Connection
from streams.kafka.ending import log
from streams.kafka.topics import PARTITIONS, read_control
from streams.topology import epoch_of, of_epoch, own_topics, refill_group, worker_group

EMPTY_WITHIN_SECONDS, LOOK_SECONDS = 45.0, 0.5


async def epochs_on(connection: Connection) -> set[int]:
    """The epochs that have topics."""
    return {epoch for topic in await asyncio.to_thread(_topics, connection) if (epoch := epoch_of(topic)) is not None}


async def remove_epochs(connection: Connection, kept: int) -> list[str]:
    """Delete topics and groups of all other epochs; returns the topics. Waits a while for their workers to leave.

    What cannot be deleted now is said and left for the next time: it costs room, and nobody reads it.
    """
    over = await epochs_on(connection) - {kept}
    groups = {refill_group(kept)} | {group for epoch in over for group in (worker_group(epoch), refill_group(epoch))}
    return await asyncio.to_thread(_remove, connection, over, groups)


async def facts_of_others(connection: Connection, kept: int) -> dict[str, None]:
    """What the control topic notes of topics and partitions of other epochs than this one."""
    mine = {f"topic:{topic.name}" for topic in own_topics(kept)} | {of_epoch(PARTITIONS, kept)}
    return {
        name: None
        for name in await read_control(connection)
        if name not in mine
        and (
            (name.startswith("topic:") and epoch_of(name.removeprefix("topic:")) is not None)
            or name.partition(".e")[0] == PARTITIONS
        )
    }


def _topics(connection: Connection) -> list[str]:
    admin = KafkaAdminClient(**connection.client(), client_id="touchline-topics")
    try:
        return list(admin.list_topics())
    finally:
        admin.close()


def _remove(connection: Connection, epochs: Collection[int], groups: set[str]) -> list[str]:
    admin = KafkaAdminClient(**connection.client(), client_id="touchline-topics")
    try:
        deadline = time.monotonic() + EMPTY_WITHIN_SECONDS
        while (left := _delete_groups(admin, groups)) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        if left:
            log.warning("groups of former epochs still have members and stay", groups=left)
        there = sorted(topic for topic in admin.list_topics() if epoch_of(topic) in epochs)
        if there:
            admin.delete_topics(there)
        return there
    finally:
        admin.close()


def _delete_groups(admin: Any, groups: set[str]) -> list[str]:
    """Those that still have members, which a broker does not delete."""
    known = sorted({group["group_id"] for group in admin.list_groups()} & groups)
    if known:
        admin.delete_groups(known)
    return sorted({group["group_id"] for group in admin.list_groups()} & groups) if known else []
