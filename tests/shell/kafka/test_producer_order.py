"""What follows a lost batch must not be there without it: readers would take it for a sign that they missed nothing."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.kafka.connection import Connection
from streams.kafka.outgoing import NO_HEADERS, Destination, Parcels
from streams.kafka.producer import BatchProducer

LOG, OTHER = Destination("log", 0), Destination("log", 1)


class Batch:
    """Takes two records."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []

    def append(self, *, key: bytes, **_: Any) -> object:
        if len(self.keys) == 2:
            return None
        self.keys.append(key)
        return self

    def close(self) -> None: ...

    def record_count(self) -> int:
        return len(self.keys)

    def size(self) -> int:
        return len(self.keys)


class Client:
    """A producer whose answers a test gives one by one."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, list[bytes], asyncio.Future[None]]] = []

    create_batch = staticmethod(Batch)

    async def send_batch(self, batch: Batch, _topic: str, *, partition: int) -> "asyncio.Future[None]":
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent.append((partition, batch.keys, answer))
        return answer


def posted(parcels: Parcels, lost: bytes) -> list[tuple[int, list[bytes]]]:
    """What is sent if the batch that begins with `lost` is lost."""

    async def run() -> list[tuple[int, list[bytes]]]:
        producer, client = BatchProducer(Connection("127.0.0.1:1"), {}), Client()
        producer._producer = client  # type: ignore[assignment]
        posting, answered = asyncio.create_task(producer.post(parcels)), 0
        while not posting.done():
            for _, keys, answer in client.sent[answered:]:
                if keys[0] == lost:
                    answer.set_exception(KafkaConnectionError("lost"))
                else:
                    answer.set_result(None)
                answered += 1
            await asyncio.sleep(0)
        with pytest.raises(KafkaConnectionError):
            posting.result()
        return [(partition, keys) for partition, keys, _ in client.sent]

    return asyncio.run(asyncio.wait_for(run(), 10))


def records(*keys: bytes) -> list[Any]:
    return [(key, b"", NO_HEADERS) for key in keys]


def test_nothing_of_a_partition_is_sent_behind_a_batch_that_was_lost() -> None:
    parcels = {LOG: records(b"a", b"b", b"c", b"d", b"e"), OTHER: records(b"1", b"2", b"3")}
    sent = posted(parcels, lost=b"c")
    assert [keys for partition, keys in sent if partition == 0] == [[b"a", b"b"], [b"c", b"d"]]
    assert [keys for partition, keys in sent if partition == 1] == [[b"1", b"2"], [b"3"]]


def test_the_first_batch_lost_leaves_nothing_of_its_partition() -> None:
    sent = posted({LOG: records(b"a", b"b", b"c"), OTHER: records(b"1")}, lost=b"a")
    assert sorted(sent) == [(0, [b"a", b"b"]), (1, [b"1"])]
