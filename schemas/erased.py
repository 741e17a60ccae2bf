"""What is kept of the name of somebody who was erased: enough to know it again, too little to read it."""

import re
from hashlib import blake2b
from typing import Final

from schemas.touchpoint.identifiers import STRENGTH

ERASED: Final = "erased:"
"""Stands before the hash where a name stood."""
_HASHED: Final = re.compile(f"{ERASED}[0-9a-f]{{32}}")
_KINDS: Final = frozenset(("", *(f"{kind}:" for kind in STRENGTH)))


def label_of(name: str, holder: str) -> str:
    """What stands in place of an erased holder at whatever it had or was kept apart from: another one everywhere."""
    return ERASED + hash_of(name, holder)


def is_label(name: str) -> bool:
    """Whether it stands in place of somebody, with or without a type before it."""
    return ERASED in name and name.rpartition(ERASED)[0] in _KINDS


def is_hash(name: str) -> bool:
    """Whether it is what is kept of an identifier that was erased."""
    return _HASHED.fullmatch(name) is not None


def hash_of(*names: str) -> str:
    """32 hex digits of an identifier, or of several together."""
    return blake2b("\0".join(names).encode(), digest_size=16).hexdigest()
