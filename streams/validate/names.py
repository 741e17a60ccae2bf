"""Whom a refused record may name: identifiers and personal values in it, written as they are stored elsewhere."""

import re
from collections.abc import Iterator
from typing import Any, Final

from schemas.touchpoint.identifiers import looks_like_email
from streams.validate.phone import looks_international
from streams.validate.pseudonym import AnotherKeyError, Pseudonymiser

MOST_NAMES: Final = 64
_PART = r"[^\s@<>\"',;:()]"
_EMAIL = re.compile(rf"(?<!{_PART}){_PART}+@{_PART}+")
"""Looked for at beginnings only: tried at each letter, a text of 200,000 letters would take minutes."""


def names_in(found: dict[str, Any] | None, pseudonymiser: Pseudonymiser) -> list[str]:
    """`type:value` of each identifier that can be read, the hash alone of an e-mail or phone anywhere else; sorted.

    None: nothing can be read. Values are hashed as those of accepted touchpoints are; at most 64 are kept.
    """
    names: set[str] = set()
    for kind, text in _texts("", found):
        try:
            if kind:
                names.add(pseudonymiser.identifier(kind, text))
            elif looks_international(text.strip()):
                names.add(pseudonymiser.value("phone", text))
            names.update(pseudonymiser.value("email", one) for one in _EMAIL.findall(text) if looks_like_email(one))
        except AnotherKeyError:
            continue
    return sorted(names)[:MOST_NAMES]


def _texts(kind: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every text with the identifier type that it stands at, '' for none. Nesting is bounded by the contract."""
    if isinstance(value, str):
        yield kind, value
    elif isinstance(value, dict):
        for field, below in value.items():
            if field == "identifiers" and isinstance(below, dict):
                for of, text in below.items():
                    yield from _texts(of, text)
            else:
                yield from _texts("customer" if field in ("from", "into") else "", below)
    elif isinstance(value, list):
        for below in value:
            yield from _texts("", below)
