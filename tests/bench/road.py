"""Speed of the road on Apache Kafka, stage by stage, as ratios to the floor and to plain Faust in the same run.

    make bench    (or python tests/bench/road.py [--events 300000] [--partitions 4])

Everything runs on this machine at once: broker, worker, store. Needs Java 17 and Maven; stops by itself.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.kafka_broker import ApacheKafka
from support.road import KEY, Road
from traffic import touchpoints

from schemas.place import Places
from streams.kafka.chunk import Chunk
from streams.kafka.connection import Connection
from streams.kafka.lane import Lane
from streams.kafka.lane import Road as Shared
from streams.kafka.outgoing import Destination, Parcels
from streams.kafka.producer import BatchProducer
from streams.kafka.topics import prepare_topics
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of, stage_codes
from streams.topology import PUBLIC, STAGES, topics

VANILLA_EVENTS = 30_000


class Bench:
    def __init__(self, servers: str, partitions: int, events: int) -> None:
        self.connection, self.partitions, self.events = Connection(servers), partitions, events
        self.settings = Settings(kafka=servers, partitions=partitions, pseudonym_key=KEY)
        self.limits = {topic.name: topic.max_message_bytes for topic in topics()}

    async def prepare(self) -> None:
        pseudonymiser = pseudonymiser_of(self.settings)
        await prepare_topics(
            self.connection,
            partitions=self.partitions,
            replication=1,
            fingerprint=pseudonymiser.fingerprint,
        )

    async def fill(self, count: int) -> None:
        """Write `count` touchpoints, spread over the partitions as a producer would."""
        producer = BatchProducer(self.connection, self.limits)
        await producer.start()
        parcels: Parcels = {}
        for number, (key, value) in enumerate(touchpoints(count, int(time.time() * 1_000)), 1):
            person = number % 20_000
            parcels.setdefault(Destination(PUBLIC, person % self.partitions), []).append((key, value, []))
            if number % 20_000 == 0 or number == count:
                await producer.post(parcels)
                parcels = {}
        await producer.stop()

    async def floor(self) -> float:
        """Consume and decode, nothing else: events/s."""
        began = time.perf_counter()
        count = await self._read(PUBLIC, lambda records: [orjson.loads(record.value) for record in records])
        return count / (time.perf_counter() - began)

    async def stage(self, name: str) -> tuple[float, int]:
        """One stage alone over what the one before it has written, state written and outputs acknowledged."""
        stage = next(stage for stage in STAGES if stage.name == name)
        code = stage_codes(self.settings, Places(), pseudonymiser_of(self.settings))[name]
        outputs = BatchProducer(self.connection, self.limits)
        await outputs.start()
        shared = Shared(self.connection, outputs, {topic.name: topic for topic in topics()}, self.partitions)
        lanes = [
            Lane(stage, code, number, shared, hold=lambda: None, release=lambda: None)
            for number in range(self.partitions)
        ]
        began = time.perf_counter()
        count = await self._read(stage.reads, lambda records: lanes[records[0].partition].put(Chunk(records, bool)))
        while not all(lane.idle for lane in lanes):
            await asyncio.sleep(0.01)
        seconds = time.perf_counter() - began
        for lane in lanes:
            await lane.close()
        await outputs.stop()
        return count / seconds, count

    async def _read(self, topic: str, take: Callable[[list[Any]], object]) -> int:
        consumer = AIOKafkaConsumer(
            **self.connection.client(), max_partition_fetch_bytes=2 << 20, isolation_level="read_committed"
        )
        await consumer.start()
        partitions = [TopicPartition(topic, number) for number in range(self.partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends, count = await consumer.end_offsets(partitions), 0
        while any([await consumer.position(tp) < ends[tp] for tp in partitions]):
            for records in (await consumer.getmany(timeout_ms=200, max_records=8_000)).values():
                take(records)
                count += len(records)
        await consumer.stop()
        return count


def whole_road(kafka: ApacheKafka, bench: Bench, folder: Path) -> tuple[float, dict[str, float]]:
    """From a full topic to rows that SQL sees: events/s, and CPU seconds per event by process."""
    asyncio.run(bench.prepare())
    asyncio.run(bench.fill(bench.events))
    settings = {"TOUCHLINE_CLOCK": "append", "TOUCHLINE_PARTITIONS": str(bench.partitions)}
    with Road(folder, kafka.servers, settings) as road:
        road.until(lambda: stored(road) > 0, 120, "the first row")
        pids = {name: process_id(road, name) for name in ("worker", "store")} | {"broker": kafka.pid(1)}
        began, first, before = time.perf_counter(), stored(road), {name: cpu_seconds(pids[name]) for name in pids}
        wait_for_rows(road, bench.events)
        count = bench.events - first
        rate = count / (time.perf_counter() - began)
        used = {name: (cpu_seconds(pids[name]) - before[name]) / count for name in pids}
        delays = delay(road, bench)
    print(f"  produce -> visible row at 1,000 events/s: {delays}")
    return rate, used


def delay(road: Road, bench: Bench, seconds: int = 30) -> str:
    """1,000 events/s for a while; the wait of each until SQL counts it, looked at every 25 ms."""
    base, sent = stored(road), []

    async def send() -> None:
        producer = BatchProducer(bench.connection, bench.limits)
        await producer.start()
        events = list(touchpoints(1_000 * seconds, int(time.time() * 1_000)))
        began = time.perf_counter()
        for start in range(0, len(events), 50):
            await asyncio.sleep(max(0.0, began + start / 1_000 - time.perf_counter()))
            part = events[start : start + 50]
            now = time.perf_counter()
            await producer.post({Destination(PUBLIC, start // 50 % bench.partitions): [(k, v, []) for k, v in part]})
            sent.extend([now] * len(part))
        await producer.stop()

    seen: list[tuple[float, int]] = []

    async def both() -> None:
        sending = asyncio.create_task(send())
        while not (sending.done() and seen and seen[-1][1] >= 1_000 * seconds):
            count = await asyncio.to_thread(stored, road)
            seen.append((time.perf_counter(), count - base))
            await asyncio.sleep(0.025)
        await sending

    asyncio.run(both())
    waits, position = [], 0
    for number, moment in enumerate(sent, 1):
        while seen[position][1] < number:
            position += 1
        waits.append(seen[position][0] - moment)
    waits.sort()
    return ", ".join(f"p{p} {waits[min(len(waits) - 1, len(waits) * p // 100)]:.2f} s" for p in (50, 95, 99))


def vanilla(servers: str, bench: Bench) -> float:
    """Plain Faust until it has committed as many events as it was given: events/s."""
    asyncio.run(bench.fill(VANILLA_EVENTS))
    command = [sys.executable, str(Path(__file__).parent / "vanilla.py"), servers, str(bench.partitions)]
    environment = {**os.environ, "TOUCHLINE_PSEUDONYM_KEY": KEY}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            return asyncio.run(_rows_per_second(bench, VANILLA_EVENTS))
        finally:
            process.terminate()
            process.wait(30)


async def _rows_per_second(bench: Bench, wanted: int) -> float:
    """How fast rows of stays and identifiers, the last outputs of each event, arrive on their topics."""
    consumer = AIOKafkaConsumer("rows.identifiers", **bench.connection.client(), auto_offset_reset="earliest")
    await consumer.start()
    count, began, first = 0, 0.0, 0
    deadline = time.perf_counter() + 180
    while count < wanted and time.perf_counter() < deadline:
        arrived = sum(len(records) for records in (await consumer.getmany(timeout_ms=200)).values())
        if arrived and not count:
            began, first = time.perf_counter(), arrived
        count += arrived
    rate = (count - first) / (time.perf_counter() - began) if count > first else 0.0
    await consumer.stop()
    return rate


def wait_for_rows(road: Road, wanted: int, patience_seconds: float = 600.0) -> None:
    """Looks twice a second: each look counts every row and costs the store time that it should have for new ones."""
    deadline = time.monotonic() + patience_seconds
    while stored(road) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{stored(road)} of {wanted} rows after {patience_seconds:.0f} s")
        time.sleep(0.5)


def stored(road: Road) -> int:
    return int(road.query("SELECT count() FROM touchpoints")[0][0])


def process_id(road: Road, name: str) -> int:
    process = road.part(name).process
    assert process is not None
    return process.pid


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--partitions", type=int, default=4)
    chosen = parser.parse_args()
    rates: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for part in ("stages", "road", "vanilla"):
            kafka = ApacheKafka(Path(folder) / f"kafka-{part}")
            kafka.start()
            bench = Bench(kafka.servers, chosen.partitions, chosen.events)
            try:
                if part == "stages":
                    rates |= asyncio.run(_stages(bench))
                elif part == "road":
                    rates["whole road"], used = whole_road(kafka, bench, Path(folder) / "road")
                    total = sum(used.values())
                    shares = ", ".join(f"{name} {s * 1e6:.0f} us ({s / total:.0%})" for name, s in used.items())
                    print(f"  CPU per event: {shares}; two cores with nothing else to do: {2 / total:,.0f} events/s")
                else:
                    asyncio.run(bench.prepare())
                    rates["plain Faust"] = vanilla(kafka.servers, bench)
            finally:
                kafka.stop()
    report(rates)


async def _stages(bench: Bench) -> dict[str, float]:
    await bench.prepare()
    await bench.fill(bench.events)
    rates = {"floor": await bench.floor()}
    for stage in STAGES:
        rates[stage.name], count = await bench.stage(stage.name)
        print(f"  {stage.name}: {count} records read")
    return rates


def report(rates: dict[str, float]) -> None:
    floor, plain = rates["floor"], rates["plain Faust"]
    print(f"{'':12} {'events/s':>10} {'of the floor':>13} {'x plain Faust':>14}")
    for name, rate in rates.items():
        print(f"{name:12} {rate:>10,.0f} {rate / floor:>13.2f} {rate / plain if plain else 0:>14.1f}")


if __name__ == "__main__":
    main()
