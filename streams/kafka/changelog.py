"""What a partition's changelog holds: its entries and its position, each value behind a format byte."""

from typing import Any

import orjson

from streams.kafka.outgoing import NO_HEADERS, Record
from streams.kafka.producer import key_hash
from streams.partition import Partition

POSITION_KEY = b""


class UnknownFormatError(Exception):
    """The changelog was written by a newer Touchline, or by something else; going on would lose what it says."""


def records_of(state: Partition[Any]) -> list[Record]:
    """The changes since the last `settle` and the position that they lead to; to be written all or nothing."""
    encode, form = state.encode, state.FORMAT
    records: list[Record] = [
        (key.encode(), None if entry is None else form + encode(entry), NO_HEADERS)
        for key, entry in state.changes.items()
    ]
    records.append((POSITION_KEY, form + orjson.dumps(state.position()), NO_HEADERS))
    return records


def load_record(state: Partition[Any], key: bytes, value: bytes) -> bool:
    """Put what one record holds into a state that is being recovered; True if it is to be written in our own format.

    Raises UnknownFormatError, which says what to do.
    """
    form = value[:1]
    outdated = form != state.FORMAT
    if outdated and form not in state.predecessors():
        raise UnknownFormatError(_unreadable(state, key, form))
    if key == POSITION_KEY:
        state.resume(orjson.loads(value[1:]))
        return False
    read = state.predecessors()[form] if outdated else state.decode
    name = key.decode()
    state.entries[name] = read(name, value[1:])
    return outdated


def _unreadable(state: Partition[Any], key: bytes, form: bytes) -> str:
    known = ", ".join(byte.hex() for byte in sorted({state.FORMAT, *state.predecessors()}))
    return (
        f"the changelog record with the key of hash {key_hash(key)} has format {form.hex() or 'nothing'}, this version "
        f"reads {known}: a newer Touchline has written it. Start the newer version on this machine, too; where the "
        "newer one is to go, rebuild the state from the rows with this one"
    )
