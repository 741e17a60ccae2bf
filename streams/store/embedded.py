"""The embedded engine as a store: one process owns its directory, any number of threads may use it."""

import fcntl
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
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
    StoreMisconfigured,
    StoreRefused,
    StoreUnavailable,
    code_of,
    insert_error,
    query_error,
)
from streams.store.reader import Caps, Reader

CLOSE_PATIENCE_SECONDS = 60.0
NOT_UTF8 = 117  # ClickHouse's INCORRECT_DATA


class EmbeddedStore:
    """Sessions are handed out one per call and kept for the next; the engine itself runs calls side by side."""

    database = DATABASE

    def __init__(self, path: Path, caps: Caps = Caps()) -> None:  # noqa: B008 - frozen
        """Raises StoreMisconfigured where another process has the directory open, or this one another directory."""
        self.path = path.resolve()
        self.caps = caps
        config = write_config(self.path / "config", caps.as_settings())
        self._engine = _open(self.path, config)
        self._engine.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        self._clients: queue.LifoQueue[Client] = queue.LifoQueue()
        self._writers: queue.LifoQueue[Any] = queue.LifoQueue()
        self._sessions = _Sessions()

    def query(
        self, sql: str, params: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Result:
        values = dict(params or {})
        with self._lent(self._clients, self._new_client) as client, _translated():
            answer = client.query(sql, parameters=values, settings={"final": 1, **(settings or {})})
            names, types = list(answer.column_names), [kind.name for kind in answer.column_types]
            if not names:  # the engine sends nothing at all for no rows; a server sends the columns
                columns = client.query(f"DESCRIBE TABLE ({sql.rstrip().rstrip(';')})", parameters=values).result_rows
                names, types = [row[0] for row in columns], [row[1] for row in columns]
        return Result(names, types, [tuple(row) for row in answer.result_rows])

    def command(self, sql: str) -> None:
        with self._lent(self._clients, self._new_client) as client, _translated():
            client.command(sql)

    def insert_rows(self, table: str, ndjson: bytes) -> None:
        settings = {**INSERT_SETTINGS, "input_format_parallel_parsing": 0}
        clause = ", ".join(f"{name} = {_literal(value)}" for name, value in settings.items())
        try:
            rows = ndjson.decode()
        except UnicodeDecodeError as error:
            raise StoreRefused(NOT_UTF8, f"row is not UTF-8: {error}") from error
        with self._lent(self._writers, self._new_writer) as session:
            try:
                # Rows within the statement: the binding's own way for them says that all is written on a full disk.
                session.query(f"INSERT INTO {table} SETTINGS {clause} FORMAT JSONEachRow\n{rows}")
            except RuntimeError as error:
                raise insert_error(code_of(str(error)), str(error)) from error

    def reader(self, database: str = DATABASE) -> Reader:
        """A new session for one request of somebody else: reads this database, within the caps, and nothing more."""
        self._sessions.begin()
        session = None
        try:
            session = chdb.connect(str(self.path))
            return Reader(session, self.caps, database, self._sessions.end)
        except BaseException:
            if session is not None:
                session.close()
            self._sessions.end()
            raise

    def close(self) -> None:
        """Ends the engine when the calls that are running have ended; new ones find it unavailable."""
        if not self._sessions.close():
            return  # something still runs in the engine: closing it would take the process down with it
        for kept in (self._clients, self._writers):
            with suppress(queue.Empty):
                while True:
                    kept.get_nowait().close()
        self._engine.close()

    def _new_client(self) -> Client:
        return create_client(interface="chdb", path=str(self.path), database=DATABASE, tz_mode="aware")

    def _new_writer(self) -> Any:
        session = chdb.connect(str(self.path))
        session.query(f"USE {DATABASE}")
        return session

    @contextmanager
    def _lent(self, kept: "queue.LifoQueue[Any]", make: Callable[[], Any]) -> Iterator[Any]:
        """A session for one call. After an error it is thrown away: what the engine had written of an answer when it
        failed would stand in front of the session's next one."""
        self._sessions.begin()
        try:
            try:
                session = kept.get_nowait()
            except queue.Empty:
                session = make()
            try:
                yield session
            except BaseException:
                session.close()
                raise
            kept.put(session)
        finally:
            self._sessions.end()


class _Sessions:
    """How many calls are in the engine, and whether new ones may begin."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running, self._closed = 0, False

    def begin(self) -> None:
        with self._changed:
            if self._closed:
                raise StoreUnavailable("the embedded store is closed")
            self._running += 1

    def end(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def close(self) -> bool:
        """Let no more begin; True when all have ended, False if one has not after CLOSE_PATIENCE_SECONDS."""
        with self._changed:
            self._closed = True
            return self._changed.wait_for(lambda: not self._running, CLOSE_PATIENCE_SECONDS)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ClickHouseError as error:
        raise query_error(getattr(error, "code", None) or code_of(str(error)), str(error)) from error


def _open(path: Path, config: Path) -> Any:
    try:
        return chdb.connect(f"{path}?config-file={config}")
    except Exception as error:  # the binding raises bare RuntimeError or a class of its own, by version
        if _is_locked(path / "status"):
            raise StoreMisconfigured(
                f"{path} is open in another process; read it through that one's SQL port"
            ) from error
        raise StoreMisconfigured(f"cannot open the embedded store at {path}: {error}") from error


def _is_locked(status: Path) -> bool:
    """The engine holds a lock on this file of its directory; its own message about that says only what failed next."""
    try:
        with status.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
