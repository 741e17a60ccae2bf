"""A load that goes on while workers and brokers come and go: touchpoints of the toys, sent from a thread of its own."""

import asyncio
import threading
from typing import Any

import orjson
from support.kafka import Broker
from support.kafka_worker import PARTITIONS, touches

from schemas.internal import Message
from streams.kafka.outgoing import address
from streams.kafka.producer import BatchProducer
from streams.topology import PUBLIC

AT_ONCE, PAUSE_SECONDS = 40, 0.02


class Load:
    """`sent` is what the broker has acknowledged. A context: entered, it sends; left, everything is acknowledged."""

    def __init__(self, broker: Broker) -> None:
        self.sent: list[dict[str, Any]] = []
        self._broker, self._stop = broker, threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(120)
        assert not self._thread.is_alive()

    async def _run(self) -> None:
        producer = BatchProducer(self._broker.connection, {})
        await producer.start()
        while not self._stop.is_set():
            batch = touches(len(self.sent), len(self.sent) + AT_ONCE)
            messages = [Message(PUBLIC, touch["id"].encode(), orjson.dumps(touch)) for touch in batch]
            await producer.post(address(messages, {PUBLIC: PARTITIONS}))
            self.sent += batch
            await asyncio.sleep(PAUSE_SECONDS)
        await producer.stop()
