"""What former epochs leave behind on the broker, and its removal."""

import asyncio
import time
from typing import Any

from kafka.admin import KafkaAdminClient

from streams.kafka.connection import Connection
from streams.kafka.control import PARTITIONS, read_control
from streams.kafka.ending import log
from streams.topology import epoch_of, epoch_of_group, of_epoch, own_topics, worker_group

EMPTY_WITHIN_SECONDS, LOOK_SECONDS = 45.0, 0.5


async def epochs_on(connection: Connection) -> set[int]:
    """The epochs that have topics."""
    return {epoch for topic in await asyncio.to_thread(_topics, connection) if (epoch := epoch_of(topic)) is not None}


async def remove_epochs(connection: Connection, kept: int) -> list[str]:
    """Delete topics and groups of all other epochs; returns the topics. Waits a while for their workers to leave.

    What cannot be deleted now is said and left for the next time: it costs room, and nobody reads it.
    """
    return await asyncio.to_thread(_remove, connection, kept)


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


def _remove(connection: Connection, kept: int) -> list[str]:
    admin = KafkaAdminClient(**connection.client(), client_id="touchline-topics")
    try:
        deadline = time.monotonic() + EMPTY_WITHIN_SECONDS
        while (left := _delete_groups(admin, kept)) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        if left:
            log.warning("groups of former epochs still have members and stay", groups=left)
        over = sorted(topic for topic in admin.list_topics() if epoch_of(topic) not in (None, kept))
        if over:
            admin.delete_topics(over)
        return over
    finally:
        admin.close()


def _delete_groups(admin: Any, kept: int) -> list[str]:
    """Those that still have members, which a broker does not delete."""
    over = _groups_over(admin, kept)
    if over:
        admin.delete_groups(over)
    return _groups_over(admin, kept) if over else []


def _groups_over(admin: Any, kept: int) -> list[str]:
    known = [group["group_id"] for group in admin.list_groups()]
    return sorted(group for group in known if epoch_of_group(group) is not None and group != worker_group(kept))
