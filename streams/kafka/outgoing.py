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


NO_HEADERS: list[tuple[str, bytes]] = []  # shared and never changed; the record builder insists on a list


class Record(NamedTuple):
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = NO_HEADERS


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
            parcel.append(Record(key, value))
    return parcels


def add_rows(parcels: Parcels, rows: Mapping[str, list[bytes]]) -> None:
    """Rows become newline-delimited records of `rows.<table>`, which has one partition."""
    for table, lines in rows.items():
        parcel = parcels.setdefault(Destination(rows_topic(table), 0), [])
        start = size = 0
        for end, line in enumerate(lines):
            if size and size + len(line) > ROWS_PER_RECORD_BYTES:
                parcel.append(Record(None, b"\n".join(lines[start:end])))
                start, size = end, 0
            size += len(line) + 1
        if size:
            parcel.append(Record(None, b"\n".join(lines[start:])))


def add_to_all(parcels: Parcels, topic: str, partitions: int, record: Record) -> None:
    """One copy at the end of every partition's parcel."""
    for number in range(partitions):
        parcels.setdefault(Destination(topic, number), []).append(record)
