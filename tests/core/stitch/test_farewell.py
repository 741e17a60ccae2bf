"""A sender that says farewell holds no time back, and those that come after it are waited for."""

from support.stitch_world import LIMITS, LogEntry

from streams.outbox import Outbox
from streams.stitch.state import StitchState
from streams.stitch.step import step


def told(state: StitchState, *values: bytes) -> StitchState:
    for offset, value in enumerate(values, state.offset + 1):
        state.begin(offset)
        step(state, LogEntry(offset, 0, None, value), Outbox())
    return state


def handed_over(senders: int) -> StitchState:
    """A state that one feeder has brought up to 1,000, as those who take it over find it."""
    fed = StitchState(0, epoch=2, senders=1, **LIMITS)
    told(fed, b'{"k":"wm","f":"validate/-1","t":1000}', b'{"k":"bye","f":"validate/-1"}')
    state = StitchState(0, epoch=2, senders=senders, **LIMITS)
    state.resume(fed.position())
    return state


def test_time_stays_where_the_feeder_left_it_until_everybody_was_heard():
    state = handed_over(2)
    told(state, b'{"k":"wm","f":"validate/0","t":5000}')
    assert state.watermark == 1_000
    told(state, b'{"k":"wm","f":"validate/1","t":4000}')
    assert state.watermark == 4_000


def test_a_former_sender_is_neither_waited_for_nor_counted():
    state = told(handed_over(1), b'{"k":"wm","f":"validate/0","t":5000}')
    assert state.watermark == 5_000
    assert state.watermarks == {"validate/0": 5_000}


def test_a_farewell_of_a_stranger_changes_nothing():
    state = told(handed_over(1), b'{"k":"bye","f":"validate/9"}', b'{"k":"bye"}', b'{"k":"bye","f":[]}')
    assert (state.watermark, state.watermarks) == (1_000, {})
