"""Phone numbers to E.164, so that one phone written in two ways is one phone."""

import json
import re
from pathlib import Path
from typing import Final, NamedTuple, cast

MOST_DIGITS: Final = 15
_LEAST_DIGITS: Final = 7
_TEN_DIGITS: Final = ("1", "7")
"""North America, Russia and Kazakhstan: exactly ten digits follow, so a leading trunk digit is told from a number."""

_TRUNK_IN_BRACKETS = re.compile(r"\(\s*0\s*\)")
_NO_DIGIT = re.compile(r"[^0-9]")
_INTERNATIONAL = re.compile(r"\+[0-9]{7,15}")


class Dialling(NamedTuple):
    """How a country dials: `abroad` before a country code, `trunk` before an area code, and its own `code`."""

    abroad: str
    trunk: str
    code: str


def _read_table() -> dict[str, Dialling]:
    """dialling.json: prefix for abroad → trunk prefix → country → code. Countries with irregular rules are left out."""
    text = Path(__file__).with_name("dialling.json").read_bytes()
    table = cast(dict[str, dict[str, dict[str, str]]], json.loads(text))
    return {
        country: Dialling(abroad, trunk, code)
        for abroad, trunks in table.items()
        for trunk, countries in trunks.items()
        for country, code in countries.items()
    }


COUNTRIES: dict[str, Dialling] = _read_table()


def looks_international(text: str) -> bool:
    """True for a plus sign and 7 to 15 digits, nothing else."""
    return text[:1] == "+" and _INTERNATIONAL.fullmatch(text) is not None


def e164(text: str, country: str | None) -> str:
    """`+`, country code and number; the digits alone where the country is not known or the number does not fit it.

    `country`: ISO 3166 code of numbers without an international prefix, or None.
    """
    text = text.strip()
    if text[:4].lower() == "tel:":
        text = text[4:].lstrip()
    digits = _NO_DIGIT.sub("", text)
    if text[:1] == "+":
        return _international(_NO_DIGIT.sub("", _TRUNK_IN_BRACKETS.sub("", text))) or digits
    rule = COUNTRIES.get(country or "")
    abroad = rule.abroad if rule else "00"
    number = _international(digits[len(abroad) :]) if digits.startswith(abroad) else None
    return number or (_national(digits, rule) if rule else None) or digits


def _international(digits: str) -> str | None:
    """No country code begins with 0."""
    return f"+{digits}" if _LEAST_DIGITS <= len(digits) <= MOST_DIGITS and digits[0] != "0" else None


def _national(digits: str, rule: Dialling) -> str | None:
    if rule.code in _TEN_DIGITS:
        digits = digits[1:] if len(digits) == 11 and digits[0] == rule.trunk else digits
        return f"+{rule.code}{digits}" if len(digits) == 10 else None
    if digits.startswith("00"):
        return None  # a way abroad that we do not know
    return _international(rule.code + digits.removeprefix(rule.trunk))
