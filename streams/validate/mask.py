"""Personal values that a touchpoint repeats outside its identifiers, replaced by their pseudonyms."""

import re
from typing import Any, Final, NamedTuple

from streams.validate.pseudonym import Pseudonymiser

_PHONE_LIKE = re.compile(r"[+(0-9][0-9\s().\-/+]{4,40}")
_DIGITS = re.compile(r"[^0-9]")
_LEAST_DIGITS: Final = 7
"""Shorter runs of digits are too often something else to be replaced inside a text."""


class Personal(NamedTuple):
    """One e-mail or phone of the touchpoint: as sent, as it is hashed, and its pseudonym."""

    kind: str
    raw: str
    plain: str
    pseudonym: str


def mask(value: Any, personal: list[Personal], pseudonymiser: Pseudonymiser) -> Any:
    """A copy of the JSON value without the personal values. Nesting is bounded by the contract."""
    if isinstance(value, str):
        return _mask_text(value, personal, pseudonymiser)
    if isinstance(value, dict):
        return {
            _mask_text(name, personal, pseudonymiser): mask(below, personal, pseudonymiser)
            for name, below in value.items()
        }
    if isinstance(value, list):
        return [mask(below, personal, pseudonymiser) for below in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return _mask_number(value, personal)
    return value


def _mask_text(text: str, personal: list[Personal], pseudonymiser: Pseudonymiser) -> str:
    for one in personal:
        if one.kind == "email":
            # Looked for first: a pattern of its own for every address costs more than all the rest.
            if one.plain in text.lower():
                text = re.sub(re.escape(one.plain), one.pseudonym, text, flags=re.IGNORECASE)
            continue
        if _PHONE_LIKE.fullmatch(text.strip()) and pseudonymiser.phone(text) == one.plain:
            return one.pseudonym
        digits = _DIGITS.sub("", one.plain)
        if len(digits) >= _LEAST_DIGITS:
            for spelling in (one.raw, one.plain, digits):
                text = text.replace(spelling, one.pseudonym)
    return text


def _mask_number(number: int, personal: list[Personal]) -> Any:
    for one in personal:
        if one.kind == "phone" and str(number) in (_DIGITS.sub("", one.plain), _DIGITS.sub("", one.raw).lstrip("0")):
            return one.pseudonym
    return number
