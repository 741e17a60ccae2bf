"""Erlang B, C and A against golden vectors, exact sums over the states of the queue, and their own limits."""

from fractions import Fraction
from math import inf, isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.load.erlang import erlang_b, erlang_c, patient_queue
from streams.load.erlang_a import impatient_queue
from tests.support import erlang_peer as peer

GOLDEN_C = [  # erlangs, service seconds, servers: P(wait), service level in 20 s, mean wait seconds, occupancy
    (1, 180, 3, 0.090909, 0.927206, 8.182, 0.3333),
    (10, 180, 14, 0.174132, 0.888350, 7.836, 0.7143),
    (24, 240, 29, 0.242274, 0.840283, 11.629, 0.8276),
    (40, 300, 46, 0.265791, 0.821835, 13.290, 0.8696),
]

GOLDEN_A = [  # servers at 10/3 arrivals a minute, 3 min of service, 5 min of patience: give up, queue, mean wait s
    (12, 0.042711, 0.71185, 12.81),
    (10, 0.109438, 1.82397, 32.83),
    (8, 0.231864, 3.86440, 69.56),
]

STEEP = [  # servers, arrivals per second, service seconds, patience seconds
    (1, 0.0001, 180, 300),  # hardly anybody comes
    (1, 5, 60, 20),  # 300 times too many
    (3, 1, 10, 0.5),  # hardly anybody waits
    (3, 1, 10, 10_000),  # everybody waits, far too many
    (100, 0.1, 180, 300),  # nobody ever waits
    (1_000, 5, 180, 300),
    (1_000, 5.6, 180, 300),
    (1_000, 50, 180, 30),
]

loads = st.tuples(st.integers(1, 60), st.floats(0.001, 3), st.floats(1, 600), st.floats(0.5, 3_000))


@pytest.mark.parametrize(("erlangs", "service", "servers", "waits", "level", "mean", "occupancy"), GOLDEN_C)
def test_erlang_c_is_what_the_vectors_say(
    erlangs: float, service: float, servers: int, waits: float, level: float, mean: float, occupancy: float
) -> None:
    queue = patient_queue(servers, erlangs / service, service)

    assert queue.wait_probability == pytest.approx(waits, abs=5.1e-7)
    assert queue.service_level(20) == pytest.approx(level, abs=5.1e-7)
    assert queue.mean_wait_seconds == pytest.approx(mean, abs=5.1e-4)
    assert queue.occupancy == pytest.approx(occupancy, abs=5.1e-5)


@pytest.mark.parametrize(("servers", "gives_up", "waiting", "mean"), GOLDEN_A)
def test_erlang_a_is_what_the_vectors_say(servers: int, gives_up: float, waiting: float, mean: float) -> None:
    queue = impatient_queue(servers, 10 / 3 / 60, 180, 300)

    assert queue.abandoned == pytest.approx(gives_up, abs=5.1e-7)
    assert queue.mean_wait_seconds * 10 / 3 / 60 == pytest.approx(waiting, abs=5.1e-6)
    assert queue.mean_wait_seconds == pytest.approx(mean, abs=5.1e-3)


@given(servers=st.integers(0, 80), erlangs=st.fractions(0, 100, max_denominator=64))
def test_erlang_b_equals_the_exact_sum_over_its_states(servers: int, erlangs: Fraction) -> None:
    assert erlang_b(servers, float(erlangs)) == pytest.approx(float(peer.blocked(servers, erlangs)), rel=1e-12)


@given(servers=st.integers(1, 80), busy=st.fractions(0, 1, max_denominator=64).filter(lambda share: share < 1))
def test_erlang_c_equals_the_exact_sum_over_its_states(servers: int, busy: Fraction) -> None:
    erlangs = servers * busy

    assert erlang_c(servers, float(erlangs)) == pytest.approx(float(peer.waits(servers, erlangs)), rel=1e-11)


@pytest.mark.parametrize("steep", STEEP)
def test_erlang_a_equals_the_sum_over_its_states_where_it_is_steep(steep: tuple[int, float, float, float]) -> None:
    servers, arrivals, _, patience = steep
    states = peer.impatient_states(*steep)
    queue = impatient_queue(*steep)

    assert queue.abandoned == pytest.approx(peer.gives_up(states, servers, arrivals, patience), rel=1e-11)
    assert queue.wait_probability == pytest.approx(float(sum(states[servers:])), rel=1e-11)


