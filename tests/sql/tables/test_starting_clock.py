"""Where an event clock goes on in a new epoch: as the log remembers it, else as the store does."""

from collections.abc import Callable
from time import time

import pytest
from support.touchpoints import new_state

from streams.kafka.changelog import load_record
from streams.kafka.cut import Cut, Past
from streams.run.rebuild.starting_clock import starting_clock
from streams.run.settings import Settings
from streams.store.client import Store
from streams.validate.state import ValidateState

Insert = Callable[..., None]
SETTINGS = Settings(pseudonym_key="a key for tests only", clock="event", partitions=1)  # type: ignore[arg-type]


def begun(store: Store, fed_until: int | None, *, offset: int = 0, waits_ms: int | None = None) -> ValidateState:
    """Validate's state as a worker of the new epoch finds it."""
    past = Past([Cut(0, offset, None, waits_ms)], [])
    state = new_state("event", 0)
    for key, value, _ in starting_clock(SETTINGS, store, past, fed_until, 2):
        assert key is not None
        assert value is not None
        load_record(state, key, value)
    state.recovered()
    return state


def test_it_shows_the_time_of_what_is_stored_and_begins_at_the_cut(store: Store) -> None:
    state = begun(store, 5_000, offset=42)
    assert (state.watermark, state.offset) == (5_000, 41)


@pytest.mark.parametrize(("waits_ms", "shows"), [(None, 90_000), (80_000, 80_000)])
def test_somebody_had_moved_it_on_and_so_it_stays_but_never_beyond_what_waits(
    store: Store, insert: Insert, waits_ms: int | None, shows: int
) -> None:
    insert("pipeline", {"stage": "validate", "at": time(), "watermark": 90.0})
    insert("pipeline", {"stage": "load", "at": time(), "watermark": 95.0})
    assert begun(store, 5_000, waits_ms=waits_ms).watermark == shows


def test_where_reports_are_forgotten_the_last_snapshot_tells_what_had_passed(store: Store, insert: Insert) -> None:
    insert("queue_load", {"at": 70.0}, {"at": 60.0}, {"at": 500.0, "epoch": 9})  # the last one is not shown
    assert begun(store, 5_000).watermark == 75_000


def test_of_nothing_no_time_is_known(store: Store) -> None:
    assert begun(store, None).watermark is None


def test_what_the_log_remembers_goes_on_as_it_was(store: Store) -> None:
    remembered = [(b"clock", b"as it was", [])]
    assert starting_clock(SETTINGS, store, Past([Cut(0, 7, 0, None)], remembered), 5_000, 2) == remembered  # type: ignore[arg-type]
