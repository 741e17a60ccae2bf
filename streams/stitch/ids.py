"""Remembered ids of touchpoints: packed, 24 bytes each, so that an identifier costs little while it is remembered.

One record is the name (hash of source and event_id, 8 bytes), occurred_at (ms, 8) and the payload hash (8).
"""

from collections.abc import Iterator
from hashlib import blake2b
from struct import Struct
from typing import Final

RECORD: Final = 24
_RECORD = Struct(">8sq8s")


def name(source: str, event_id: str) -> bytes:
    """Two touchpoints of one identifier share it by accident once in 10^14 where 100,000 are remembered… or less."""
    return blake2b(f"{source}\0{event_id}".encode(), digest_size=8).digest()


def pack(of: bytes, at: int, payload: bytes) -> bytes:
    return _RECORD.pack(of, at, payload)


def find(ids: bytes, of: bytes) -> bytes | None:
    """The payload hash that is remembered with this name, else None."""
    at = ids.find(of)
    while at >= 0:
        if at % RECORD == 0:
            return ids[at + 16 : at + RECORD]
        at = ids.find(of, at + 1)
    return None


def each(ids: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """(name, occurred_at in ms, payload hash) of every record."""
    return _RECORD.iter_unpack(ids)


def newest(ids: bytes) -> int:
    """Latest occurred_at; `ids` is not empty."""
    return max(at for _, at, _ in each(ids))


def since(ids: bytes, oldest: int) -> bytes:
    """Only those that occurred at `oldest` or later."""
    return b"".join(_RECORD.pack(of, at, payload) for of, at, payload in each(ids) if at >= oldest)
