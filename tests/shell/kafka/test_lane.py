"""One partition of one stage, on a broker made of lists."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.kafka_lane import Ledger, chunk, lane, record, until
from support.kafka_toy import Counts

from streams.kafka import lane as lanes
from streams.kafka.lane import StageCode
from streams.outbox import Outbox
from streams.topology import PLACE_EVENTS


def new_state(number: int) -> Counts:
    return Counts(number, epoch=1, senders=1)


def count(state: Counts, message: Any, out: Outbox) -> None:
    """A number is counted; `wm <n>` is a watermark; anything else changes nothing."""
    kind, _, rest = message.value.decode().partition(" ")
    if kind == "wm":
        state.hear("validate/0", int(rest))
    elif kind.isdigit():
        entry = state.add(kind, due=int(kind))
        told = orjson.dumps([kind, entry["n"], state.version()])
        out.send(PLACE_EVENTS, kind.encode(), told)


def fire(state: Counts, out: Outbox, limit: int) -> bool:
    """What is due at the watermark, one at a time, so that a write is made between any two."""
    del limit
    mark = state.watermark
    keys = sorted({*state.entries, *state.changes}, key=int)
    due = [key for key in keys if mark is not None and (state.get(key) or {}).get("due", mark + 1) <= mark]
    for key in due[:1]:
        out.row("queue_load", orjson.dumps([key, mark]))
        state.put(key, {"n": (state.get(key) or {})["n"]})
    return len(due) > 1


CODE = StageCode(count, fire, new_state)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "TRY_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(lanes, "POSITION_WAITS_SECONDS", 0.003)


def serve(ledger: Ledger, *chunks: list[bytes], code: StageCode = CODE, at_once: bool = True, **options: Any) -> None:
    """Hand over the chunks, numbered on through, and wait until all are acked.

    `at_once` False: each when the one before it has been folded, though not yet acked where it only moves the position.
    """

    async def run() -> None:
        served = lane(ledger, code, **options)
        offsets: Iterator[int] = iter(range(1_000_000))
        for values in chunks:
            records = [record(next(offsets), value) for value in values]
            served.put(chunk(ledger, *records))
            if not at_once:
                await until(lambda last=records[-1].offset: served.offset >= last)
        last = sum(map(len, chunks)) - 1
        await until(lambda: ("acked", last) in ledger.events)
        await served.close()

    asyncio.run(run())


def kinds(ledger: Ledger) -> list[str]:
    return [kind for kind, _ in ledger.events]


def test_outputs_come_before_the_state_and_the_state_before_the_ack():
    ledger = Ledger()
    serve(ledger, [b"1", b"2"])
    assert kinds(ledger) == ["said", "wrote", "acked"]
    assert ledger.durable[b"1"] == b'\x01{"n":1,"due":1}'


def test_many_small_chunks_that_wait_are_one_write():
    ledger = Ledger()
    serve(ledger, *([b"1"] for _ in range(10)))
    assert kinds(ledger).count("wrote") <= 2
    assert kinds(ledger).count("acked") == 10


def test_a_chunk_that_changes_nothing_is_acked_with_the_position():
    ledger = Ledger()
    serve(ledger, [b"wm 5"])
    assert kinds(ledger) == ["said", "wrote", "acked"]  # said: its own watermark has risen


def test_a_stage_without_lasting_state_writes_no_changelog():
    ledger = Ledger()
    code = StageCode(
        lambda _, message, out: out.send(PLACE_EVENTS, b"k", message.value), None, new_state, lasting=False
    )
    serve(ledger, [b"a"], [b"b"], code=code)
    assert ledger.values(PLACE_EVENTS) == [b"a", b"b"]
    assert (kinds(ledger).count("wrote"), ledger.loads) == (0, 0)


def test_a_watermark_follows_everything_that_it_made_due():
    ledger = Ledger()
    serve(ledger, [b"1", b"2", b"3", b"wm 9"])
    said = [topic for kind, parcels in ledger.events if kind == "said" for (topic, _), _ in parcels.items()]
    assert said.count("rows.queue_load") == 3
    assert ledger.values(PLACE_EVENTS)[-1] == b'{"k":"wm","f":"stitch/0","t":9}'
    last_row = max(
        n for n, (kind, what) in enumerate(ledger.events) if kind == "said" and ("rows.queue_load", 0) in what
    )
    marks = [n for n, (kind, what) in enumerate(ledger.events) if kind == "said" and b'"wm"' in str(what).encode()]
    assert min(marks) >= last_row


def test_a_chunk_with_very_many_outputs_is_written_part_way(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lanes, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(lanes, "BREATH", 2)
    ledger = Ledger()
    serve(ledger, [b"1"] * 10)
    assert [what for kind, what in ledger.events if kind != "said"] == [3, 7, 9, 9]  # offsets written, then the ack
    assert (kinds(ledger)[-1], ledger.durable[b"1"]) == ("acked", b'\x01{"n":10,"due":1}')


def test_a_lost_write_leaves_nothing_of_its_state_behind():
    made: list[Counts] = []

    def new(number: int) -> Counts:
        made.append(new_state(number))
        return made[-1]

    ledger = Ledger({3})  # loaded, said, and the first write lost before it was done
    serve(ledger, [b"1", b"2", b"wm 5"], code=StageCode(count, fire, new))
    lost, kept = made
    assert (lost.entries, sorted(kept.entries), ledger.loads) == ({}, ["1", "2"], 2)
    assert kept.position() == orjson.loads(ledger.durable[b""][1:])
    assert kept.watermarks is not lost.watermarks
    assert kept.positions is not lost.positions


def test_records_up_to_the_position_are_skipped():
    ledger = Ledger()
    serve(ledger, [b"1", b"2"])
    again = Ledger()
    again.durable = dict(ledger.durable)
    serve(again, [b"1", b"2", b"3"])
    assert again.durable[b"1"] == ledger.durable[b"1"]
    assert len(again.values(PLACE_EVENTS)) == 1


def test_what_was_due_at_the_last_write_fires_before_anything_else_is_folded():
    ledger = Ledger()
    serve(ledger, [b"1", b"2"])
    ledger.durable[b""] = ledger.durable[b""].replace(b'"watermark":null', b'"watermark":7')
    again = Ledger()
    again.durable = dict(ledger.durable)
    serve(again, [b"x", b"x", b"1"])
    rows, counts = again.values("rows.queue_load"), again.values(PLACE_EVENTS)
    assert rows[:2] == [b'["1",7]', b'["2",7]']
    assert counts[0].startswith(b'["1",2')


def test_a_lane_with_much_in_hand_holds_its_partition_and_releases_it():
    ledger, calls = Ledger(), []
    held = {"hold": lambda: calls.append("hold"), "release": lambda: calls.append("release")}
    serve(ledger, *([b"1"] * 1_000 for _ in range(20)), **held)
    assert calls[:2] == ["hold", "release"]
    assert len(calls) % 2 == 0


def test_a_lane_that_waits_for_its_write_holds_up_no_other():
    async def run() -> None:
        stuck, free = Ledger(), Ledger()
        gate = asyncio.Event()
        stuck.write = lambda _: gate.wait()  # type: ignore[assignment,method-assign]
        waiting, working = lane(stuck, CODE), lane(free, CODE)
        waiting.put(chunk(stuck, record(0, b"1")))
        working.put(chunk(free, record(0, b"1")))
        await until(lambda: "acked" in kinds(free))
        assert (kinds(stuck), waiting.idle) == (["said"], False)
        await waiting.close()
        await working.close()

    asyncio.run(run())


LOG = st.lists(st.one_of(st.integers(1, 5).map(str), st.integers(0, 9).map("wm {}".format), st.just("x")), max_size=12)


@settings(max_examples=200, deadline=None)
@given(LOG, st.lists(st.integers(1, 3), max_size=12), st.sets(st.integers(1, 24), max_size=6))
def test_no_outage_anywhere_changes_what_is_kept_or_what_is_said(log: list[str], cuts: list[int], fails: set[int]):
    values = [entry.encode() for entry in [*log, "1"]]
    calm, rough = Ledger(), Ledger(fails)
    serve(calm, *([value] for value in values), at_once=False)
    serve(rough, *cut(values, cuts), at_once=False)
    assert rough.durable == calm.durable
    assert set(rows(rough)) == set(rows(calm))
    assert sorted(set(counts(rough))) == sorted(counts(calm))  # partitions of one post stand in any order


def rows(ledger: Ledger) -> list[bytes]:
    return b"\n".join(ledger.values("rows.queue_load")).split(b"\n")


def counts(ledger: Ledger) -> list[bytes]:
    return [value for value in ledger.values(PLACE_EVENTS) if b"wm" not in value]


def cut(values: list[bytes], sizes: list[int]) -> list[list[bytes]]:
    chunks = []
    for size in [*sizes, len(values)]:
        if values:
            chunks.append(values[:size])
            values = values[size:]
    return chunks


def test_a_state_that_somebody_else_has_left_behind_is_loaded_anew_before_anything_is_said() -> None:
    async def run(ledger: Ledger) -> None:
        ours, theirs = lane(ledger, CODE), lane(ledger, CODE)
        ours.put(chunk(ledger, record(0, b"1")))
        await until(lambda: ("acked", 0) in ledger.events)
        theirs.put(chunk(ledger, record(1, b"1"), start=1))  # while we were frozen
        await until(lambda: ("acked", 1) in ledger.events)
        ours.put(chunk(ledger, record(2, b"1"), start=2))
        await until(lambda: ("acked", 2) in ledger.events)
        await asyncio.gather(ours.close(), theirs.close())

    ledger = Ledger()
    asyncio.run(run(ledger))
    assert [orjson.loads(told)[1] for told in ledger.values(PLACE_EVENTS)] == [1, 2, 3]


def test_a_state_older_than_what_was_read_with_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(ledger: Ledger) -> None:
        served = lane(ledger, CODE)
        served.put(chunk(ledger, record(0, b"1")))
        await until(lambda: ("acked", 0) in ledger.events)
        served.put(chunk(ledger, record(7, b"1"), start=7))  # 1 to 6 are done, the changelog says
        await until(lambda: served._task.done())
        served._task.result()

    def refused(message: str, **_: Any) -> None:
        raise SystemExit(message)

    monkeypatch.setattr(lanes, "refuse", refused)
    with pytest.raises(SystemExit, match="older than what was read"):
        asyncio.run(run(Ledger()))


def test_a_closed_lane_leaves_no_state_behind_for_the_garbage_search() -> None:
    """Which does not look at what was loaded, see the keeper."""

    async def run(ledger: Ledger) -> "weakref.ref[Any]":
        served = lane(ledger, CODE)
        served.put(chunk(ledger, record(0, b"1")))
        await until(lambda: ("acked", 0) in ledger.events)
        served.put(chunk(ledger, *(record(number, b"1") for number in range(1, 3_000))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # in the middle of it
        state = weakref.ref(served.state)
        await served.close()
        return state

    gc.collect()
    gc.disable()
    try:
        assert asyncio.run(run(Ledger()))() is None
    finally:
        gc.enable()
