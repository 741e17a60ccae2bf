"""Stands in for a ClickHouse server: HTTP over an embedded engine, with every right, and with faults on demand."""

import asyncio
import json
import re
import threading
from pathlib import Path
from typing import Any, Literal

import chdb
from aiohttp import web

from streams.store.errors import code_of
from streams.store.native import empty
from streams.store.request import TRANSPORT

Fault = Literal["", "lose_answer", "unavailable"]


class Standin:
    """Serves from a thread of its own until `stop`. `inserts` holds (settings, body) of every insert that came."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self.engine = chdb.connect(self._path)
        self.inserts: list[tuple[dict[str, str], bytes]] = []
        self.fault: Fault = ""
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self._started.wait(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        self.engine.close()

    def _serve(self) -> None:
        self._loop.run_until_complete(self._run())
        self._loop.close()

    async def _run(self) -> None:
        self._end = asyncio.Event()
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self._started.set()
        await self._end.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        if self.fault == "unavailable":
            request.transport.close()  # type: ignore[union-attr]
            return web.Response()
        statement, _, data = (await request.read()).partition(b"\n")
        sql = (request.query.get("query", "") + "\n" + statement.decode()).strip()
        is_insert = re.match(r"INSERT INTO \S+ FORMAT", sql) is not None
        if not is_insert:
            sql = f"{sql}\n{data.decode()}"
        try:
            body = self._insert(request, sql, data) if is_insert else self._query(request, sql)
        except RuntimeError as error:
            message = str(error)[str(error).find("Code: ") :]
            headers = {"X-ClickHouse-Exception-Code": str(code_of(message))}
            return web.Response(status=500, text=message, headers=headers)
        if is_insert and self.fault == "lose_answer":
            self.fault = ""
            request.transport.close()  # type: ignore[union-attr]
        return web.Response(body=body, headers={"X-ClickHouse-Format": "Native"} if body else {})

    def _query(self, request: web.Request, sql: str) -> bytes:
        params = {name[6:]: value for name, value in request.query.items() if name.startswith("param_")}
        session: Any = chdb.connect(self._path)
        try:
            if "database" in request.query:
                session.query(f"USE {request.query['database']}")
            for name, value in self._settings(request).items():
                session.query(f"SET {name} = {_quoted(value)}")
            body = bytes(session.query(sql, "TabSeparated", params=params).bytes() or b"")
            if body or not sql.endswith("FORMAT Native"):
                return body
            described = session.query(
                f"DESCRIBE ({sql.removesuffix('FORMAT Native')})", "JSONCompactEachRow", params=params
            )
            return empty([json.loads(line)[:2] for line in described.bytes().splitlines()])
        finally:
            session.close()

    def _insert(self, request: web.Request, sql: str, data: bytes) -> bytes:
        settings = self._settings(request)
        self.inserts.append((dict(request.query), data))
        into, _, kind = sql.partition(" FORMAT ")
        session: Any = chdb.connect(self._path)
        try:
            session.query(f"USE {request.query.get('database', 'default')}")
            clause = ", ".join(f"{name} = {_quoted(value)}" for name, value in settings.items())
            # within the statement: the engine's stream of rows says that all is written even on a full disk
            session.query(f"{into} SETTINGS {clause} FORMAT {kind.strip()}\n{_text(data)}")
        finally:
            session.close()
        return b""

    @staticmethod
    def _settings(request: web.Request) -> dict[str, str]:
        return {n: v for n, v in request.query.items() if n not in TRANSPORT and not n.startswith("param_")}


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RuntimeError("Code: 117. DB::Exception: the row is not UTF-8. (INCORRECT_DATA)") from error


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
