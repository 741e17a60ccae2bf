"""One partition of one stage: its chunks in order, each folded, said, written and acked; it waits for no other lane.

Per chunk: outputs acknowledged by the broker → state and position written in one stroke → the state is what was
written → ack. A crash anywhere in between repeats the chunk from the state before it, with the same outputs.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiokafka.errors import KafkaError

from schemas.internal import Watermark
from streams.clock import steady_seconds
from streams.kafka.arrival import TRY_AGAIN_SECONDS, Outage, passes
from streams.kafka.changelog import UnknownFormatError
from streams.kafka.chunk import Chunk, leaves_out
from streams.kafka.connection import Connection
from streams.kafka.ending import Failpoint, die, log, refuse
from streams.kafka.gate import Gate, TooManyRefusedError
from streams.kafka.keeper import Keeper
from streams.kafka.outgoing import NO_HEADERS, Parcels, add_rows, add_to_all, address
from streams.kafka.producer import BatchProducer, FencedError
from streams.numbers import LaneNumbers
from streams.outbox import Outbox
from streams.partition import LogRecord, Partition
from streams.refusals import RefusalWindow
from streams.topology import STAGES, Stage, Topic, physical

Step = Callable[[Any, LogRecord, Outbox], None]
Fire = Callable[[Any, Outbox, int], bool]
Flush = Callable[[Any, Outbox], None]

LONGEST_FOLD = 4_000
"""Records folded before a write, and the longest chunk: after a crash, up to so many are read again."""

MOST_AT_ONCE = 20_000
"""Messages, rows and changed entries that may wait for one write; with more, a chunk is written part-way."""

FIRES_AT_ONCE = 2_000
BREATH = 500
"""Records folded between two looks at what other lanes have to do."""

POSITION_WAITS_SECONDS = 1.0
"""A chunk that changed nothing but the position is written and acked with the next one that does, or after this."""

HOLD_RECORDS, HOLD_CHUNKS = 2 * LONGEST_FOLD, 8
MOST_FAILURES = 5
"""Starts over, one after another, for an error of the broker that is no outage; then the process ends."""


@dataclass(frozen=True)
class StageCode:
    """What a stage is to the shell. `lasting` False: its state holds nothing that a restart would miss.

    `flush` says what the state owes others, before every write: what is owed is not written.
    `window`: for a stage that must not refuse a whole release; each lane gets one of its own.
    """

    step: Step
    fire: Fire | None
    new_state: Callable[[int], Partition[Any]]
    lasting: bool = True
    flush: Flush | None = None
    window: Callable[[], RefusalWindow] | None = None


@dataclass(frozen=True)
class Road:
    """What all lanes share: the broker, the outputs' producer, how many partitions each topic has."""

    connection: Connection
    outputs: BatchProducer
    topics: Mapping[str, Topic]
    partitions: int
    failpoint: Failpoint = field(default_factory=Failpoint)
    outage: Outage = field(default_factory=Outage)
    epoch: int = 1
    fenced: Callable[[], None] = lambda: None  # told before this process ends because somebody else writes its state

    def partition_counts(self) -> dict[str, int]:
        return {name: self.partitions if topic.partitioned else 1 for name, topic in self.topics.items()}

    def limits(self) -> dict[str, int]:
        return {physical(name, self.epoch): topic.max_message_bytes for name, topic in self.topics.items()}


