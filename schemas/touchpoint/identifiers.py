"""Identifiers as touchpoints carry them: which types there are, how strong, and what the contract asks of a value."""

import re
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

STABLE = ("customer", "loyalty_card", "email", "phone")
"""They name one person."""
LEASED = ("wristband", "device", "cookie")
"""They pass from hand to hand."""
MADE = ("call", "token")
"""Leased too, short and single; made by validate from `data`, never taken from `identifiers`."""
GROUP = "booking"
"""Several people of one party: it stays on the touchpoint and never makes two people one."""
STRENGTH = STABLE + LEASED + MADE
"""Strongest first: a touchpoint is aggregated at the first of these that it carries."""
IN_HAND = ("call", "token", "wristband", "device", "cookie", "loyalty_card", "phone", "email", "customer")
"""What is nearest to the body first: the first of these is where the person is."""
PERSONAL = ("email", "phone")
"""Kept only as pseudonyms."""

MOST = 8
NAME_CHARACTERS = 64
VALUE_CHARACTERS = 256

_NOBODY = frozenset(Path(__file__).with_name("nobody.txt").read_text("utf-8").split())
"""Folded to lower case, runs of blanks written as one underscore."""
_BLANKS = re.compile(r"\s+")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_PHONE = re.compile(r"(?:tel:)?\+?[0-9\s().\-/]+", re.IGNORECASE)
_PSEUDONYM = re.compile(r"h[0-9]{1,3}:[0-9a-f]{64}")
_LEAST_DIGITS, _MOST_DIGITS = 4, 17


def names_nobody(kind: str, value: str | None) -> bool:
    """True for what systems write where they know nobody (`guest`, `0`, `undefined`, a phone of equal digits …)."""
    if value is None:
        return True
    text = value.strip()
    if not text:
        return True
    folded = text.casefold()
    if folded in _NOBODY or (" " in folded and _BLANKS.sub("_", folded) in _NOBODY):
        return True
    if kind == "phone":
        digits = re.sub(r"[^0-9]", "", text)
        return len(set(digits)) == 1 and not is_pseudonym(text)
    return False


def is_pseudonym(text: str) -> bool:
    """True for `h1:` and 64 hex digits: an e-mail or phone that somebody has already made unreadable."""
    return _PSEUDONYM.fullmatch(text) is not None


def looks_like_email(text: str) -> bool:
    return "@" in text and _EMAIL.fullmatch(text) is not None


def check_identifiers(value: Any) -> dict[str, str | None]:
    """The object as it is. Raises PydanticCustomError for the defect whose reason is listed first."""
    if not isinstance(value, dict):
        raise PydanticCustomError("wrong_type", "must be an object of identifier type to text")
    worst: PydanticCustomError | None = None
    for kind, text in value.items():
        if text is not None and not isinstance(text, str):
            message = "must be a text: put the value into quotation marks"
            raise PydanticCustomError("wrong_type", message, {"field": kind[:NAME_CHARACTERS]})
        if worst is None and (text is None or kind not in _UNLIMITED or len(text) > VALUE_CHARACTERS):
            worst = _bad_identifier(kind, text)
    if worst is None and len(value) > MOST:
        message = "has {count} identifiers; send at most 8, the ones that name the person best"
        worst = PydanticCustomError("too_many_identifiers", message, {"count": len(value)})
    if worst is not None:
        raise worst
    return value


def check_needed_identifiers(value: Any) -> dict[str, str | None]:
    """The same where somebody must be named: an empty object is a missing field."""
    if value == {}:
        message = "is empty: name whom this is about, for instance by customer, device or cookie"
        raise PydanticCustomError("missing_field", message)
    return check_identifiers(value)


_UNLIMITED = frozenset((*STRENGTH, GROUP)) - frozenset(PERSONAL)
"""Known types whose values are free texts, so that their length is all there is to check."""


def _bad_identifier(kind: str, text: str | None) -> PydanticCustomError | None:
    problem = None
    if not 1 <= len(kind) <= NAME_CHARACTERS or ":" in kind:
        kind, problem = (
            kind[:NAME_CHARACTERS],
            "has a type name that is empty, longer than 64 characters or with a colon",
        )
    elif text is None:
        return None
    elif len(text) > VALUE_CHARACTERS:
        problem = f"is longer than {VALUE_CHARACTERS} characters; send the identifier itself, not a document"
    elif kind not in PERSONAL or names_nobody(kind, text) or is_pseudonym(text.strip()):
        return None
    elif kind == "email" and not looks_like_email(text.strip()):
        problem = "is no e-mail address; send it as name@domain, or leave it out"
    elif kind == "phone" and not _looks_like_phone(text.strip()):
        problem = "is no phone number; send it as +, country code and number, or leave it out"
    return PydanticCustomError("bad_identifier", "{problem}", {"field": kind, "problem": problem}) if problem else None


def _looks_like_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return _PHONE.fullmatch(text) is not None and _LEAST_DIGITS <= digits <= _MOST_DIGITS
