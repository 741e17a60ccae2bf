"""Watermarks, call by call: the append clock follows the broker, the event clock follows what happened."""

from datetime import datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.touchpoints import new_state, touchpoint, validate

from streams.partition import Partition
from streams.validate.state import Clock, ValidateState

NOW_MS = 1_751_716_800_000  # 2025-07-05T12:00:00Z
MINUTE_MS, DAY_MS = 60_000, 86_400_000
BEAT = [("touchline", b"heartbeat")]
CONTROL = [("touchline", b"control")]


def iso(ms: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds")


def send(state: ValidateState, at_ms: int, record_ms: int = NOW_MS) -> int | None:
    """A touchpoint of `at_ms` arrives at `record_ms`; the watermark after it."""
    validate(touchpoint(occurred_at=iso(at_ms)), state, timestamp=record_ms)
    return state.watermark


def beat(state: ValidateState, record_ms: int) -> int | None:
    validate(b"", state, timestamp=record_ms, headers=BEAT)
    return state.watermark


def advance(state: ValidateState, by_ms: int, record_ms: int = NOW_MS) -> int | None:
    validate(orjson.dumps({"control": "advance", "by_ms": by_ms}), state, timestamp=record_ms, headers=CONTROL)
    return state.watermark


def test_the_append_clock_is_the_time_of_the_last_record_whatever_it_says() -> None:
    state = new_state("append")
    assert state.watermark is None
    assert send(state, NOW_MS - DAY_MS, NOW_MS) == NOW_MS
    assert beat(state, NOW_MS + 1_000) == NOW_MS + 1_000
    validate(b"garbage", state, timestamp=NOW_MS + 1_500)
    assert state.watermark == NOW_MS + 1_500
    assert advance(state, DAY_MS, NOW_MS + 1_600) == NOW_MS + 1_600


def test_the_append_clock_never_goes_back_and_keeps_no_state() -> None:
    state = new_state("append")
    send(state, NOW_MS, NOW_MS)
    assert send(state, NOW_MS, NOW_MS - 5_000) == NOW_MS
    assert state.changes == {}


def test_the_event_clock_is_the_highest_time_so_far() -> None:
    state = new_state("event")
    assert send(state, NOW_MS - DAY_MS) == NOW_MS - DAY_MS
    assert send(state, NOW_MS - 2 * DAY_MS) == NOW_MS - DAY_MS
    assert send(state, NOW_MS - DAY_MS + 1) == NOW_MS - DAY_MS + 1


def test_the_event_clock_is_never_beyond_now() -> None:
    state = new_state("event")
    assert send(state, NOW_MS + DAY_MS, NOW_MS) == NOW_MS
    assert send(state, NOW_MS + DAY_MS, NOW_MS + 10) == NOW_MS + 10


def test_refused_records_say_nothing_of_event_time() -> None:
    state = new_state("event")
    validate(b"garbage", state, timestamp=NOW_MS)
    assert state.watermark is None
    send(state, NOW_MS - 5)
    validate(b"garbage", state, timestamp=NOW_MS + 1_000)
    assert state.watermark == NOW_MS - 5


def test_near_the_present_an_idle_event_clock_goes_on_with_the_heartbeats() -> None:
    state = new_state("event")
    send(state, NOW_MS - 10 * MINUTE_MS, NOW_MS - 1_000)
    assert beat(state, NOW_MS) == NOW_MS - 10 * MINUTE_MS + 1_000
    assert beat(state, NOW_MS + 1_000) == NOW_MS - 10 * MINUTE_MS + 2_000
    validate(b"garbage", state, timestamp=NOW_MS + 1_400)
    assert beat(state, NOW_MS + 2_000) == NOW_MS - 10 * MINUTE_MS + 2_600


def test_far_from_the_present_an_idle_event_clock_stands_still() -> None:
    state = new_state("event")
    send(state, NOW_MS - 10 * MINUTE_MS - 1, NOW_MS)
    assert beat(state, NOW_MS) == NOW_MS - 10 * MINUTE_MS - 1
    assert beat(state, NOW_MS + 1_000) == NOW_MS - 10 * MINUTE_MS - 1


def test_heartbeats_never_carry_the_event_clock_beyond_now() -> None:
    state = new_state("event")
    send(state, NOW_MS - 500, NOW_MS - 1_000)  # the record's own time was behind
    assert state.watermark == NOW_MS - 1_000
    assert beat(state, NOW_MS) == NOW_MS
    assert beat(state, NOW_MS - 3_000) == NOW_MS


def test_before_the_first_touchpoint_the_event_clock_shows_nothing() -> None:
    state = new_state("event")
    assert beat(state, NOW_MS) is None
    assert advance(state, DAY_MS) is None


def test_a_control_record_moves_the_event_clock_on_at_most_to_now() -> None:
    state = new_state("event")
    send(state, NOW_MS - 3 * DAY_MS)
    assert advance(state, DAY_MS) == NOW_MS - 2 * DAY_MS
    assert advance(state, 5 * DAY_MS) == NOW_MS


def test_the_event_clock_is_one_entry_that_survives_a_restart() -> None:
    state = new_state("event")
    send(state, NOW_MS - 1_000, NOW_MS)
    assert list(state.changes) == ["clock"]
    state.settle()
    again = _restarted(state)
    assert again.watermark == NOW_MS - 1_000
    assert again.entries == {"clock": Clock(NOW_MS - 1_000, NOW_MS)}
    assert beat(again, NOW_MS + 300) == NOW_MS - 700


def test_the_event_clock_is_restored_from_its_entry_where_the_position_lags() -> None:
    state = new_state("event")
    entry = Clock(NOW_MS, NOW_MS)
    state.entries["clock"] = state.decode("clock", state.encode(entry))
    state.recovered()
    assert (state.watermark, state.entries["clock"]) == (NOW_MS, entry)


def _restarted(state: ValidateState) -> ValidateState:
    again = new_state("event")
    position: dict[str, Any] = orjson.loads(orjson.dumps(state.position()))
    for key, entry in state.entries.items():
        again.entries[key] = again.decode(key, again.encode(entry))
    again.resume(position)
    again.recovered()
    return again


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(("touchpoint", "heartbeat", "advance", "garbage")),
        st.integers(-20 * MINUTE_MS, 20 * MINUTE_MS),
        st.integers(-2_000, 20_000),
    ),
    max_size=30,
)


