"""How long a partition takes to come back: real entries of stitch on Apache Kafka, as ratios to reading them undecoded.

    make bench    (or PYTHONPATH=tests python tests/bench/recovery.py [--keys 10000 100000 1000000])

For each number of keys a changelog is written as a worker writes it, then read twice: every record fetched and dropped
(the floor), and recovered into a state as after a start. Memory is what a fresh process has grown by, per key.
"""

import argparse
import asyncio
import gc
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aiokafka import TopicPartition
from support.kafka import Broker
from support.kafka_broker import ApacheKafka
from support.many_keys import LOG, new_state, write

from streams.kafka.connection import Connection
from streams.kafka.recovery import end_of_log, reader, recover
from streams.run.app import GARBAGE_THRESHOLDS

HEADS = ("keys", "records", "floor s", "recovery s", "x floor", "bytes per key")


async def floor(connection: Connection) -> int:
    """Fetch everything and keep nothing; how many records there were."""
    tp, count = TopicPartition(*LOG), 0
    async with reader(connection) as consumer:
        consumer.assign([tp])
        end = await end_of_log(consumer, tp)
        await consumer.seek_to_beginning(tp)
        while await consumer.position(tp) < end:
            for records in (await consumer.getmany(tp, timeout_ms=200)).values():
                count += len(records)
    return count


def resident_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:"))


def recover_here(servers: str) -> None:
    """In a process of its own: print the figures of one number of keys."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    connection, state = Connection(servers), new_state()
    began = time.monotonic()
    records = asyncio.run(floor(connection))
    read, before, began = time.monotonic() - began, resident_bytes(), time.monotonic()
    asyncio.run(recover(connection, *LOG, state, lambda: None))
    taken = time.monotonic() - began
    gc.collect()
    keys = len(state.entries)
    cells = (f"{keys:,}", f"{records:,}", f"{read:.2f}", f"{taken:.2f}", f"{taken / read:.1f}")
    print("".join(f"{cell:>14}" for cell in (*cells, f"{(resident_bytes() - before) / keys:,.0f}")), flush=True)


def measure(broker: Broker, keys: int) -> None:
    broker.create(LOG.topic, cleanup_policy="compact", max_message_bytes=str(8 << 20))
    asyncio.run(write(broker.connection, keys))
    subprocess.run([sys.executable, __file__, "--recover", broker.connection.servers], check=True)
    with broker.admin() as admin:
        admin.delete_topics([LOG.topic])
        while LOG.topic in admin.list_topics():
            time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description="Recovery of a partition of stitch on Apache Kafka.")
    parser.add_argument("--keys", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--recover", metavar="SERVERS", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.recover:
        recover_here(chosen.recover)
        return
    with tempfile.TemporaryDirectory() as folder:
        kafka = ApacheKafka(Path(folder) / "kafka", 1)
        kafka.start()
        try:
            print("".join(f"{head:>14}" for head in HEADS), flush=True)
            for keys in chosen.keys:
                measure(Broker(Connection(kafka.servers), lambda: None), keys)
        finally:
            kafka.stop()


if __name__ == "__main__":
    main()
