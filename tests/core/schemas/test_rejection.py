"""Dead letters: the exact bytes up to a limit, readable text beside them, one shape for every room."""

from base64 import b64decode
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pydantic import TypeAdapter, ValidationError

from schemas.rejection import MAX_PAYLOAD_BYTES, Rejected, rejected_bytes, rejected_row
from schemas.rows import ROWS


def row(payload: bytes, **fields: Any) -> dict[str, Any]:
    where: dict[str, Any] = {
        "topic": "touchpoints",
        "partition": 3,
        "offset": 7,
        "rejected_at_ms": 1_500,
        "source": "s",
    }
    return rejected_row("not_json", "", "the record is not JSON", payload=payload, **{**where, **fields})


def test_the_row_has_the_columns_of_the_table_and_the_fields_of_the_model() -> None:
    assert set(row(b"{")) == set(ROWS["rejected"].columns) == set(Rejected.model_fields)
    assert Rejected.model_validate_json(rejected_bytes(row(b"{"))).rejected_at == 1.5


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\x00\xfe", "żółw".encode(), b"\xed\xa0\x80", b"x" * 300_000])
def test_the_payload_is_exact_and_the_text_readable(payload: bytes) -> None:
    made = row(payload)
    assert b64decode(made["payload"]) == payload
    assert made["raw"] == payload.decode("utf-8", "replace")[:16_384]


def test_a_payload_is_whole_up_to_a_mebibyte_and_cut_beyond() -> None:
    assert row(b"x" * MAX_PAYLOAD_BYTES)["detail"] == "the record is not JSON"
    made = row(b"x" * (MAX_PAYLOAD_BYTES + 1))
    assert len(b64decode(made["payload"])) == MAX_PAYLOAD_BYTES
    assert made["detail"].endswith("(only the first 1048576 of 1048577 bytes are kept)")


@pytest.mark.parametrize("worst", [b"\x00", b"\xff", b"\\", b'"'])
def test_even_the_worst_record_fits_its_topics(worst: bytes) -> None:
    assert len(rejected_bytes(row(worst * (2 << 20)))) < 2 << 20


def test_reasons_are_a_closed_list() -> None:
    with pytest.raises(ValidationError):
        Rejected.model_validate({**row(b""), "reason": "because"})
    Draft7Validator.check_schema(TypeAdapter(Rejected).json_schema())
