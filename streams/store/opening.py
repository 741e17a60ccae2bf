"""A URL chooses the engine: the embedded one in a folder, or a ClickHouse server."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from streams.store.client import DATABASE, Store


def connect(url: str) -> Store:
    """`chdb:///path` opens the embedded engine there (one process at a time); `http(s)://user:password@host:port[/db]`
    names a server, which is contacted at the first use. Raises ValueError for another URL."""
    parts = urlsplit(url)
    if parts.scheme == "chdb":
        from streams.store.embedded import EmbeddedStore

        path = unquote(parts.path)
        if not path or path == "/":
            raise ValueError(f"{url}: name the directory of the embedded store, as in chdb:///var/lib/touchline")
        return EmbeddedStore(Path(path))
    if parts.scheme in ("http", "https") and parts.hostname:
        from streams.store.server import ServerStore

        return ServerStore(
            secure=parts.scheme == "https",
            host=parts.hostname,
            port=parts.port or (8443 if parts.scheme == "https" else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/") or DATABASE,
        )
    raise ValueError(f"{parts.scheme}://...: a store is chdb:///path or http(s)://user:password@host:port")
