"""A ClickHouse server as a store, over HTTP."""

import threading
from collections.abc import Mapping
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from streams.store.client import INSERT_SETTINGS, Result
from streams.store.errors import StoreError, StoreUnavailable, code_of, insert_error, query_error

SEND_RECEIVE_SECONDS = 240  # below Kafka's default limit between two polls, so a hung insert never costs the partition


class ServerStore:
    """Contacted at the first use and again after an outage; one client serves all threads (it keeps no session)."""

    def __init__(self, *, secure: bool, host: str, port: int, username: str, password: str, database: str) -> None:
        self.database = database
        self._address = f"{host}:{port}"
        self._arguments: dict[str, Any] = {
            "interface": "https" if secure else "http",
            "host": host,
            "port": port,
            "username": username,
            "password": password,
        }
        self._client: Client | None = None
        self._lock = threading.Lock()

    def query(
        self, sql: str, params: Mapping[str, Any] | None = None, settings: Mapping[str, Any] | None = None
    ) -> Result:
        try:
            answer = self._connected().query(
                sql, parameters=dict(params or {}), settings={"final": 1, **(settings or {})}, tz_mode="aware"
            )
        except ClickHouseError as error:
            raise self._translate(error, inserting=False) from error
        types = [kind.name for kind in answer.column_types]
        return Result(list(answer.column_names), types, [tuple(row) for row in answer.result_rows])

    def command(self, sql: str) -> None:
        try:
            self._connected().command(sql)
        except ClickHouseError as error:
            raise self._translate(error, inserting=False) from error

    def insert_rows(self, table: str, ndjson: bytes) -> None:
        settings = {**INSERT_SETTINGS, "wait_end_of_query": 1}
        try:
            self._connected().raw_insert(table, insert_block=ndjson, fmt="JSONEachRow", settings=settings)
        except ClickHouseError as error:
            raise self._translate(error, inserting=True) from error

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _connected(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Client:
        try:
            client = clickhouse_connect.get_client(
                **self._arguments,
                autogenerate_session_id=False,
                send_receive_timeout=SEND_RECEIVE_SECONDS,
                query_retries=0,
            )
            # The database need not exist yet (migrate makes it), so it is named only after the first greeting.
            if not int(str(client.command(f"EXISTS DATABASE `{self.database}`"))):
                client.command(f"CREATE DATABASE IF NOT EXISTS `{self.database}`")
        except ClickHouseError as error:
            raise self._translate(error, inserting=False) from error
        client.database = self.database
        return client

    def _translate(self, error: ClickHouseError, *, inserting: bool) -> StoreError:
        code = getattr(error, "code", None) or code_of(str(error))
        if not code:
            return StoreUnavailable(f"no answer from ClickHouse at {self._address}: {_why(error)}")
        return (insert_error if inserting else query_error)(code, str(error))


def _why(error: BaseException) -> str:
    """The innermost reason, which is the one that a person can act on."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(getattr(error, "strerror", None) or error)
