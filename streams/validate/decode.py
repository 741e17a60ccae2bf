"""A record's bytes to a valid touchpoint, or to the defect that is named for them."""

from typing import Any

from schemas.touchpoint import AHEAD_MS, find_defect
from schemas.touchpoint.decode import decode as decode_object
from schemas.touchpoint.reasons import RANK, Defect
from streams.validate.normalise import foreign_key
from streams.validate.pseudonym import Pseudonymiser

_MAX_SOURCE_CHARACTERS = 64


def decode(
    value: bytes | None, received_ms: int, pseudonymiser: Pseudonymiser
) -> tuple[dict[str, Any] | None, Defect | None]:
    """The object as far as it can be read, and what is wrong with it; never neither. Never raises on any bytes."""
    found = decode_object(value)
    if isinstance(found, Defect):
        return None, found
    defect = find_defect(found, received_ms + AHEAD_MS)
    if defect is not None and RANK[defect.reason] > RANK["bad_identifier"]:
        defect = foreign_key(found, pseudonymiser) or defect
    return found, defect


def readable_source(touchpoint: dict[str, Any] | None) -> str:
    """Who sent it, for the dead letter: what stands in `source` if that is a text, else ''."""
    source = touchpoint.get("source") if touchpoint else None
    return source[:_MAX_SOURCE_CHARACTERS] if isinstance(source, str) else ""
