"""The promise: in whatever order things are told, cut, lost and told again, in the end all know what the oracle knows.

`make fuzz` runs as many worlds as there is patience for.
"""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.identity_check import run
from support.identity_late import run_late
from support.identity_road import Road
from support.identity_shrink import in_words, shrink
from support.identity_world import HOUR, random_world

SEED = st.integers(0, 1 << 40)


def worlds(many):
    return settings(max_examples=many, deadline=None, suppress_health_check=list(HealthCheck))


def must_be_right(world, check=run):
    wrong = check(world)
    if wrong:
        small = shrink(world, lambda one: bool(check(one)), most=400)
        raise AssertionError("\n".join([in_words(small), *check(small)]))


@worlds(3_000)
@given(SEED)
def test_any_interleaving_gives_the_people_visits_and_waits_of_the_oracle(seed):
    must_be_right(random_world(seed, crashes=0))


@worlds(3_000)
@given(SEED)
def test_crashes_and_repeats_change_nothing(seed):
    must_be_right(random_world(seed, crashes=6))


@worlds(1_000)
@given(SEED)
def test_what_comes_later_than_allowed_counts_never_twice_and_within_the_window_once(seed):
    must_be_right(random_world(seed, most_late=30 * HOUR), run_late)


def said_beside(world):
    """What was said in chunks, between crashes, and is not said record by record."""
    road = Road(world)
    for time in world.quiet:
        road.read_until(time)
    return [str(word) for word in road.words - road.read_once_more()]


@worlds(500)
@given(SEED)
@example(1707)  # a call leaves a wristband for a phone, then an earlier link to the wristband comes
def test_what_is_said_in_any_chunks_and_after_any_crash_is_said_record_by_record_byte_for_byte(seed):
    must_be_right(random_world(seed, crashes=6), said_beside)
