"""What identity costs: stitch's touchpoints/s, messages it tells itself, bytes it keeps, by the share of nobody known.

    make bench    (or PYTHONPATH=tests python tests/bench/identity.py [--events 100000])

Three kinds of traffic: 1, 10 and 60 % of the people never say who they are. Four partitions in one process, chunks of
1,000 records, changelog entries encoded as the shell does it; no broker, no store. `alone` is the same traffic with
each touchpoint's strongest identifier only, so that nothing is linked: what is dearer than that is identity.
"""

import argparse
import gc
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple
from zlib import crc32

import orjson
from support.simulated import SAMPLE, START, sample_park

from schemas.touchpoint.identifiers import STRENGTH
from streams.kafka.lane import FIRES_AT_ONCE, StageCode
from streams.outbox import Outbox
from streams.run.app import GARBAGE_THRESHOLDS
from streams.run.settings import Settings
from streams.run.worker import pseudonymiser_of, stage_codes
from streams.topology import EVENTS

PARTITIONS, CHUNK = 4, 1_000
SHARES = (0.01, 0.10, 0.60)
TOLD = ("link", "part", "claim", "top")
SPAN_MS = 4 * 3_600_000


class Record(NamedTuple):
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[()] = ()


class Cost(NamedTuple):
    """`seconds` of the processor for stitch alone; `bytes_kept` of all entries, encoded."""

    touchpoints: int
    seconds: float
    told: Counter[str]
    identifiers: int
    bytes_kept: int


def person(dice: random.Random, number: int, *, known: bool) -> Iterator[tuple[str, str, dict[str, str], str | None]]:
    """(channel, type, identifiers, place) of one person's day; who is not known has a cookie or a wristband alone."""
    cookie, customer = {"cookie": f"k{number}"}, {"customer": f"c{number}"}
    for _ in range(dice.randint(2, 8)):
        yield "web", "page.viewed", cookie, None
    band = {"wristband": f"w{number}"}
    if known:
        yield "web", "account.signed_in", cookie | customer | {"email": f"{number}@example.org"}, None
        for _ in range(dice.randint(1, 4)):
            yield "app", "page.viewed", customer | {"device": f"d{number}"}, None
        yield "wristband", "wristband.issued", band | customer, None
    for _ in range(dice.randint(2, 6)):
        place = f"ride-{dice.randrange(40)}"
        yield "wristband", "queue.joined", band, place
        yield "wristband", "service.started", band, place
        yield "wristband", "service.ended", band, place
    if known and dice.random() < 0.5:
        yield "till", "sale.made", {"loyalty_card": f"l{number}"} | customer, "shop"


def traffic(events: int, anonymous: float) -> list[dict[str, Any]]:
    """Days of people, one over the other, in order of time."""
    dice, made = random.Random(1), []
    number = 0
    while len(made) < events:
        steps = list(person(dice, number, known=dice.random() >= anonymous))
        times = sorted(dice.randrange(SPAN_MS) for _ in steps)
        made += [(at, number, *step) for at, step in zip(times, steps, strict=True)]
        number += 1
    made.sort(key=lambda one: one[:2])
    return [touchpoint(n, *one) for n, one in enumerate(made[:events])]


def touchpoint(
    n: int, at: int, number: int, channel: str, kind: str, identifiers: dict[str, str], place: str | None
) -> dict[str, Any]:
    moment = datetime.fromtimestamp((START + at) / 1_000, tz=timezone.utc).isoformat(timespec="milliseconds")
    data = {"page.viewed": {"page": "/rides"}, "sale.made": {"receipt": f"r{n}", "amount": "12.50", "currency": "EUR"}}
    return {
        "event_id": f"e{n}",
        "source": "bench",
        "channel": channel,
        "type": kind,
        "occurred_at": moment,
        "identifiers": identifiers,
        "place": place,
        "data": data.get(kind, {}),
    }


def strongest_only(touch: dict[str, Any]) -> dict[str, Any]:
    kind = min(touch["identifiers"], key=STRENGTH.index)
    return touch | {"identifiers": {kind: touch["identifiers"][kind]}}