@settings(max_examples=40, deadline=None)
@given(load=loads)
def test_erlang_a_equals_the_sum_over_its_states(load: tuple[int, float, float, float]) -> None:
    servers, arrivals, _, patience = load
    states = peer.impatient_states(*load)

    assert impatient_queue(*load).abandoned == pytest.approx(
        peer.gives_up(states, servers, arrivals, patience), rel=1e-11
    )


@pytest.mark.parametrize("load", [(8, 1 / 18, 180, 300), (12, 1 / 18, 180, 300), (3, 0.2, 10, 4), (2, 0.1, 60, 90)])
@pytest.mark.parametrize("seconds", [1, 20, 200])
def test_who_is_served_in_time_is_who_gets_there_from_the_place_taken_in_line(
    load: tuple[int, float, float, float], seconds: float
) -> None:
    servers, _, service, patience = load
    states = peer.impatient_states(*load)

    within = impatient_queue(*load).answered_within(seconds)

    assert within == pytest.approx(peer.answered_within(states, servers, service, patience, seconds), rel=1e-9)


@given(load=loads, seconds=st.floats(0, 1_000))
def test_in_the_end_everybody_is_served_or_has_given_up(load: tuple[int, float, float, float], seconds: float) -> None:
    queue = impatient_queue(*load)

    assert queue.answered_within(inf) + queue.abandoned == pytest.approx(1, abs=1e-11)
    assert queue.abandoned_within(inf) == pytest.approx(queue.abandoned, abs=1e-12)
    assert 0 <= queue.abandoned_within(seconds) <= queue.abandoned + 1e-12
    assert 0 <= queue.service_level(20, seconds) <= 1
    assert queue.occupancy <= 1 + 1e-9


def test_who_never_gives_up_makes_erlang_a_into_erlang_c() -> None:
    patient, impatient = patient_queue(14, 1 / 18, 180), impatient_queue(14, 1 / 18, 180, 1e9)

    assert impatient.wait_probability == pytest.approx(patient.wait_probability, rel=1e-6)
    assert impatient.mean_wait_seconds == pytest.approx(patient.mean_wait_seconds, rel=1e-6)
    assert impatient.service_level(20, 5) == pytest.approx(patient.service_level(20), rel=1e-6)


def test_a_thousand_servers_under_any_load_give_numbers() -> None:
    for erlangs in (0.001, 1, 900, 999.999, 1_000, 1_001, 5_000):
        patient, impatient = patient_queue(1_000, erlangs / 180, 180), impatient_queue(1_000, erlangs / 180, 180, 300)

        assert 0 <= patient.wait_probability <= 1
        assert isfinite(patient.mean_wait_seconds) == (erlangs < 1_000)
        assert 0 <= impatient.abandoned <= 1
        assert 0 <= impatient.service_level(20, 5) <= 1


def test_a_thousand_servers_equal_the_exact_sum() -> None:
    assert erlang_c(1_000, 950.0) == pytest.approx(float(peer.waits(1_000, Fraction(950))), rel=1e-11)


def test_a_queue_that_cannot_keep_up_has_no_wait_where_everybody_is_patient() -> None:
    queue = patient_queue(8, 10 / 180, 180)

    assert (queue.wait_probability, queue.mean_wait_seconds, queue.service_level(20), queue.occupancy) == (1, inf, 0, 1)


def test_overload_gives_up_until_the_servers_can_keep_up() -> None:
    queue = impatient_queue(1_000, 2_000 / 180, 180, 300)

    assert queue.abandoned == pytest.approx(0.5)
    assert queue.occupancy == pytest.approx(1)


def test_numbers_that_describe_no_queue_are_refused() -> None:
    for servers, arrivals, service in ((-1, 1.0, 1.0), (1, -1.0, 1.0), (1, 1.0, 0.0)):
        with pytest.raises(ValueError, match="must"):
            patient_queue(servers, arrivals, service)
    for load in ((0, 1.0, 1.0, 1.0), (1, 0.0, 1.0, 1.0), (1, 1.0, 0.0, 1.0), (1, 1.0, 1.0, 0.0)):
        with pytest.raises(ValueError, match="takes"):
            impatient_queue(*load)
