"""One row of the fault matrix: load, faults drawn from a seed, quiet, verdict; a failure tells how to repeat it."""

import asyncio
import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.faults.load import KIOSK_TIMES_OUT_SECONDS, Load
from support.faults.oracle import repeated_rows, truth_of
from support.faults.report import Line, Report
from support.faults.road import FaultRoad, StoreDownError
from support.faults.verdict import Verdict, judge
from support.faults.watch import Reader
from support.kafka_broker import ApacheKafka

from streams.kafka.outgoing import NO_HEADERS, Destination
from streams.kafka.producer import BatchProducer

CALM_SECONDS = 2.0
"""Load before the first fault and after the last one, so that there is something to lose."""


@dataclass
class Bench:
    """A road on one broker and all that was ever sent on it. Rows share it; each has its own load and faults."""

    kafka: ApacheKafka
    folder: Path
    seed: int
    report: Report
    partitions: int = 3
    replication: int = 1
    store: Path | None = None
    embedded: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    acknowledged: dict[tuple[int, int], str] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    history: list[str] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.road = FaultRoad(
            self.folder,
            self.kafka.servers,
            self.note,
            partitions=self.partitions,
            replication=self.replication,
            store=self.store,
            embedded=self.embedded,
            **self.settings,
        )
        try:
            self.road.start()
            self.reader = Reader(self.road)
        except BaseException:
            self.road.stop()
            raise

    @property
    def lateness_ms(self) -> int:
        return int(self.settings.get("TOUCHLINE_ALLOWED_LATENESS_SECONDS", 3_600)) * 1_000

    @property
    def window_ms(self) -> int:
        return int(self.settings.get("TOUCHLINE_DEDUPLICATION_WINDOW_SECONDS", 26 * 3_600)) * 1_000

    def note(self, what: str) -> None:
        self.history.append(f"{time.monotonic() - self.began:8.2f} s  {what}")

    def stop(self) -> None:
        self.reader.stop()
        self.road.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def row(self, number: int, fault: str, rate: float = 12.0, **shares: float) -> Iterator["Trial"]:
        """Everything inside happens under load; the verdict follows at the end of the block. `shares`: of a Crowd."""
        self.number += 1
        trial = Trial(self, number, fault, rate)
        for name, share in shares.items():
            setattr(trial.load.crowd, name, share)
        self.note(f"row {number}: {fault}")
        try:
            trial.begin()
            yield trial
            trial.end()
        except BaseException:
            print(self.how_to_repeat(number))
            raise
        finally:
            trial.clean_up()

    def how_to_repeat(self, row: int) -> str:
        told = "\n".join(self.history[-80:])
        parts = "\n".join(f"--- {name}\n{part.last_words(25)}" for name, part in self.road.parts.parts.items())
        return f'\nrepeat with: make faults SEED={self.seed} ARGS="-k row_{row:02d}"\n{told}\n{parts}'


