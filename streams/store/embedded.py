"""The embedded engine as a store: one process owns its directory, any number of threads may use it."""

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import chdb
from clickhouse_connect.driver import create_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.store.client import DATABASE, INSERT_SETTINGS, Result
from streams.store.engine_config import write_config
from streams.store.errors import (
    StoreError,
    StoreMisconfigured,
    StoreRefused,
    StoreUnavailable,
    code_of,
    insert_error,
    query_error,
)
from streams.store.reader import Caps, Reader

LOCKED = 76  # ClickHouse's CANNOT_OPEN_FILE: another process has the directory open
NOT_UTF8 = 117  # ClickHouse's INCORRECT_DATA


class EmbeddedStore:
    """Sessions are handed out one per call and kept for the next; the engine itself runs calls side by side."""

    database = DATABASE

    def __init__(self, path: Path, caps: Caps = Caps()) -> None:  # noqa: B008 - frozen
        """Raises StoreMisconfigured where another process has the directory open, or this one another directory."""
        self.path = path.resolve()
        self.caps = caps
        config = write_config(self.path / "config", caps.as_settings())
        self._engine = _open(f"{self.path}?config-file={config}")
        self._engine.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        self._clients: queue.LifoQueue[Client] = queue.LifoQueue()
        self._writers: queue.LifoQueue[Any] = queue.LifoQueue()
        self._closed = threading.Event()

    def query(
        self, sql: str, params: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Result:
        with self._client() as client:
            try:
                answer = client.query(sql, parameters=dict(params or {}), settings={"final": 1, **(settings or {})})
                names, types = list(answer.column_names), [kind.name for kind in answer.column_types]
                if not names:  # the engine sends nothing at all for no rows; a server sends the columns
                    columns = client.query(
                        f"DESCRIBE TABLE ({sql.rstrip().rstrip(';')})", parameters=dict(params or {})
                    )
                    names, types = [row[0] for row in columns.result_rows], [row[1] for row in columns.result_rows]
            except ClickHouseError as error:
                raise query_error(getattr(error, "code", None) or code_of(str(error)), str(error)) from error
        return Result(names, types, [tuple(row) for row in answer.result_rows])

    def command(self, sql: str) -> None:
        with self._client() as client:
            try:
                client.command(sql)
            except ClickHouseError as error:
                raise query_error(getattr(error, "code", None) or code_of(str(error)), str(error)) from error

    def insert_rows(self, table: str, ndjson: bytes, token: str) -> None:
        settings = {**INSERT_SETTINGS, "insert_deduplication_token": token}
        clause = ", ".join(f"{name} = {_literal(value)}" for name, value in settings.items())
        with self._writer() as session:
            try:
                with session.send_insert(f"INSERT INTO {table} SETTINGS {clause}", "JSONEachRow") as stream:
                    stream.append(ndjson)
                    stream.finish()
            except RuntimeError as error:
                raise _insert_error(str(error), ndjson) from error

    def reader(self) -> Reader:
        """A new session for one request of somebody else: reads this database, within the caps, and nothing more."""
        return Reader(self._session(), self.caps)

    def close(self) -> None:
        """Ends the engine; calls that are running finish first or fail."""
        self._closed.set()
        for sessions in (self._clients, self._writers):
            with suppress(queue.Empty):
                while True:
                    sessions.get_nowait().close()
        self._engine.close()

    def _session(self) -> Any:
        if self._closed.is_set():
            raise StoreUnavailable("the embedded store is closed")
        return chdb.connect(str(self.path))

    @contextmanager
    def _client(self) -> Iterator[Client]:
        try:
            client = self._clients.get_nowait()
        except queue.Empty:
            if self._closed.is_set():
                raise StoreUnavailable("the embedded store is closed") from None
            client = create_client(interface="chdb", path=str(self.path), database=DATABASE, tz_mode="aware")
        try:
            yield client
        finally:
            self._clients.put(client)

    @contextmanager
    def _writer(self) -> Iterator[Any]:
        try:
            session = self._writers.get_nowait()
        except queue.Empty:
            session = self._session()
            session.query(f"USE {DATABASE}")
        try:
            yield session
        finally:
            self._writers.put(session)


def _open(connection: str) -> Any:
    try:
        return chdb.connect(connection)
    except Exception as error:  # the binding raises bare RuntimeError or its own class, by version
        path = connection.split("?")[0]
        if code_of(str(error)) == LOCKED:
            raise StoreMisconfigured(
                f"{path} is open in another process; read it through that one's SQL port"
            ) from error
        raise StoreMisconfigured(f"cannot open the embedded store at {path}: {error}") from error


def _insert_error(message: str, ndjson: bytes) -> StoreError:
    """The engine quotes the row in its message; where that is not UTF-8 the binding loses message and code."""
    try:
        ndjson.decode()
    except UnicodeDecodeError as error:
        return StoreRefused(NOT_UTF8, f"row is not UTF-8: {error}")
    return insert_error(code_of(message), message)


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
