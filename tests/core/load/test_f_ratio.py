"""F quantiles against printed tables, closed forms and what the distribution must obey."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.load.f_ratio import f_quantile

PRINTED = [  # degrees of freedom above and below, probability, quantile: NIST/SEMATECH e-Handbook, 1.3.6.7.3
    (1, 1, 0.9, 39.863), (2, 2, 0.9, 9.000), (4, 10, 0.9, 2.605), (10, 4, 0.9, 3.920), (5, 10, 0.95, 3.326),
    (20, 40, 0.9, 1.605), (10, 20, 0.95, 2.348), (3, 30, 0.9, 2.276),
]  # fmt: skip

shapes = st.floats(0.2, 5_000)
probabilities = st.sampled_from([0.1, 0.5, 0.9, 0.95])


@pytest.mark.parametrize(("above", "below", "probability", "quantile"), PRINTED)
def test_printed_tables_are_met(above: int, below: int, probability: float, quantile: float) -> None:
    assert f_quantile(above / 2, below / 2, probability) == pytest.approx(quantile, rel=5e-4)


@given(other=st.floats(0.3, 2_000), probability=probabilities)
def test_one_exponential_over_a_mean_has_a_closed_form(other: float, probability: float) -> None:
    """P(F > x) = (1 + x / other)^-other."""
    exact = other * math.expm1(-math.log1p(-probability) / other)
    assert f_quantile(1, other, probability) == pytest.approx(exact, rel=3e-3)


@given(shape=shapes, other=shapes, probability=probabilities)
def test_turned_upside_down_it_is_the_other_tail(shape: float, other: float, probability: float) -> None:
    turned = 1 / f_quantile(other, shape, 1 - probability)
    assert f_quantile(shape, other, probability) == pytest.approx(turned, rel=6e-3)


@given(services=st.integers(1, 100), probability=probabilities)
def test_with_a_mean_that_is_known_for_certain_it_is_erlang(services: int, probability: float) -> None:
    """So many exponential times are over by x with the chance that a Poisson count of mean x is no smaller."""
    until = services * f_quantile(services, 1e9, probability)
    fewer = math.fsum(math.exp(count * math.log(until) - until - math.lgamma(count + 1)) for count in range(services))
    assert 1 - fewer == pytest.approx(probability, abs=2e-3)


@given(shape=shapes, other=shapes)
def test_quantiles_rise_with_the_probability(shape: float, other: float) -> None:
    found = [f_quantile(shape, other, probability) for probability in (0.1, 0.5, 0.9, 0.95)]
    assert found == sorted(found)
    assert found[0] > 0


@pytest.mark.parametrize(("shape", "other", "probability"), [(0, 1, 0.5), (1, 0, 0.5), (1, 1, 0.9999), (1, 1, 0)])
def test_what_cannot_be_asked_is_refused(shape: float, other: float, probability: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        f_quantile(shape, other, probability)