class Trial:
    """`draw` decides everything that is left to chance in this row."""

    def __init__(self, bench: Bench, number: int, fault: str, rate: float) -> None:
        self.bench, self.road, self.number, self.fault = bench, bench.road, number, fault
        self.draw = random.Random(f"{bench.seed}/{number}")
        file = bench.folder / f"acknowledged-{bench.number}.jsonl"
        self.load = Load(bench.kafka.servers, file, f"{bench.seed}/load/{number}", f"r{number}x{bench.number}-", rate)
        self.times = 0
        self.recovered_seconds: float | None = None
        self.verdict = Verdict()
        self.defects: list[str] = []
        self.reached_ms = 0
        self._stopped = False

    def note(self, what: str) -> None:
        self.bench.note(what)

    def begin(self) -> None:
        self.load.start()
        self.calm()

    def calm(self, seconds: float = CALM_SECONDS) -> None:
        """Load, and nothing else."""
        time.sleep(seconds)

    def wait(self, shortest: float, longest: float) -> None:
        time.sleep(self.draw.uniform(shortest, longest))

    def fault_over(self) -> None:
        """The last fault has ended: measure how long it takes until what is sent now is visible."""
        began = time.monotonic()
        known = set(self.load.acknowledged)
        self.road.until(lambda: self._visible(known), 240, "something sent after the fault is visible")
        self.recovered_seconds = time.monotonic() - began
        self.note(f"recovered after {self.recovered_seconds:.1f} s")

    def _visible(self, known: set[tuple[int, int]]) -> bool:
        new = [spot for spot in tuple(self.load.acknowledged) if spot not in known]
        if not new:
            return False
        spots = ", ".join(f"({partition}, {offset})" for partition, offset in new[-200:])
        try:
            found = self.road.query(f"SELECT count() FROM receipts WHERE (partition, offset) IN ({spots})")
        except StoreDownError:
            return False
        return bool(found[0][0])

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """What fails inside is one defect more: the verdict is given all the same, and then the row fails."""
        try:
            yield
        except AssertionError as error:
            self.note(f"failed: {error}")
            self.defects.append(str(error).partition("\n")[0])

    def end(self) -> None:
        """Quiet, then the comparison of everything that was ever sent on this road; fails with all that is wrong."""
        self.calm(1.0)
        with self.going_on():
            self.load.stop()
            self._stopped = True
        bench = self.bench
        bench.acknowledged.update(self.load.acknowledged)
        bench.sent |= self.load.sent
        self.note("the load has ended")
        last_time_out = round((self.load.crowd.last_at_kiosk + KIOSK_TIMES_OUT_SECONDS) * 1_000)
        self.reached_ms = self.road.lowest("load")
        with self.going_on():
            self.reached_ms = self.road.quiet(last_time_out)
            self.note("quiet")
        self._judge()
        self._report()
        assert self.verdict.fine, "\n".join(self.verdict.wrong)
        assert len(self.load.acknowledged) > 50, "there was no load to speak of"

    def _judge(self) -> None:
        bench, road = self.bench, self.road
        truth = asyncio.run(
            truth_of(road.connection, road.partitions, road.places, bench.lateness_ms, bench.window_ms),
        )
        self.verdict = judge(road.query, truth, bench.acknowledged, bench.sent, self.reached_ms)
        self.verdict.repeated = asyncio.run(repeated_rows(road.connection))
        self.verdict.differ("versions that a reader saw go back", bench.reader.backwards)
        self.verdict.differ("refusals to start", road.parts.refused)
        self.verdict.wrong += self.defects

    def _report(self) -> None:
        verdict = self.verdict
        line = Line(
            self.number,
            self.fault,
            self.times,
            len(self.load.acknowledged),
            verdict.lost,
            verdict.doubled,
            verdict.phantom,
            self.recovered_seconds,
            verdict.repeated,
            dict(verdict.compared),
            verdict.wrong,
            self.bench.seed,
            os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[2].partition(" ")[0],
        )
        self.bench.report.add(line)
        self.note(f"verdict {json.dumps(line._asdict())}")
        self.bench.report.keep_history(self.number, self.bench.history)

    def clean_up(self) -> None:
        if not self._stopped:
            with suppress(AssertionError):
                self.load.stop(20)

    def hit(self, what: str = "") -> None:
        """One more fault was injected."""
        self.times += 1
        if what:
            self.note(what)

    def append(self, topic: str, partition: int, *values: bytes | None, key: bytes | None = b"any") -> None:
        """Write records past every check of the producer."""

        async def write() -> None:
            producer = BatchProducer(self.road.connection, {})
            await producer.start()
            try:
                await producer.post({Destination(topic, partition): [(key, value, NO_HEADERS) for value in values]})
            finally:
                await producer.stop()

        for value in values:
            self.load.sent |= names_in(value)
        asyncio.run(write())

    def query(self, sql: str) -> list[list[Any]]:
        return self.road.query(sql)


def names_in(value: bytes | None) -> set[str]:
    """`source:event_id` of what can be read as a touchpoint."""
    try:
        touchpoint = json.loads(value or b"")
        return {f"{touchpoint['source']}:{touchpoint['event_id']}"}
    except (ValueError, KeyError, TypeError, RecursionError):
        return set()


class Benches:
    """One road for many rows, and a new one on an empty broker after a row that failed."""

    def __init__(self, make: Callable[[], Bench]) -> None:
        self._make = make
        self._bench: Bench | None = None

    def __call__(self) -> Bench:
        self._bench = self._bench or self._make()
        return self._bench

    def close(self) -> None:
        bench, self._bench = self._bench, None
        if bench is not None:
            bench.stop()
