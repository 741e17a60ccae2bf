"""From what a stage says to records with a destination: keys to partitions, copies to all, rows joined by lines."""

import zlib
from collections.abc import Mapping
from typing import NamedTuple

from schemas.internal import Message
from streams.topology import rows_topic

ROWS_PER_RECORD_BYTES = 512 * 1024
"""Rows are joined up to about this size; a single larger row is a record of its own."""


class Destination(NamedTuple):
    topic: str
    partition: int


Headers = list[tuple[str, bytes]]
NO_HEADERS: Headers = []  # shared and never changed; the record builder insists on a list
Record = tuple[bytes | None, bytes | None, Headers]
"""(key, value, headers): a bare tuple, because making a named one costs as much as writing it into a batch."""


Parcels = dict[Destination, list[Record]]


def partition_of(key: bytes, partitions: int) -> int:
    """The one rule that says where a keyed internal record lives."""
    return zlib.crc32(key) % partitions


def address(messages: list[Message], partitions: Mapping[str, int]) -> Parcels:
    """Records by destination, in order; a message without key goes to every partition of its topic."""
    parcels: Parcels = {}
    places = {topic: [Destination(topic, n) for n in range(count)] for topic, count in partitions.items()}
    for topic, key, value in messages:
        everywhere = places[topic]
        chosen = everywhere if key is None else (everywhere[zlib.crc32(key) % len(everywhere)],)
        for destination in chosen:
            parcel = parcels.get(destination)
            if parcel is None:
                parcel = parcels[destination] = []
            parcel.append((key, value, NO_HEADERS))
    return parcels


def add_rows(parcels: Parcels, rows: Mapping[str, list[bytes]]) -> None:
    """Rows become newline-delimited records of `rows.<table>`, which has one partition."""
    for table, lines in rows.items():
        parcel = parcels.setdefault(Destination(rows_topic(table), 0), [])
        start = size = 0
        for end, line in enumerate(lines):
            if size and size + len(line) > ROWS_PER_RECORD_BYTES:
                parcel.append((None, b"\n".join(lines[start:end]), NO_HEADERS))
                start, size = end, 0
            size += len(line) + 1
        if size:
            parcel.append((None, b"\n".join(lines[start:]), NO_HEADERS))


def add_to_all(parcels: Parcels, topic: str, partitions: int, record: Record) -> None:
    """One copy at the end of every partition's parcel."""
    for number in range(partitions):
        parcels.setdefault(Destination(topic, number), []).append(record)
