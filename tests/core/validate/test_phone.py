"""Phone numbers: one phone however it is written, and no guess where the country is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.validate.phone import COUNTRIES, e164


@pytest.mark.parametrize(
    ("country", "written", "phone"),
    [
        ("DE", "0170 1234567", "+491701234567"),
        ("DE", "(0170) 123-45.67", "+491701234567"),
        ("DE", "+49 170 1234567", "+491701234567"),
        ("DE", "+49 (0) 170 1234567", "+491701234567"),
        ("DE", "0049170/1234567", "+491701234567"),
        ("DE", " tel:+49-170-1234567 ", "+491701234567"),
        ("PL", "601 234 567", "+48601234567"),
        ("IT", "06 698 12345", "+390669812345"),
        ("HU", "06 30 123 4567", "+36301234567"),
        ("GB", "020 7946 0958", "+442079460958"),
        ("US", "(415) 555-0132", "+14155550132"),
        ("US", "1-415-555-0132", "+14155550132"),
        ("US", "011 49 170 1234567", "+491701234567"),
        ("RU", "8 (912) 345-67-89", "+79123456789"),
        ("RU", "800 123 45 67", "+78001234567"),
        ("RU", "810 49 170 1234567", "+491701234567"),
        ("AU", "0011 49 170 1234567", "+491701234567"),
        ("JP", "010 49 170 1234567", "+491701234567"),
        ("BY", "8 029 123 45 67", "+375291234567"),
        ("BR", "(011) 98765-4321", "+5511987654321"),
        (None, "+49 170 1234567", "+491701234567"),
        (None, "0049 170 1234567", "+491701234567"),
    ],
)
def test_one_phone_however_it_is_written(country: str | None, written: str, phone: str) -> None:
    assert e164(written, country) == phone


@pytest.mark.parametrize(
    ("country", "written", "digits"),
    [
        (None, "0170 1234567", "01701234567"),
        ("XX", "0170 1234567", "01701234567"),
        ("US", "555-0132", "5550132"),
        ("US", "0170 1234567", "01701234567"),
        ("HK", "0099 1234 5678", "009912345678"),
        ("DE", "0" * 16, "0" * 16),
        ("DE", "+0170 1234567", "01701234567"),
        ("DE", "+112", "112"),
        (None, "+1234567890123456", "1234567890123456"),
    ],
)
def test_no_country_code_is_guessed(country: str | None, written: str, digits: str) -> None:
    assert e164(written, country) == digits


def test_the_table_knows_every_country_once_and_only_digits() -> None:
    assert len(COUNTRIES) > 200
    for country, rule in COUNTRIES.items():
        assert len(country) == 2
        assert country.isupper()
        assert rule.code.isdigit()
        assert rule.abroad.isdigit()
        assert (rule.trunk + "0").isdigit()


@given(st.sampled_from(sorted(COUNTRIES)), st.text("+0123456789 ()./-", max_size=24))
def test_any_writing_gives_digits_and_a_second_time_the_same(country: str, written: str) -> None:
    once = e164(written, country)
    assert once.removeprefix("+").isdigit() or once == ""
    if once.startswith("+"):
        assert e164(once, country) == once
