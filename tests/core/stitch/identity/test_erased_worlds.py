"""Whoever is erased in any world is gone as the plain reading says, and nobody else has more or less by it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.erasure_check import erased_world, names_left, run_erasure
from support.erasure_flight import flying_world, run_flying
from support.identity_shrink import in_words, shrink

SEED = st.integers(0, 1 << 40)


def worlds(many):
    return settings(max_examples=many, deadline=None, suppress_health_check=list(HealthCheck))


def must_be_right(world, check=run_erasure):
    wrong = check(world)
    if wrong:
        small = shrink(world, lambda one: bool(check(one)), most=400)
        raise AssertionError("\n".join([in_words(small), *check(small)]))


@worlds(250)
@given(SEED)
def test_what_goes_and_what_is_left_is_as_the_plain_reading_says(seed):
    must_be_right(erased_world(seed, crashes=0))


@worlds(250)
@given(SEED)
def test_crashes_and_repeats_erase_no_more_and_no_less(seed):
    must_be_right(erased_world(seed, crashes=6))


@worlds(250)
@given(SEED)
def test_a_command_in_flight_takes_what_is_certain_and_leaves_others_alone(seed):
    must_be_right(flying_world(seed, crashes=0), run_flying)


@worlds(250)
@given(SEED)
def test_a_command_in_flight_may_meet_crashes_and_repeats(seed):
    must_be_right(flying_world(seed, crashes=6), run_flying)


@worlds(250)
@given(SEED)
def test_nothing_in_the_state_names_whoever_was_erased_but_hashes(seed):
    must_be_right(erased_world(seed), names_left)
