"""Chunks through Faust: which offsets are committed, what a hold and a gap do; without a broker."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.connection import Connection
from streams.kafka.topics import RefusedError
from streams.kafka.transport import require_cython
from streams.run.app import faust_app

EVENTS_0, EVENTS_1 = TP("events", 0), TP("events", 1)
Gap = tuple[TP, int, int]


def with_consumer(body: Callable[[Any, list[Gap]], Awaitable[None]]) -> None:
    """Run `body` with a consumer that was never connected, and the list of gaps that it reports."""

    async def run() -> None:
        gaps: list[Gap] = []

        async def on_gap(tp: TP, expected: int, found: int) -> None:
            gaps.append((tp, expected, found))

        app = faust_app(Connection("127.0.0.1:1"), "touchline", "worker-1", on_gap)
        consumer: Any = app.consumer
        app.topics._acking_topics.add("events")
        consumer._thread.thread_loop.close()  # made for a thread that is never started
        consumer._thread = SimpleNamespace(highwater=lambda _: 0)
        consumer._set_active_tps({EVENTS_0, EVENTS_1})
        consumer.handed_over = []

        async def callback(message: Any) -> None:
            message.incref()
            consumer.handed_over.append(message)

        consumer.callback = callback
        await body(consumer, gaps)

    asyncio.run(run())


def records(start: int, end: int, topic: str = "events", partition: int = 0) -> list[Any]:
    return [
        SimpleNamespace(
            topic=topic,
            partition=partition,
            offset=offset,
            timestamp=0,
            timestamp_type=1,
            headers=(),
            key=None,
            value=b"",
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
        )
        for offset in range(start, end)
    ]


def test_the_compiled_stream_is_there():
    require_cython()


def test_a_fetch_is_handed_over_in_chunks_of_the_longest_length():
    async def body(consumer: Any, _: list[Gap]) -> None:
        await consumer._deliver({EVENTS_0: records(0, 10_000)})
        assert [len(message.value.records) for message in consumer.handed_over] == [4_000, 4_000, 2_000]
        assert [message.offset for message in consumer.handed_over] == [3_999, 7_999, 9_999]

    with_consumer(body)


@given(st.permutations(range(6)))
def test_only_chunks_acked_without_a_hole_move_the_offset(order: list[int]):
    async def body(consumer: Any, _: list[Gap]) -> None:
        for start in range(0, 60, 10):
            await consumer._deliver({EVENTS_0: records(start, start + 10)})
        acked, committed = set[int](), 0
        for number in order:
            consumer.handed_over[number].ack(consumer)
            acked.add(number)
            committed = consumer._new_offset(EVENTS_0) or committed
            assert committed == 10 * next(n for n in range(7) if n not in acked)

    with_consumer(body)


def test_gaps_inside_a_chunk_do_not_hold_up_the_offset():
    async def body(consumer: Any, gaps: list[Gap]) -> None:
        await consumer._deliver({EVENTS_0: [*records(0, 3), *records(7, 9)]})
        consumer.handed_over[0].ack(consumer)
        assert (consumer._new_offset(EVENTS_0), gaps) == (9, [])

    with_consumer(body)


def test_a_gap_between_chunks_is_reported():
    async def body(consumer: Any, gaps: list[Gap]) -> None:
        await consumer._deliver({EVENTS_0: records(0, 3)})
        await consumer._deliver({EVENTS_0: records(5, 6)})
        assert gaps == [(EVENTS_0, 3, 5)]

    with_consumer(body)


def test_what_was_fetched_before_a_seek_is_not_delivered_twice():
    async def body(consumer: Any, _: list[Gap]) -> None:
        await consumer._deliver({EVENTS_0: records(0, 10)})
        await consumer._deliver({EVENTS_0: records(5, 12)})
        await consumer._deliver({EVENTS_0: records(2, 9)})
        assert [r.offset for m in consumer.handed_over for r in m.value.records] == list(range(12))

    with_consumer(body)


def test_a_chunk_of_a_lost_partition_commits_nothing_when_it_is_acked_late():
    async def body(consumer: Any, _: list[Gap]) -> None:
        await consumer._deliver({EVENTS_0: records(0, 3)})

        async def nothing(_revoked: Any) -> None: ...

        consumer._on_partitions_revoked = nothing
        await consumer.on_partitions_revoked({EVENTS_0})
        consumer.handed_over[0].ack(consumer)
        assert consumer._new_offset(EVENTS_0) is None

    with_consumer(body)


def test_a_chunk_says_where_reading_went_on_though_its_first_record_be_later():
    async def body(consumer: Any, _: list[Gap]) -> None:
        await consumer._deliver({EVENTS_0: records(0, 3)})
        await consumer._deliver({EVENTS_0: records(5, 6)})
        assert [message.value.start for message in consumer.handed_over] == [None, 3]

    with_consumer(body)


def test_a_held_partition_is_not_fetched_and_the_others_are():
    async def body(consumer: Any, _: list[Gap]) -> None:
        asked: list[set[TP]] = []

        async def fetch(active_partitions: set[TP], timeout: float) -> dict[TP, Any]:
            asked.append(set(active_partitions))
            return {}

        consumer._getmany = fetch
        consumer.hold(EVENTS_0)
        await consumer._fetch()
        consumer.release(EVENTS_0)
        await consumer._fetch()
        assert asked == [{EVENTS_1}, {EVENTS_0, EVENTS_1}]

    with_consumer(body)


def test_with_everything_held_the_fetcher_sleeps_until_a_release():
    async def body(consumer: Any, _: list[Gap]) -> None:
        for tp in (EVENTS_0, EVENTS_1):
            consumer.hold(tp)
        fetching = asyncio.create_task(consumer._fetch())
        await asyncio.sleep(0)
        assert not fetching.done()
        consumer.release(EVENTS_0)
        assert await asyncio.wait_for(fetching, 5) == {}

    with_consumer(body)


def test_without_the_compiled_stream_nothing_starts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("faust.streams._CStreamIterator", None)
    with pytest.raises(RefusedError, match="unset NO_CYTHON"):
        require_cython()