@pytest.mark.parametrize("clock", ["append", "event"])
@given(RECORDS, st.integers(0, 30))
def test_any_records_in_any_cut_give_one_rising_watermark_never_beyond_now(
    clock: Any, records: list[tuple[str, int, int]], cut: int
) -> None:
    state, restarted = new_state(clock), new_state(clock)
    now, latest, before = NOW_MS, 0, None
    for number, (kind, offset_ms, elapsed_ms) in enumerate(records):
        now += elapsed_ms
        latest = max(latest, now)
        for one in (state, restarted):
            _tell(one, kind, now, offset_ms)
        assert before is None or (state.watermark is not None and state.watermark >= before)
        assert state.watermark is None or state.watermark <= latest
        before = state.watermark
        if number == cut and clock == "event":
            restarted.settle()
            restarted = _restarted(restarted)
    assert restarted.watermark == state.watermark


def _tell(state: ValidateState, kind: str, now: int, offset_ms: int) -> None:
    if kind == "touchpoint":
        send(state, now + offset_ms, now)
    elif kind == "heartbeat":
        beat(state, now)
    elif kind == "advance":
        advance(state, abs(offset_ms) + 1, now)
    else:
        validate(b"garbage", state, timestamp=now)


def test_the_state_is_a_partition_that_hears_nobody() -> None:
    assert isinstance(new_state(), Partition)
    assert new_state().expected_senders == 0
