"""`touchline import`: files of touchpoints into the log in order of time, resumable, with an account that adds up."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal, Protocol

import orjson

from streams.clock import now_ms
from streams.kafka import standing
from streams.kafka.connection import Connection
from streams.kafka.outgoing import Destination, Record
from streams.sources.account import Account, highest_line, settle_account
from streams.sources.bulk import Lane, open_lane
from streams.sources.instants import rfc3339
from streams.sources.lines import LONGEST_LINE, Line, Prepared, moment, prepare
from streams.sources.settling import StalledError, until_at_rest
from streams.store.client import Store
from streams.topology import PUBLIC, rows_topic, worker_group

DAY_MS = 86_400_000
BATCH_LINES = 4_000
LOG = Destination(PUBLIC, 0)
IMPORT_HEADER, BACKFILL_HEADER = "touchline-import", ("touchline-backfill", b"1")
CONTROL: Record = (
    None,
    orjson.dumps({"control": "advance", "by_ms": DAY_MS}),
    [("touchline", b"control")],
)
"""Nothing follows for a day: what is still open closes."""

Phase = Literal["reading", "sorting", "sending", "waiting", "feeding", "settling", "following"]


class Watcher(Protocol):
    """Sees how an import goes on; `total` None where it is not known."""

    def at(self, phase: Phase, done: int, total: int | None) -> None: ...

    def say(self, words: str) -> None: ...


class ImportRefusedError(Exception):
    """Nothing was sent; the message says why and what to do."""


class ImportStalledError(Exception):
    """Everything was sent, and then nothing moved for a long time; the message says what waits."""


class ImportInterruptedError(ConnectionError):
    """The broker does not answer; what had reached it stays, and the next import goes on behind it."""


@dataclass(frozen=True)
class Order:
    """What is asked. `clock`: the worker's, from the settings. `patience_seconds`: of standing still while waiting."""

    files: tuple[str, ...]
    clock: Literal["append", "event"]
    wait: bool = False
    more_follows: bool = False
    backfill: bool = False
    patience_seconds: float = 300.0


@dataclass(frozen=True)
class Outcome:
    """`sent`: lines of this run, `before`: lines of earlier runs, `too_large`: lines that no record can hold."""

    name: str
    sent: int
    before: int
    too_large: int
    account: Account | None

    @property
    def ok(self) -> bool:
        return not self.too_large and (self.account is None or self.account.adds_up)


async def import_files(order: Order, connection: Connection, store: Store, watch: Watcher) -> Outcome:
    """Import, wait and settle as ordered.

    Raises ImportRefusedError, ImportStalledError, ImportInterruptedError, OSError or ValueError for a file, StoreError.
    """
    try:
        return await _import_files(order, connection, store, watch)
    except standing.BROKER_ERRORS as error:
        words = str(error) or type(error).__name__
        raise ImportInterruptedError(
            f"the broker at {connection.servers} does not answer: {words}; import the same file again when it does, "
            "it goes on where it stopped"
        ) from error


async def _import_files(order: Order, connection: Connection, store: Store, watch: Watcher) -> Outcome:
    partitions = await _check_log(order, connection)
    with tempfile.TemporaryDirectory(prefix="touchline-import-") as name:
        folder = Path(name)
        prepared = prepare(order.files, folder, lambda done: watch.at("reading", done, None))
        written = await _written(connection, store, prepared.name)
        if written.line < prepared.count:
            if written.line:
                watch.say(f"imported before up to line {written.line:,}; goes on behind it")
            sent = await _send(order, connection, prepared, written.line, folder, watch)
        else:
            sent = 0
            watch.say("nothing to do: every line was imported before")
            await _close_if_open(order, connection, prepared, written)
    account = await _wait(order, connection, store, partitions, prepared, watch) if order.wait else None
    return Outcome(prepared.name, sent, written.line, prepared.too_large, account)


# -- may it be imported? -------------------------------------------------------------------------


async def _check_log(order: Order, connection: Connection) -> int:
    partitions = await standing.partitions_of(connection, PUBLIC)
    if not partitions:
        raise ImportRefusedError(
            f"the broker has no topic {PUBLIC}; start a worker, or make it with `touchline topics`"
        )
    if order.backfill:
        return partitions
    if order.clock == "append":
        raise ImportRefusedError(
            "the worker's clock is the broker's (TOUCHLINE_CLOCK=append), so the past would count as now; "
            "import with --backfill to store the rows alone"
        )
    if partitions != 1:
        raise ImportRefusedError(f"{PUBLIC} has {partitions} partitions; an event clock needs exactly one")
    return partitions


