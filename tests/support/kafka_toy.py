"""Three tiny stages for tests of the shell, and a worker process that runs them: count by key, then by place.

A touchpoint here is {"id", "place", "t"}. validate hands it on with its origin, stitch counts by id (and drops what it
has folded before), load counts by place and fires a row per place for each ten seconds that the watermark has passed.
"""

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from streams.kafka.lane import StageCode
from streams.outbox import Outbox
from streams.partition import LogRecord, Partition
from streams.run import logs
from streams.run.app import serve_stages
from streams.run.settings import Settings
from streams.topology import EVENTS, PLACE_EVENTS, PUBLIC, REJECTED

GRID_MS = 10_000
PAUSES = "who pauses"


class Counts(Partition[dict[str, Any]]):
    """One entry per key: {"n": count}; bounded by the keys of a test."""

    def encode(self, entry: dict[str, Any]) -> bytes:
        return orjson.dumps(entry)

    def decode(self, key: str, value: bytes) -> dict[str, Any]:
        del key
        return orjson.loads(value)  # type: ignore[no-any-return]

    def add(self, key: str, **more: Any) -> dict[str, Any]:
        entry = {"n": (self.get(key) or {"n": 0})["n"] + 1, **more}
        self.put(key, entry)
        return entry


class Newer(Counts):
    """The stages of the next release: they keep their entries otherwise."""

    FORMAT = b"\x02"

    def encode(self, entry: dict[str, Any]) -> bytes:
        return orjson.dumps({"entry": entry})

    def decode(self, key: str, value: bytes) -> dict[str, Any]:
        return super().decode(key, value)["entry"]  # type: ignore[no-any-return]

    def predecessors(self) -> Mapping[bytes, Callable[[str, bytes], dict[str, Any]]]:
        return {b"\x01": super().decode}


def validate(state: Counts, record: LogRecord, out: Outbox) -> None:
    state.watermark = record.timestamp
    if not record.value:
        return
    try:
        touch = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        out.send(REJECTED, None, record.value)
        return
    _stall(touch)
    origin = [PUBLIC, state.number, record.offset, 0]
    out.send(EVENTS, touch["id"].encode(), orjson.dumps({"k": "touch", "o": origin, **touch}))
    out.row("touchpoints", orjson.dumps(touch))


def _stall(touch: dict[str, Any]) -> None:
    """A touchpoint with "stall": [seconds, file] keeps the event loop from everything else, once for each file."""
    seconds, file = touch.pop("stall", (0, ""))
    if seconds and not os.path.exists(file):
        with open(file, "x"):
            time.sleep(seconds)


def stitch(state: Counts, record: LogRecord, out: Outbox) -> None:
    message = orjson.loads(record.value or b"")
    if message["k"] == "wm":
        state.hear(message["f"], message["t"])
        return
    _, partition, offset, ordinal = message["o"]
    if state.repeats(f"validate/{partition}", offset, ordinal):
        return
    if message["id"] == PAUSES and ARGUMENTS.pauses:
        os.kill(os.getpid(), signal.SIGSTOP)  # with a chunk in hand that is neither said nor written
    entry = state.add(message["id"])
    version = state.version()
    counted = {
        "k": "counted",
        "v": version,
        "p": message["place"],
        "i": message["id"],
        "n": entry["n"],
        "t": message["t"],
    }
    out.send(PLACE_EVENTS, message["place"].encode(), orjson.dumps(counted))
    out.row("identifiers", orjson.dumps({"id": message["id"], "n": entry["n"], "v": version}), replaces=message["id"])


def load(state: Counts, record: LogRecord, out: Outbox) -> None:
    message = orjson.loads(record.value or b"")
    if message["k"] == "wm":
        state.hear(message["f"], message["t"])
        return
    key = f"{message['i']}@{message['p']}"
    if (state.get(key) or {"v": -1})["v"] < message["v"]:
        state.add(message["p"], due=-(-message["t"] // GRID_MS) * GRID_MS)
        state.put(key, {"n": 0, "v": message["v"]})


def fire(state: Counts, out: Outbox, limit: int) -> bool:
    """A row per place and grid point, one at a time, so that a chunk is written part-way."""
    if state.watermark is None:
        return False
    keys = sorted({*state.entries, *state.changes})
    due = [key for key in keys if (state.get(key) or {}).get("due", state.watermark + 1) <= state.watermark]
    for key in due[:1]:
        entry = dict(state.get(key) or {})
        out.row(
            "queue_load", orjson.dumps({"place": key, "at": entry.pop("due"), "n": entry["n"], "v": state.version()})
        )
        state.put(key, entry)
    return len(due) > 1


def codes() -> dict[str, StageCode]:
    made = Newer if ARGUMENTS.newer else Counts

    def new(number: int) -> Counts:
        return made(number, epoch=1, senders=ARGUMENTS.partitions)

    return {
        "validate": StageCode(validate, None, new, lasting=False),
        "stitch": StageCode(stitch, None, new),
        "load": StageCode(load, fire, new),
    }


ARGUMENTS = argparse.Namespace(partitions=1, pauses=False, newer=False)


async def main() -> None:
    settings = Settings(
        kafka=ARGUMENTS.servers,
        broker=ARGUMENTS.broker,
        partitions=ARGUMENTS.partitions,
        replication=ARGUMENTS.replication,
        worker_id=ARGUMENTS.worker,
    )
    await serve_stages(settings, lambda _: codes(), "h1:test")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--servers", required=True)
    parser.add_argument("--broker", required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--replication", type=int, default=1)
    parser.add_argument("--worker", default="worker-1")
    parser.add_argument("--pauses", action="store_true", help=f"stand still at the first touchpoint of {PAUSES}")
    parser.add_argument("--newer", action="store_true", help="be of the next release, with another format of entries")
    parser.parse_args(namespace=ARGUMENTS)
    logs.configure()
    asyncio.run(main())
