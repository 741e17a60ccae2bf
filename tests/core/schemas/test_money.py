"""Money: numbers and decimal texts, exact, limited, never guessed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.touchpoint.money import CURRENCIES, LIMIT, money_text

AMOUNTS = st.decimals(-LIMIT, LIMIT, allow_nan=False, allow_infinity=False, places=4)
SAFE_AMOUNTS = st.decimals(-(5 * 10**11), 5 * 10**11, allow_nan=False, allow_infinity=False, places=4)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("12.50", "12.50"), ("0", "0"), ("-0", "0"), ("-0.00", "0.00"), ("-3.1", "-3.1"), ("000012.5", "000012.5")),
        *((12.3, "12.3"), (12.0, "12"), (7, "7"), (-0.0, "0"), (0.0001, "0.0001"), (10**12, "1000000000000")),
        *((1e12, "1000000000000"), ("1000000000000.0000", "1000000000000.0000"), (Decimal("1E+3"), "1000")),
    ],
)
def test_what_money_is(value: Any, text: str) -> None:
    assert money_text(value) == text


@pytest.mark.parametrize(
    "value",
    [
        *("", " 1", "1 ", "1,5", "1.", ".5", "1.23456", "1e3", "+1", "--1", "1.000,00", "١٢", "12\n", "nan", "inf"),
        *(1.23456, 1e-5, 1e12 + 1, -1e13, 10**12 + 1, 1e300, float("nan"), float("inf"), 2**200),
        *("1000000000000.0001", "9999999999999", True, None, [], {}, Decimal("NaN"), Decimal("0.00001")),
    ],
)
def test_what_money_is_not(value: Any) -> None:
    assert money_text(value) is None


@given(AMOUNTS)
def test_a_decimal_text_keeps_its_value(amount: Decimal) -> None:
    text = money_text(format(amount, "f"))
    assert text is not None
    assert Decimal(text) == amount


@given(SAFE_AMOUNTS)
def test_a_number_keeps_its_value_where_doubles_are_fine_enough(amount: Decimal) -> None:
    text = money_text(float(amount))
    assert text is not None
    assert Decimal(text) == amount


def test_currencies_are_codes_of_three_capitals_current_and_withdrawn() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert len(set(CURRENCIES)) == len(CURRENCIES)
    assert {"EUR", "USD", "JPY", "PLN", "DEM", "HRK"} <= set(CURRENCIES)
    assert not {"BTC", "eur", "EURO", "ZZZ"} & set(CURRENCIES)
