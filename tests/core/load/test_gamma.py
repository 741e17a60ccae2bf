"""Gamma quantiles against printed tables, closed forms and values computed with 40 digits."""

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.load.gamma import EXPANSION_IS_EXACT_FROM, gamma_quantile

CHI_SQUARE = [  # degrees of freedom, probability, quantile: NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4
    (1, 0.9, 2.706), (2, 0.9, 4.605), (5, 0.9, 9.236), (10, 0.9, 15.987), (20, 0.9, 28.412), (30, 0.9, 40.256),
    (50, 0.9, 63.167), (100, 0.9, 118.498), (1, 0.99, 6.635), (10, 0.99, 23.209), (100, 0.99, 135.807),
    (10, 0.999, 29.588), (10, 0.1, 4.865), (10, 0.01, 2.558), (100, 0.1, 82.358), (100, 0.01, 70.065),
]  # fmt: skip

FORTY_DIGITS = [  # shape, probability, quantile: Newton's method on the power series of P(a, x) in 40 digits
    (0.05, 0.5, 5.573878440746243e-7),
    (0.05, 0.9, 0.07631711390918845),
    (0.5, 0.5, 0.2274682115597864),
    (0.5, 0.9, 1.352771727047707),
    (0.8, 0.5, 0.5013512263630726),
    (0.8, 0.9, 1.945258415778099),
    (1.7, 0.5, 1.380762075939121),
    (1.7, 0.9, 3.436646394452656),
    (3, 0.5, 2.67406031372356),
    (3, 0.9, 5.32232033783421),
    (7.25, 0.5, 6.919529674483392),
    (7.25, 0.9, 10.84336382850609),
    (25, 0.5, 24.66746836698842),
    (25, 0.9, 31.58356050286316),
    (59.9, 0.5, 59.56699844719929),
    (59.9, 0.9, 70.0079879813414),
    (60, 0.5, 59.66699789087792),
    (60, 0.9, 70.11628447839589),
    (128, 0.5, 127.6668214281125),
    (128, 0.9, 142.6963333345705),
    (1000, 0.5, 999.6666864269652),
    (1000, 0.9, 1040.73430801369),
    (20000, 0.5, 19999.66666765434),
    (20000, 0.9, 20181.45153644682),
]

shapes = st.floats(-2, 6).map(lambda power: 10.0**power)
probabilities = st.floats(0.001, 0.999)


@pytest.mark.parametrize(("degrees", "probability", "quantile"), CHI_SQUARE)
def test_half_of_chi_square_is_what_the_tables_say(degrees: int, probability: float, quantile: float) -> None:
    assert 2 * gamma_quantile(degrees / 2, probability) == pytest.approx(quantile, abs=0.000_51)


@pytest.mark.parametrize(("shape", "probability", "quantile"), FORTY_DIGITS)
def test_eight_digits_are_right(shape: float, probability: float, quantile: float) -> None:
    assert gamma_quantile(shape, probability) == pytest.approx(quantile, rel=1e-9)


@given(probability=probabilities)
def test_shape_one_is_the_exponential_distribution(probability: float) -> None:
    assert gamma_quantile(1, probability) == pytest.approx(-math.log1p(-probability), rel=1e-8)


@given(probability=probabilities)
def test_shape_one_half_is_the_square_of_a_normal_deviate(probability: float) -> None:
    deviate = NormalDist().inv_cdf((1 + probability) / 2)
    assert gamma_quantile(0.5, probability) == pytest.approx(deviate * deviate / 2, rel=1e-8)


@given(shape=st.integers(1, 400), probability=probabilities)
def test_for_whole_shapes_the_quantile_gives_the_probability_back(shape: int, probability: float) -> None:
    x = gamma_quantile(shape, probability)
    terms = [math.exp(k * math.log(x) - x - math.lgamma(k + 1)) for k in range(shape)]  # Poisson: P(a, x) = 1 - sum
    density = terms[-1]
    assert abs(1 - math.fsum(terms) - probability) / density < 1e-8 * x + 1e-12 / density


@given(shape=shapes, one=probabilities, other=probabilities)
def test_a_higher_probability_never_has_a_lower_quantile(shape: float, one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert 0 <= gamma_quantile(shape, low) <= gamma_quantile(shape, high) * (1 + 1e-8)


def test_where_the_search_hands_over_to_the_expansion_both_agree() -> None:
    below, above = (gamma_quantile(EXPANSION_IS_EXACT_FROM * (1 + side * 1e-13), 0.9) for side in (-1, 1))
    assert below == pytest.approx(above, rel=1e-9)


def test_a_distribution_that_is_nearly_all_at_zero_has_the_quantile_zero() -> None:
    assert gamma_quantile(1e-6, 0.9) == 0.0


@pytest.mark.parametrize(("shape", "probability"), [(0, 0.5), (-1, 0.5), (math.nan, 0.5), (1, 0), (1, 0.9999)])
def test_what_has_no_quantile_is_refused(shape: float, probability: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        gamma_quantile(shape, probability)
