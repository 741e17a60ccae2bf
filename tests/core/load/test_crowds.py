"""Crowds cannot drift: at every kind of place, in any order, with lost exits and copies, all count what is true."""

from hypothesis import given, settings
from hypothesis import strategies as st
from support.crowd_check import differences
from support.crowd_world import HOUR, random_world

SEED = st.integers(0, 1 << 40)
MANY = settings(max_examples=1_000, deadline=None)


@MANY
@given(SEED)
def test_whatever_comes_within_the_lateness_stays_and_counts_are_true_in_the_end(seed: int) -> None:
    assert differences(random_world(seed, most_late=HOUR - 1), prompt=False) == []


@MANY
@given(SEED)
def test_where_nothing_is_later_than_five_seconds_every_snapshot_is_true(seed: int) -> None:
    assert differences(random_world(seed, most_late=4_999), prompt=True) == []
