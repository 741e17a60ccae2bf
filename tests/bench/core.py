"""Speed of each pure step on one core, as ratios to reading the same records with orjson.loads, in one run.

    make bench    (or PYTHONPATH=tests python tests/bench/core.py [--events 200000] [--repeat 3] [--traffic dense])

No broker, no store: chunks of records go through the steps of the worker, with one partition and the event clock.
Counted per stage is what it costs the processor: the steps, timers, messages and rows, and the changelog entries in
bytes. The floor is json → objects of the same records. A profile of each stage follows.
"""

import argparse
import cProfile
import gc
import pstats
import time
from collections import deque
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from support.simulated import HOUR, SAMPLE, START, sample_park
from traffic import touchpoints

from schemas.internal import Watermark
from streams.kafka.lane import FIRES_AT_ONCE, LONGEST_FOLD, StageCode
from streams.outbox import Outbox
from streams.run.app import GARBAGE_THRESHOLDS
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of, stage_codes
from streams.sources.simulate import simulate
from streams.topology import STAGES, Stage

EVENTS_PER_VISITOR = 50
SLOWEST_SHOWN = 14


class Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[()] = ()


class Passage(NamedTuple):
    """What one stage made of its records: processor seconds, the next stage's records, rows, entries written."""

    seconds: float
    said: list[Record]
    rows: int
    entries: int


def resort(events: int) -> list[Record]:
    """A simulated day: rides, shops, tills, calls, families, some of it late, repeated or broken."""
    day = simulate(1, START, 24 * HOUR, events // EVENTS_PER_VISITOR, sample_park())
    return [Record(n, one.at, one.key, one.value) for n, one in enumerate(islice(day, events))]


def dense(events: int) -> list[Record]:
    """The traffic of the benchmark on Kafka: everything within ten minutes, four steps a person."""
    return [Record(n, START, key, value) for n, (key, value) in enumerate(touchpoints(events, START))]


def pass_through(stage: Stage, code: StageCode, records: list[Record], reads_next: str | None) -> Passage:
    """One stage over all its records, chunk by chunk, as a lane does it."""
    state, said, rows, entries = code.new_state(0), [], 0, 0
    ahead, told = deque(records), 0
    began = time.process_time()
    while ahead:
        mark, out = state.watermark, Outbox()
        for _ in range(min(len(ahead), LONGEST_FOLD)):
            record = ahead.popleft()._replace(offset=told)
            told += 1
            state.begin(record.offset)
            code.step(state, record, out)
            while code.fire is not None and code.fire(state, out, FIRES_AT_ONCE):
                pass
        if code.flush is not None:
            code.flush(state, out)
        entries += len([None if entry is None else state.encode(entry) for entry in state.changes.values()])
        state.settle()
        rows += sum(map(len, out.rows.values()))
        for message in out.messages:
            if message.topic == stage.reads:  # as on one partition: behind what is there by now, with half of it new
                ahead.insert(min(LONGEST_FOLD, len(ahead)), Record(0, record.timestamp, message.key, message.value))
            elif message.topic == reads_next:
                said.append(Record(len(said), record.timestamp, message.key, message.value))
        if reads_next is not None and state.watermark is not None and state.watermark != mark:
            said.append(watermark(stage, state.watermark, len(said), record.timestamp))
    return Passage(time.process_time() - began, said, rows, entries)


def watermark(stage: Stage, time_ms: int, offset: int, timestamp: int) -> Record:
    value: Watermark = {"k": "wm", "f": f"{stage.name}/0", "t": time_ms}
    return Record(offset, timestamp, None, orjson.dumps(value))


def floor_seconds(records: Iterable[Record]) -> float:
    """Reading every record once; what is no JSON costs what it costs."""
    values = [record.value or b"" for record in records]
    began = time.process_time()
    for value in values:
        try:
            orjson.loads(value)
        except orjson.JSONDecodeError:
            continue
    return time.process_time() - began


def measure(records: list[Record], codes: dict[str, StageCode], repeat: int) -> dict[str, list[Record]]:
    """Print the table; returns what each stage read. Of `repeat` runs the fastest counts: the others were disturbed."""
    events, total, inputs = len(records), 0.0, {}
    heads = ("stage", "records", "touchpoints/s", "records/s", "floor/s", "x floor", "rows", "entries")
    print("".join(f"{head:>15}" for head in heads))
    for stage in STAGES:
        inputs[stage.name] = records
        gc.collect()  # no stage pays for what the one before has left
        best = min((passed(stage, codes, records) for _ in range(repeat)), key=lambda passage: passage.seconds)
        floor = min(floor_seconds(records) for _ in range(repeat))
        rates = (events / best.seconds, len(records) / best.seconds, len(records) / floor)
        line = [stage.name, f"{len(records):,}", *(f"{rate:,.0f}" for rate in rates), f"{best.seconds / floor:.1f}"]
        print("".join(f"{cell:>15}" for cell in [*line, f"{best.rows:,}", f"{best.entries:,}"]))
        total += best.seconds
        records = best.said
    print(f"{'together':>15}{'':>15}{events / total:>15,.0f}")
    return inputs


def passed(stage: Stage, codes: dict[str, StageCode], records: list[Record]) -> Passage:
    """One stage on its own, with what it says to the one that hears it."""
    following = [other.reads for other in STAGES if other.hears == stage.name]
    return pass_through(stage, codes[stage.name], records, following[0] if following else None)


def show_profile(stage: Stage, codes: dict[str, StageCode], records: list[Record]) -> None:
    """Where the time goes, by own time; profiling itself makes small functions look dearer than they are."""
    gc.collect()
    profile = cProfile.Profile()
    profile.enable()
    passed(stage, codes, records)
    profile.disable()
    entries: Any = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # there, but not in the stubs
    whole = sum(own for _, _, own, _, _ in entries.values())
    print(f"\n{stage.name}: own time by function")
    for (file, line, name), (_, calls, own, _, _) in sorted(entries.items(), key=lambda e: -e[1][2])[:SLOWEST_SHOWN]:
        where = name if file == "~" else f"{Path(file).parent.name}/{Path(file).name}:{line} {name}"
        print(f"  {own / whole:6.1%} {calls:>10,}  {where}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the pure steps as ratios to orjson.loads.")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--traffic", choices=["both", "resort", "dense"], default="both")
    parser.add_argument("--no-profile", action="store_true")
    chosen = parser.parse_args()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    settings = Settings(clock="event", partitions=1, places=SAMPLE, pseudonym_key="only for this benchmark")
    codes = stage_codes(settings, sample_park(), pseudonymiser_of(settings))
    for name, made in (("resort", resort), ("dense", dense)):
        if chosen.traffic in (name, "both"):
            records = made(chosen.events)
            print(f"\n{name}: {len(records):,} touchpoints, best of {chosen.repeat}, processor time")
            inputs = measure(records, codes, chosen.repeat)
            for stage in () if chosen.no_profile else STAGES:
                show_profile(stage, codes, inputs[stage.name])


if __name__ == "__main__":
    main()
