"""Roads on either broker, and touchpoints as some service would send them: good, bad, again, never committed."""

import asyncio
import json
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from support.kafka import Broker
from support.road import Road

from streams.kafka.connection import Connection
from streams.sources.producer import Position, Producer


def road_on(broker: Broker, folder: Path, **settings: str) -> Road:
    """A road whose worker pauses at half of 200. On Apache Kafka with two partitions and the broker's clock."""
    chosen = {"TOUCHLINE_REJECT_LEAST": "200", **settings}
    if not broker.is_kafka:
        return Road(folder, settings=chosen)
    chosen = {"TOUCHLINE_CLOCK": "append", "TOUCHLINE_PARTITIONS": "2", **chosen}
    return Road(folder, broker.connection.servers, chosen)


def happening(number: int, **changes: Any) -> dict[str, Any]:
    at = datetime.fromtimestamp(time.time() - 30, timezone.utc).isoformat(timespec="milliseconds")
    return {
        "event_id": f"e{number}",
        "source": "gate",
        "channel": "wristband",
        "type": "queue.joined",
        "occurred_at": at,
        "identifiers": {"wristband": f"w{number}"},
        "place": "comet",
        **changes,
    }


def send(road: Road, touchpoints: Iterable[dict[str, Any] | bytes]) -> list[Position]:
    """As they are, checked by nobody; where they arrived."""
    with Producer(road.servers, idempotent=road.environment["TOUCHLINE_BROKER"] == "kafka") as producer:
        sent = []
        for number, touchpoint in enumerate(touchpoints):
            value = touchpoint if isinstance(touchpoint, bytes) else json.dumps(touchpoint).encode()
            key = f"gate:{touchpoint['event_id']}" if isinstance(touchpoint, dict) else f"bytes:{number}"
            sent.append(producer.send_checked(key, value))
        producer.flush()
    return [delivery.result() for delivery in sent]


def abort(connection: Connection, count: int) -> None:
    """Touchpoints of a transaction that is given up: they take offsets, and never happened."""

    async def give_up() -> None:
        producer = AIOKafkaProducer(**connection.client(), transactional_id="a service of the tests")
        await producer.start()
        await producer.begin_transaction()
        for number in range(count):
            await producer.send_and_wait("touchpoints", json.dumps(happening(10_000 + number)).encode(), partition=0)
        await producer.abort_transaction()
        await producer.stop()

    asyncio.run(give_up())


def doctor(road: Road, *arguments: str) -> dict[str, Any]:
    """What `touchline doctor --json` says, with its exit status."""
    done = road.touchline("doctor", "--json", *arguments)
    assert done.stdout, done.stderr
    return {**json.loads(done.stdout), "exit": done.returncode}


def sums(report: dict[str, Any]) -> dict[str, int]:
    """The accounts of all hours and partitions together."""
    names = ("appended", "stored", "duplicates", "under_way", "missing")
    total = {name: sum(account[name] for account in report["accounts"]) for name in names}
    return total | {"rejected": sum(sum(account["rejected"].values()) for account in report["accounts"])}