async def _check_clock(connection: Connection, begins: int | None) -> None:
    """What is older than the clock would be late, or lost for live state: it is not sent in silence."""
    clock = await standing.event_clock(connection)
    if clock is not None and begins is not None and begins < clock:
        raise ImportRefusedError(
            f"the event clock shows {rfc3339(clock)}, the lines begin at {rfc3339(begins)}: they would all be late; "
            "import into an empty pipeline, or with --backfill to store the rows alone"
        )


# -- what was written before ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Written:
    """The last line that an earlier run brought into the log, and whether a control record is on its way."""

    line: int
    control: bool


async def _written(connection: Connection, store: Store, name: str) -> _Written:
    """From the store, and from what has reached the log or the row topics and not yet the store."""
    line, control = await asyncio.to_thread(highest_line, store, name), False
    worker = await standing.committed(connection, worker_group(await standing.current_epoch(connection)))
    sink = await standing.committed(connection, standing.SINK_GROUP)
    rows = [Destination(rows_topic(table), 0) for table in ("touchpoints", "rejected")]
    known = [log for log in (LOG, *rows) if await standing.partitions_of(connection, log.topic)]
    mark = name.encode() + b":"
    for log, end in (await standing.ends(connection, known)).items():
        start = (worker if log == LOG else sink).get(log, 0)
        async for records in standing.read(connection, log, start, end):
            for record in records:
                if log != LOG:
                    line = max(line, _line_of_rows(record.value or b"", name))
                    continue
                for header, content in record.headers:
                    if header == IMPORT_HEADER and content.startswith(mark):
                        line = max(line, int(content[len(mark) :]))
                    control = control or (header, content) == CONTROL[2][0]
    return _Written(line, control)


def _line_of_rows(rows: bytes, name: str) -> int:
    wanted = f'"import_file":"{name}"'.encode()
    return max((orjson.loads(row)["import_line"] for row in rows.split(b"\n") if wanted in row), default=0)


# -- sending -------------------------------------------------------------------------------------


async def _send(
    order: Order,
    connection: Connection,
    prepared: Prepared,
    after: int,
    folder: Path,
    watch: Watcher,
) -> int:
    lines = prepared.lines(after, folder, lambda done: watch.at("sorting", done, prepared.count))
    first = next(lines)
    if not order.backfill:
        await _check_clock(connection, moment(first.value))
    sent = 0
    async with open_lane(connection, *LOG) as lane:
        for batch in _batches(chain((first,), lines)):
            fitting = [line for line in batch if len(line.value) <= LONGEST_LINE]
            if len(fitting) < len(batch):
                watch.say(_too_large(batch))
            await lane.send(_records(fitting, prepared.name, backfill=order.backfill))
            sent += len(fitting)
            watch.at("sending", batch[-1].number, prepared.count)
        await _close(order, lane)
    return sent


def _too_large(batch: Sequence[Line]) -> str:
    numbers = [line.number for line in batch if len(line.value) > LONGEST_LINE]
    return f"too long to be sent, above {LONGEST_LINE:,} bytes: line {', '.join(map(str, numbers))}; shorten them"


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) >= BATCH_LINES:
            yield batch
            batch = []
    if batch:
        yield batch


def _records(lines: Sequence[Line], name: str, *, backfill: bool) -> list[Record]:
    mark = name.encode() + b":%d"
    if backfill:
        return [(key, value, [(IMPORT_HEADER, mark % number), BACKFILL_HEADER]) for number, key, value in lines]
    return [(key, value, [(IMPORT_HEADER, mark % number)]) for number, key, value in lines]


async def _close(order: Order, lane: Lane) -> None:
    if not order.backfill and not order.more_follows:
        await lane.send([CONTROL])


async def _close_if_open(order: Order, connection: Connection, prepared: Prepared, written: _Written) -> None:
    """An earlier run may have ended between its last line and the control record."""
    if order.backfill or written.control or prepared.last_ms is None:
        return
    clock = await standing.event_clock(connection)
    if clock is None or clock < min(prepared.last_ms + DAY_MS, now_ms() - DAY_MS):
        async with open_lane(connection, *LOG) as lane:
            await _close(order, lane)


# -- waiting and the account ---------------------------------------------------------------------


async def _wait(
    order: Order,
    connection: Connection,
    store: Store,
    partitions: int,
    prepared: Prepared,
    watch: Watcher,
) -> Account:
    def progress(done: int, total: int) -> None:
        watch.at("waiting", done, total)

    try:
        inputs = standing.inputs(partitions, await standing.current_epoch(connection))
        await until_at_rest(connection, inputs, order.patience_seconds, progress)
    except StalledError as error:
        raise ImportStalledError(f"{error} Import the same file again with --wait to see the account") from None
    return await asyncio.to_thread(settle_account, store, prepared.name, prepared.count - prepared.too_large)
