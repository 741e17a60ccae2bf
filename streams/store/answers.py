"""How the endpoint's answers look on the wire: content types, headers, status codes of errors."""

import gzip
import re
import zlib
from typing import Any, Final

import orjson

from streams.store.errors import code_of

CONTENT_TYPES: Final = {
    "native": "application/octet-stream",
    "rowbinary": "application/octet-stream",
    "rowbinarywithnames": "application/octet-stream",
    "rowbinarywithnamesandtypes": "application/octet-stream",
    "arrow": "application/vnd.apache.arrow.file",
    "arrowstream": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
    "orc": "application/octet-stream",
    "avro": "application/octet-stream",
    "msgpack": "application/octet-stream",
    "bsoneachrow": "application/octet-stream",
    "npy": "application/octet-stream",
    "png": "image/png",
    "xml": "application/xml; charset=UTF-8",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "csvwithnamesandtypes": "text/csv; charset=UTF-8; header=present",
}

STATUS: Final = {
    36: 400,  # BAD_ARGUMENTS
    43: 400,  # ILLEGAL_TYPE_OF_ARGUMENT
    48: 501,  # NOT_IMPLEMENTED
    53: 400,  # TYPE_MISMATCH
    62: 400,  # SYNTAX_ERROR
    159: 408,  # TIMEOUT_EXCEEDED
    164: 403,  # READONLY
    202: 503,  # TOO_MANY_SIMULTANEOUS_QUERIES
    241: 507,  # MEMORY_LIMIT_EXCEEDED
    396: 413,  # TOO_MANY_ROWS_OR_BYTES
    452: 403,  # SETTING_CONSTRAINT_VIOLATION
    456: 400,  # UNKNOWN_QUERY_PARAMETER
    457: 400,  # BAD_QUERY_PARAMETER
    497: 403,  # ACCESS_DENIED
    516: 401,  # AUTHENTICATION_FAILED
    **dict.fromkeys((16, 46, 47, 50, 56, 60, 73, 81, 115), 404),  # UNKNOWN_...
}
SMALLEST_TO_COMPRESS = 1_024

_NESTED = re.compile(
    r"^Code: \d+\. DB::Exception: (Code: \d+\. DB::Exception: .*\(version [\d.]+\))\. \([A-Z_]+\)$", re.DOTALL
)
"""The engine wraps an error that it met while applying settings into another of the same code."""

_VERSION_TRAILER = re.compile(r"\(version [\d.]+[^()]*\)")


def content_type(answer_format: str) -> str:
    name = answer_format.lower()
    if name in CONTENT_TYPES:
        return CONTENT_TYPES[name]
    if "eachrow" in name or name in ("jsonlines", "ndjson", "jsonl"):
        return "application/x-ndjson; charset=UTF-8"
    if name.startswith("json"):
        return "application/json; charset=UTF-8"
    if name.startswith(("tabseparated", "tsv")):
        return "text/tab-separated-values; charset=UTF-8"
    return "text/plain; charset=UTF-8"


def summary(result: Any, length: int) -> str:
    """`X-ClickHouse-Summary` as clients parse it: every number a text."""
    numbers = {
        "read_rows": result.storage_rows_read(),
        "read_bytes": result.storage_bytes_read(),
        "result_rows": result.rows_read(),
        "result_bytes": length,
        "elapsed_ns": int(result.elapsed() * 1e9),
    }
    return orjson.dumps({name: str(number) for name, number in numbers.items()}).decode()


def compressed(body: bytes, accepted: str) -> tuple[bytes, str | None]:
    """The body and its Content-Encoding, by what the client accepts; short ones stay as they are."""
    if len(body) >= SMALLEST_TO_COMPRESS:
        names = {part.partition(";")[0].strip() for part in accepted.lower().split(",")}
        if "gzip" in names:
            return gzip.compress(body, compresslevel=1, mtime=0), "gzip"
        if "deflate" in names:
            return zlib.compress(body, level=1), "deflate"
    return body, None


def error_answer(message: str, version: str) -> tuple[int, str, dict[str, str]]:
    """(status, body, headers) of an error as ClickHouse's drivers take it apart."""
    start = message.find("Code: ")
    text = message[max(start, 0) :].strip()
    code = code_of(text)
    text = _NESTED.sub(lambda found: found[1], text)
    if not _VERSION_TRAILER.search(text):
        text = f"{text} (version {version})"
    headers = {"X-ClickHouse-Exception-Code": str(code), "Content-Type": "text/plain; charset=UTF-8"}
    return STATUS.get(code, 500 if code else 503), text + "\n", headers
