"""How long a partition takes to come back: real entries of stitch on Apache Kafka, as ratios to reading them undecoded.

    make bench    (or PYTHONPATH=tests python tests/bench/recovery.py [--keys 10000 100000 1000000])

For each number of keys a changelog is written as a worker writes it, then read twice: every record fetched and dropped
(the floor), and recovered into a state as after a start. Memory is what the process has grown by, per key.
"""

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
from aiokafka import TopicPartition
from support.kafka import Broker
from support.kafka_broker import ApacheKafka

from schemas.place import Places
from streams.kafka.changelog import records_of
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination
from streams.kafka.producer import BatchProducer
from streams.kafka.recovery import end_of_log, reader, recover
from streams.outbox import Outbox
from streams.run.app import GARBAGE_THRESHOLDS
from streams.stitch.state import StitchState
from streams.stitch.step import step
from streams.topology import changelog

HOUR_MS = 3_600_000
START_MS = 1_790_049_600_000
KEYS_PER_WRITE = 20_000


class Record:
    """What a step looks at."""

    headers = ()

    def __init__(self, offset: int, key: bytes, value: bytes) -> None:
        self.offset, self.timestamp, self.key, self.value = offset, 0, key, value


def new_state() -> StitchState:
    lasting = {"lateness_ms": HOUR_MS, "window_ms": 26 * HOUR_MS}
    return StitchState(0, epoch=1, senders=1, places=Places(()), **lasting, currency="EUR")


def touches(number: int) -> Iterator[tuple[str, str | None]]:
    """(type, place) of what one identifier did: three of four browse, one of four stands in a line."""
    if number % 4:
        yield from [("page.viewed", None)] * 3
    else:
        yield from [("queue.joined", f"ride-{number % 40}"), ("service.started", f"ride-{number % 40}")]


def filled(keys: int) -> Iterator[StitchState]:
    """One state again and again, each time with the changes of one write."""
    state, offset = new_state(), 0
    for number in range(keys):
        key = (f"wristband:band-{number}" if number % 4 == 0 else f"cookie:{number:032x}").encode()
        for kind, place in touches(number):
            at = START_MS + number * HOUR_MS // keys
            touch = {"k": "touch", "h": 1, "t": at + offset % 1_000, "s": "web", "e": f"e{offset}", "c": "web"}
            touch |= {"o": ["touchpoints", 0, offset, 0, at, f"{offset:016x}"], "y": kind, "i": {}, "p": place, "d": {}}
            state.begin(offset)
            step(state, Record(offset, key, orjson.dumps(touch)), Outbox())
            offset += 1
        if number % KEYS_PER_WRITE == KEYS_PER_WRITE - 1 or number == keys - 1:
            yield state
            state.entries, state.timers, state.visitors, state._lines = {}, [], {}, {}  # as large as the last write
            state.changes = {}


async def write(connection: Connection, log: Destination, keys: int) -> None:
    producer = BatchProducer(connection, {}, transactional_id="bench")
    await producer.start()
    for state in filled(keys):
        await producer.post_together(log, records_of(state))
    await producer.stop()


async def floor(connection: Connection, log: Destination) -> int:
    """Fetch everything and keep nothing; how many records there were."""
    tp, count = TopicPartition(*log), 0
    async with reader(connection) as consumer:
        consumer.assign([tp])
        end = await end_of_log(consumer, tp)
        await consumer.seek_to_beginning(tp)
        while await consumer.position(tp) < end:
            for records in (await consumer.getmany(tp, timeout_ms=200)).values():
                count += len(records)
    return count


def resident_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    return 0


def measure(broker: Broker, keys: int) -> None:
    log = Destination(changelog("stitch"), 0)
    broker.create(log.topic, cleanup_policy="compact", max_message_bytes=str(8 << 20))
    asyncio.run(write(broker.connection, log, keys))
    began = time.monotonic()
    records = asyncio.run(floor(broker.connection, log))
    read = time.monotonic() - began
    gc.collect()
    before, state, began = resident_bytes(), new_state(), time.monotonic()
    asyncio.run(recover(broker.connection, *log, state, lambda: None))
    taken = time.monotonic() - began
    gc.collect()
    each = (resident_bytes() - before) / keys
    assert sum(key[:1] != "\x1f" for key in state.entries) == keys
    print(f"{keys:>12,}{records:>12,}{read:>12.2f}{taken:>12.2f}{taken / read:>12.1f}{each:>16,.0f}", flush=True)
    with broker.admin() as admin:
        admin.delete_topics([log.topic])
    while log.topic in topics(broker):
        time.sleep(0.1)


def topics(broker: Broker) -> list[str]:
    with broker.admin() as admin:
        return [*admin.list_topics()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Recovery of a partition of stitch on Apache Kafka.")
    parser.add_argument("--keys", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    chosen = parser.parse_args()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    with tempfile.TemporaryDirectory() as folder:
        kafka = ApacheKafka(Path(folder) / "kafka", 1)
        kafka.start()
        try:
            heads = ("keys", "records", "floor s", "recovery s", "x floor", "bytes per key")
            print("".join(f"{head:>{16 if head == heads[-1] else 12}}" for head in heads))
            for keys in chosen.keys:
                measure(Broker(Connection(kafka.servers), lambda: None), keys)
        finally:
            kafka.stop()


if __name__ == "__main__":
    main()