class Logs:
    """The partitions of `events`, fed by validate and by stitch itself."""

    def __init__(self) -> None:
        self.records: list[list[Record]] = [[] for _ in range(PARTITIONS)]

    def append(self, out: Outbox, at: int) -> Counter[str]:
        told: Counter[str] = Counter()
        for message in out.messages:
            if message.topic != EVENTS:
                continue
            chosen = range(PARTITIONS) if message.key is None else (crc32(message.key) % PARTITIONS,)
            for number in chosen:
                log = self.records[number]
                log.append(Record(len(log), at, message.key, message.value))
            told[orjson.loads(message.value)["k"]] += 1
        return told


def validated(code: StageCode, touchpoints: list[dict[str, Any]]) -> tuple[Logs, Counter[str]]:
    logs, told, state = Logs(), Counter[str](), code.new_state(0)
    for n, touch in enumerate(touchpoints):
        out = Outbox()
        state.begin(n)
        code.step(state, Record(n, START + SPAN_MS, None, orjson.dumps(touch)), out)
        told += logs.append(out, START + SPAN_MS)
    return logs, told


def stitched(code: StageCode, logs: Logs) -> tuple[float, Counter[str], list[Any]]:
    """Until nothing is left to read. Watermarks are left out: they cost the same with and without identity."""
    states, read, told = [code.new_state(number) for number in range(PARTITIONS)], [0] * PARTITIONS, Counter[str]()
    seconds = 0.0
    while any(at < len(log) for at, log in zip(read, logs.records, strict=True)):
        for number, state in enumerate(states):
            chunk, out = logs.records[number][read[number] : read[number] + CHUNK], Outbox()
            read[number] += len(chunk)
            began = time.process_time()
            for record in chunk:
                state.begin(record.offset)
                code.step(state, record, out)
                while code.fire is not None and code.fire(state, out, FIRES_AT_ONCE):
                    pass
            if code.flush is not None:
                code.flush(state, out)
            for entry in state.changes.values():
                if entry is not None:
                    state.encode(entry)
            state.settle()
            seconds += time.process_time() - began
            told += logs.append(out, START)
    return seconds, told, states


def cost(codes: dict[str, StageCode], touchpoints: list[dict[str, Any]]) -> Cost:
    gc.collect()
    logs, linked = validated(codes["validate"], touchpoints)
    seconds, told, states = stitched(codes["stitch"], logs)
    kept = sum(len(key) + len(state.encode(entry)) for state in states for key, entry in state.entries.items())
    identifiers = {f"{kind}:{value}" for touch in touchpoints for kind, value in touch["identifiers"].items()}
    return Cost(len(touchpoints), seconds, linked + told, len(identifiers), kept)


def main() -> None:
    parser = argparse.ArgumentParser(description="What identity costs in stitch.")
    parser.add_argument("--events", type=int, default=100_000)
    chosen = parser.parse_args()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    settings = Settings(clock="event", partitions=1, places=SAMPLE, pseudonym_key="only for this benchmark")
    codes = stage_codes(settings, sample_park(), pseudonymiser_of(settings))
    heads = ("anonymous", "stitch/s", "alone/s", "us more", *(f"{kind}s/tp" for kind in TOLD), "bytes/identifier")
    print("".join(f"{head:>17}" for head in heads))
    for share in SHARES:
        touchpoints = traffic(chosen.events, share)
        together = cost(codes, touchpoints)
        alone = cost(codes, [strongest_only(touch) for touch in touchpoints])
        rates = [one.touchpoints / one.seconds for one in (together, alone)]
        more = (together.seconds - alone.seconds) / together.touchpoints * 1e6
        told = [f"{together.told[kind] / together.touchpoints:.2f}" for kind in TOLD]
        figures = [f"{share:.0%}", *(f"{rate:,.0f}" for rate in rates), f"{more:.1f}", *told]
        print("".join(f"{cell:>17}" for cell in [*figures, f"{together.bytes_kept / together.identifiers:,.0f}"]))


if __name__ == "__main__":
    main()
