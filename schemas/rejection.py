"""Dead letters: what was refused and why, as the row of `rejected` and the record of `touchpoints.rejected`."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field

from schemas.touchpoint.reasons import Reason

MAX_PAYLOAD_BYTES: Final = 1 << 20
MAX_RAW_CHARACTERS: Final = 16_384
"""`raw` is for people who look; the exact bytes are in `payload`."""


class Rejected(BaseModel):
    """One refused record or row. Named by (topic, partition, offset, row); told again it says the same."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    topic: str
    partition: int
    offset: int
    row: str
    """'' for a record; else the key of the refused row, since one record can give several."""
    rejected_at: float
    """Seconds since 1970: when the broker received the record."""
    reason: Reason
    field: str
    """Dotted path, '' for the record as a whole."""
    detail: str
    """What is wrong and how to put it right."""
    source: str
    """The emitting service, '' where it cannot be read."""
    raw: str
    """The record as text, for people; long ones are cut."""
    payload: Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
    """The exact bytes, up to 1 MiB."""
    import_file: str = ""
    """Hash of the imported file, '' for a live record."""
    import_line: int = 0
    """Line within the imported file, from 1; 0 for a live record."""
    names: list[str] = []
    """Identifiers and personal values found in it, as they are stored elsewhere, hashed where personal."""
    readable: int = 0
    """1: all of it could be looked through for names; 0: nobody knows whom it may name."""


def rejected_row(
    reason: Reason,
    field: str,
    detail: str,
    *,
    topic: str,
    partition: int,
    offset: int,
    rejected_at_ms: int,
    source: str,
    payload: bytes,
    row: str = "",
    imported: tuple[str, int] = ("", 0),
    names: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The row as a dictionary, ready for orjson. A payload above 1 MiB is cut, and `detail` says so.

    `names`: whom it names, as far as it can be read; None: it cannot.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        detail = f"{detail} (only the first {MAX_PAYLOAD_BYTES} of {len(payload)} bytes are kept)"
        payload = payload[:MAX_PAYLOAD_BYTES]
    # A character has at most 4 bytes, so no more than these need decoding.
    raw = payload[: 4 * MAX_RAW_CHARACTERS].decode("utf-8", "replace")[:MAX_RAW_CHARACTERS]
    return {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "row": row,
        "rejected_at": rejected_at_ms / 1000,
        "reason": reason,
        "field": field,
        "detail": detail,
        "source": source,
        "raw": raw,
        "payload": b64encode(payload).decode("ascii"),
        "import_file": imported[0],
        "import_line": imported[1],
        "names": [*(names or ())],
        "readable": 0 if names is None else 1,
    }


def rejected_bytes(row: dict[str, Any]) -> bytes:
    """The row as the one JSON object that goes both to `rows.rejected` and to `touchpoints.rejected`."""
    return orjson.dumps(row)
