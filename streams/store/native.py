"""The few blocks of ClickHouse's Native format that the engine does not make itself."""

from collections.abc import Sequence

BLOCK_INFO = bytes((0x01, 0x00, 0x02, 0xFF, 0xFF, 0xFF, 0xFF, 0x00))
"""Field 1 (overflows) = 0, field 2 (bucket) = -1, end: what blocks begin with from revision 51903 on."""

WITH_SERIALIZATION_BYTE = 54454
"""From this revision on a byte after each type says whether the column's serialization is a custom one."""


def greeting(display_name: str, version: str, timezone: str) -> bytes:
    """The answer to `SELECT displayName(), version(), revision(), timezone()`, framed as a driver expects that has
    asked with a client_protocol_version of 54454 or more.

    It says that our revision is 0. The driver then reads every later block in the plain form, without block info and
    without serialization bytes, which is the form that the embedded engine writes.
    """
    columns = (
        ("displayName()", "String", text(display_name)),
        ("version()", "String", text(version)),
        ("revision()", "UInt32", (0).to_bytes(4, "little")),
        ("timezone()", "String", text(timezone)),
    )
    body = b"".join(text(name) + text(kind) + b"\x00" + value for name, kind, value in columns)
    return BLOCK_INFO + varint(len(columns)) + varint(1) + body


def empty(columns: Sequence[tuple[str, str]]) -> bytes:
    """A plain block of no rows: (name, type) of every column. The engine writes nothing at all for no rows."""
    return varint(len(columns)) + varint(0) + b"".join(text(name) + text(kind) for name, kind in columns)


def varint(number: int) -> bytes:
    """Seven bits a byte, lowest first."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value: str) -> bytes:
    encoded = value.encode()
    return varint(len(encoded)) + encoded
