"""What a partition's changelog holds: its entries and its position, each value behind a format byte."""

from typing import Any

import orjson

from streams.kafka.outgoing import NO_HEADERS, Record
from streams.partition import Partition

FORMAT = b"\x01"
"""First byte of every value. A new format gets a new byte, and its predecessor stays readable for one release."""

POSITION_KEY = b""


class UnknownFormatError(Exception):
    """The changelog was written by a newer Touchline, or by something else."""


def records_of(state: Partition[Any]) -> list[Record]:
    """The changes since the last `settle` and the position that they lead to; to be written all or nothing."""
    encode = state.encode
    records: list[Record] = [
        (key.encode(), None if entry is None else FORMAT + encode(entry), NO_HEADERS)
        for key, entry in state.changes.items()
    ]
    records.append((POSITION_KEY, FORMAT + orjson.dumps(state.position()), NO_HEADERS))
    return records


def load_record(state: Partition[Any], key: bytes, value: bytes) -> None:
    """Put what one record holds into a state that is being recovered. Raises UnknownFormatError, naming the key."""
    if value[:1] != FORMAT:
        raise UnknownFormatError(
            f"changelog record {key.decode(errors='replace')!r} has format {value[:1].hex() or 'nothing'}, "
            f"this version reads {FORMAT.hex()}"
        )
    if key == POSITION_KEY:
        state.resume(orjson.loads(value[1:]))
    else:
        name = key.decode()
        state.entries[name] = state.decode(name, value[1:])
