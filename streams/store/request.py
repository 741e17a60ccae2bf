"""What an HTTP request asks of the endpoint: the statement, its parameters, the settings that are ours to apply."""

import base64
import binascii
import hmac
import ipaddress
import re
import uuid
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, web
from multidict import CIMultiDictProxy

from streams.store.client import DATABASE
from streams.store.engine_config import CAPPED, FIXED
from streams.store.errors import StoreRefused

TRANSPORT: Final = frozenset(
    {
        "buffer_size",
        "cancel_http_readonly_queries_on_client_close",
        "check_exception_on_close",
        "client_protocol_version",
        "close_session",
        "compress",
        "database",
        "decompress",
        "default_format",
        "enable_http_compression",
        "http_headers_progress_interval_ms",
        "http_write_exception_in_output_format",
        "password",
        "profile",
        "query",
        "query_id",
        "quota_key",
        "role",
        "send_progress_in_http_headers",
        "session_check",
        "session_id",
        "session_timeout",
        "user",
        "wait_end_of_query",
        "http_response_buffer_size",
    }
)
"""URL parameters that say how to carry an answer or who asks; they are no settings of the query. Profile and role are
the session's own, never the request's."""

_NAME = re.compile(r"[A-Za-z_]\w*")
NOT_IMPLEMENTED, BAD_REQUEST, UNKNOWN_SETTING = 48, 36, 115  # ClickHouse's codes


class Asked(NamedTuple):
    sql: str
    params: dict[str, str]
    settings: dict[str, str]
    database: str
    default_format: str
    query_id: str
    revision: int
    """What the driver understands; 0 for who did not say."""
    may_compress: bool


async def read_request(request: web.Request, caps: Mapping[str, int]) -> Asked:
    """Raises StoreRefused for what the protocol has and this endpoint has not."""
    fields: dict[str, str] = dict(request.query)
    body = ""
    if request.content_type == "multipart/form-data":
        fields |= await _form(request)
    elif request.can_read_body:
        body = _decoded(await request.read())
    if fields.get("compress", "0") not in ("0", "false"):
        raise refused(
            NOT_IMPLEMENTED, "compress=1 (ClickHouse's own framing) is not spoken here; use gzip", "NOT_IMPLEMENTED"
        )
    sql = "\n".join(part for part in (fields.get("query", ""), body) if part)
    database = fields.get("database") or request.headers.get("X-ClickHouse-Database") or DATABASE
    return Asked(
        sql=sql,
        params={name[len("param_") :]: value for name, value in fields.items() if name.startswith("param_")},
        settings=_settings(fields, caps),
        database=DATABASE if database == "default" else _name(database),
        default_format=fields.get("default_format") or request.headers.get("X-ClickHouse-Format") or "TabSeparated",
        query_id=fields.get("query_id") or str(uuid.uuid4()),
        revision=int(fields["client_protocol_version"]) if fields.get("client_protocol_version", "").isdigit() else 0,
        may_compress=fields.get("enable_http_compression", "0") in ("1", "true"),
    )


def is_admitted(request: web.Request, user: str, password: str) -> bool:
    """Any of the ways in which ClickHouse's clients say who they are. Compares in constant time."""
    given = _credentials(request.headers, request.query)
    right = hmac.compare_digest(given[0].encode(), user.encode())
    return hmac.compare_digest(given[1].encode(), password.encode()) and right


def is_local_name(host: str) -> bool:
    """True for localhost and bare addresses. Without a password nothing else may be the Host of a request: a web page
    could otherwise make its own name point here and read the store through its visitor's browser."""
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def refused(code: int, what: str, name: str) -> StoreRefused:
    return StoreRefused(code, f"Code: {code}. DB::Exception: {what}. ({name})")


def _settings(fields: Mapping[str, str], caps: Mapping[str, int]) -> dict[str, str]:
    """Settings to apply. What is fixed here is left out rather than refused, and what is too much is cut down to the
    cap: drivers send their defaults with every query."""
    settings = {}
    for name, value in fields.items():
        if name in TRANSPORT or name in FIXED or name.startswith("param_"):
            continue
        settings[_name(name)] = _within(value, caps[name]) if name in CAPPED else value
    return settings


def _within(value: str, cap: int) -> str:
    """0 means without limit to the engine, so it is the cap."""
    try:
        wanted = float(value)
    except ValueError:
        return str(cap)
    return value if 0 < wanted <= cap else str(cap)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise refused(UNKNOWN_SETTING, f"{text[:100]!r} is no name", "UNKNOWN_SETTING")
    return text


async def _form(request: web.Request) -> dict[str, str]:
    fields = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.filename:
            raise refused(NOT_IMPLEMENTED, "tables sent along with a query are not taken here", "NOT_IMPLEMENTED")
        fields[part.name or ""] = _decoded(bytes(await part.read(decode=True)))
    return fields


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise refused(BAD_REQUEST, f"the request is not UTF-8: {error}", "BAD_ARGUMENTS") from error


def _credentials(headers: CIMultiDictProxy[str], query: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, value = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    if scheme.lower() == "bearer":
        return headers.get("X-ClickHouse-User", "default"), value
    user = headers.get("X-ClickHouse-User") or query.get("user") or "default"
    return user, headers.get("X-ClickHouse-Key") or query.get("password") or ""
