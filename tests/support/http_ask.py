"""Asks an HTTP endpoint with nothing but the standard library, so that bytes and headers are seen as they are."""

import http.client
from typing import NamedTuple
from urllib.parse import urlencode


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    port: int,
    sql: str | bytes = "",
    *,
    method: str = "POST",
    path: str = "/",
    headers: dict[str, str] | None = None,
    **parameters: str,
) -> Answer:
    """`parameters` go into the URL. Header names come back in lower case."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        body = sql.encode() if isinstance(sql, str) else sql
        connection.request(method, f"{path}?{urlencode(parameters)}", body or None, headers or {})
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()