class Lane:
    """Bounded by HOLD_RECORDS waiting records, beside what was fetched already when `hold` was called."""

    def __init__(
        self,
        stage: Stage,
        code: StageCode,
        number: int,
        road: Road,
        *,
        hold: Callable[[], None],
        release: Callable[[], None],
        numbers: LaneNumbers | None = None,
        stand: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """`stand` is told when the lane begins and ends to wait for a person, which may take days."""
        self.stage, self.number, self.numbers = stage, number, LaneNumbers() if numbers is None else numbers
        self.state: Partition[Any] | None = None
        self.offset = -1  # everything up to here is said, and durable where it changed anything
        self.moved = steady_seconds()
        self._code, self._road, self._hold, self._release, self._stand = code, road, hold, release, stand
        self._counts = road.partition_counts()
        self._next = next((s.reads for s in STAGES if s.hears == stage.name), None)
        self._said: int | None = None
        self._queue: asyncio.Queue[Chunk | None] = asyncio.Queue()  # None: the position has waited long enough
        self._waiting = 0
        self._unacked: list[Chunk] = []
        self._overdue = False  # the position has waited long enough, and a chunk came at that moment
        self._keeper = Keeper(stage, number, road.connection, road.limits(), self.numbers.written, road.epoch)
        self._gate = Gate(code.window and code.window(), road.connection, stage.reads, number)
        self._failures = 0
        self._held = False
        self._task = asyncio.create_task(self._work(), name=f"{stage.name}/{number}")

    # -- for the stage's agent -------------------------------------------------------------------

    def put(self, chunk: Chunk) -> None:
        """Never waits: who puts chunks is asked to hold back instead."""
        self._queue.put_nowait(chunk)
        self._waiting += len(chunk.records)
        if not self._held and (self._waiting >= HOLD_RECORDS or self._queue.qsize() >= HOLD_CHUNKS):
            self._held = True
            self._hold()

    @property
    def idle(self) -> bool:
        """True if everything it was given is acked."""
        return self._waiting == 0 and not self._unacked

    @property
    def paused(self) -> str:
        """Why it waits for a person; '' if it does not."""
        return self._gate.paused

    async def close(self) -> None:
        """The partition has gone to somebody else, or the worker ends: forget everything."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._keeper.drop()
        del self._task  # a cancelled task knows where it was, and so this lane: nobody searches the state for garbage
        self.state = None

    # -- the loop --------------------------------------------------------------------------------

    async def _work(self) -> None:
        try:
            while True:
                await self._serve(await self._queue.get())
        except UnknownFormatError as error:  # a newer worker's: whoever goes on with less would lose what it wrote
            refuse(str(error), **self._name)
        except FencedError as error:
            await asyncio.to_thread(self._road.fenced)
            die("another worker has taken this partition over", None, **self._name, reason=str(error))
        except Exception as error:  # whatever it is: going on would skip records; the supervisor starts us again
            die("unexpected error in a stage", error, **self._name)

    @property
    def _name(self) -> dict[str, object]:
        return {"stage": self.stage.name, "partition": self.number}

    async def _serve(self, first: Chunk | None) -> None:
        """Fold what has come, `first` and what waits behind it; None: write a position that has waited long enough."""
        if first is None and not self._unacked:
            return
        chunks = [] if first is None else [first, *self._more(LONGEST_FOLD - len(first.records))]
        self._overdue |= first is None
        self._unacked += chunks
        self._taken(chunks)
        while True:
            began, waited = steady_seconds(), self.numbers.waited
            try:
                await self._fold(chunks)
            except TooManyRefusedError as refused:
                await self._wait_for_a_person(refused)
                chunks = self._unacked
            except Exception as error:
                await self._start_over(error)
                chunks = self._unacked
            else:
                break
        self._failures = 0
        self.numbers.chunk(sum(len(chunk.records) for chunk in chunks), steady_seconds() - began, waited)

    async def _start_over(self, error: Exception) -> None:
        """After an outage, the state and every chunk that is not acked, from the last write on: nothing else is sure.

        Raises `error` where trying again would not heal it.
        """
        self._failures += 1
        self.numbers.outages += 1
        if not (passes(error) or (isinstance(error, KafkaError) and self._failures < MOST_FAILURES)):
            raise error
        self._road.outage.notice(str(error) or type(error).__name__)
        await self._forget()
        await asyncio.sleep(TRY_AGAIN_SECONDS)

    async def _wait_for_a_person(self, refused: TooManyRefusedError) -> None:
        """Nothing of what was folded is said; it is folded again once somebody lets it through."""
        shown = self._code.new_state(self.number)  # for whoever asks meanwhile how far this is
        shown.watermark = self._said
        await self._forget()
        self.state = shown
        self._stand(True)
        try:
            await self._gate.wait(refused, self._progress)
        finally:
            self._stand(False)
            self.state = None

    async def _forget(self) -> None:
        """What was folded since the last write."""
        await self._keeper.drop()
        self.state, self._said = None, None
        self._progress()

    def _more(self, room: int) -> list[Chunk]:
        """What waits already and fits: one write for many small chunks keeps the delay low under load."""
        chunks: list[Chunk] = []
        while room > 0 and not self._queue.empty():
            following = self._queue.get_nowait()
            if following is None:
                self._overdue = bool(self._unacked)
                continue
            chunks.append(following)
            room -= len(following.records)
        return chunks

    async def _fold(self, chunks: list[Chunk]) -> None:
        state = self.state = await self._state_for(chunks)
        waited = len(self._unacked) > len(chunks)
        out = Outbox()
        for chunk in chunks:
            out = await self._fold_chunk(state, chunk, out)
        await self._say(state, out, through=True)
        if not self._code.lasting:
            self._ack()
        elif state.changes or self._overdue:
            await self._write(state)
            self._ack()
        elif not waited:  # the first that waits
            asyncio.get_running_loop().call_later(POSITION_WAITS_SECONDS, self._queue.put_nowait, None)
        self.offset = state.offset

    async def _state_for(self, chunks: list[Chunk]) -> Partition[Any]:
        """The state that the chunks follow upon: not the one in memory where somebody else has owned the partition
        meanwhile, as while this process was frozen. What we said from it would be wrong, and said before the broker
        refuses our write."""
        lasting = self._code.lasting
        if lasting and self.state is not None and leaves_out(self.state.offset, chunks):
            log.info("somebody else has done work here: the state is loaded anew", **self._name)
            await self._forget()
        state = self.state or await self._loaded()
        if lasting and state.offset >= 0 and leaves_out(state.offset, chunks):
            refuse(
                "the state of a partition is older than what was read with it: run `touchline rebuild`", **self._name
            )
        return state

    async def _fold_chunk(self, state: Partition[Any], chunk: Chunk, out: Outbox) -> Outbox:
        step, fire, mark = self._code.step, self._code.fire, state.watermark
        for number, record in enumerate(chunk.records, 1):
            if record.offset <= state.offset:
                continue
            state.begin(record.offset)
            step(state, record, out)
            if fire is not None:
                while fire(state, out, FIRES_AT_ONCE):
                    out = await self._part_way(state, out)
            resting = not number % BREATH
            if resting:
                await asyncio.sleep(0)
                self._progress()
            if resting or state.watermark != mark:  # one record may say little, or that very much is due
                mark = state.watermark
                if len(out) + len(state.changes) > MOST_AT_ONCE:
                    out = await self._part_way(state, out)
        return out

    async def _part_way(self, state: Partition[Any], out: Outbox) -> Outbox:
        """Whatever was folded and fired so far becomes durable; the chunk itself is not done yet."""
        await self._say(state, out, through=False)
        if self._code.lasting:
            await self._write(state)
        return Outbox()

    # -- outputs, state, acks --------------------------------------------------------------------

    async def _say(self, state: Partition[Any], out: Outbox, *, through: bool) -> None:
        if self._code.flush is not None:
            self._code.flush(state, out)
        messages, rows = out.messages, out.rows
        self._gate.weigh(rows, state.offset)
        parcels = address(messages, self._counts)
        add_rows(parcels, rows)
        if through:
            self._add_watermark(parcels, state)
        if parcels:
            with self.numbers.asking(self.numbers.stage.say):
                await self._road.outputs.post(parcels)
            self.numbers.said(len(messages), rows)
        self._gate.passed(rows)
        self._progress()
        self._reach("after_outputs")

    def _add_watermark(self, parcels: Parcels, state: Partition[Any]) -> None:
        """At the end of every destination, after what was said; only once nothing earlier can follow."""
        if self._next is None or state.watermark is None or state.watermark == self._said:
            return
        sender = f"{self.stage.name}/{self.number}"
        watermark: Watermark = {"k": "wm", "f": sender, "t": state.watermark}
        add_to_all(
            parcels, self._next, self._counts[self._next], (sender.encode(), orjson.dumps(watermark), NO_HEADERS)
        )
        self._said = state.watermark

    async def _write(self, state: Partition[Any]) -> None:
        self._reach("before_changelog")
        with self.numbers.asking(self.numbers.stage.write):
            await self._keeper.write(state)
        self._reach("after_changelog")
        state.settle()
        self._progress()

    def _ack(self) -> None:
        self._reach("before_ack")
        done, self._unacked, self._overdue = self._unacked, [], False
        for chunk in done:
            chunk.ack()

    def _taken(self, chunks: list[Chunk]) -> None:
        self._waiting -= sum(len(chunk.records) for chunk in chunks)
        if self._held and self._waiting < HOLD_RECORDS // 2 and self._queue.qsize() < HOLD_CHUNKS // 2:
            self._held = False
            self._release()

    def _reach(self, name: str) -> None:
        self._road.failpoint.reach(self.stage.name, name)

    async def _loaded(self) -> Partition[Any]:
        """The state as it was last written, once everything that was due then has fired."""
        state = self._code.new_state(self.number)
        if not self._code.lasting:
            return state
        await self._keeper.load(state, self._progress)
        out = Outbox()
        while self._code.fire is not None and self._code.fire(state, out, FIRES_AT_ONCE):
            out = await self._part_way(state, out)
        if len(out) or state.changes:
            await self._part_way(state, out)
        self.offset = state.offset
        return state

    def _progress(self) -> None:
        self.moved = steady_seconds()
