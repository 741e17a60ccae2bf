"""ClickHouse's HTTP protocol over the embedded store, read-only: for Grafana's plug-in, clickhouse-connect and curl."""

import asyncio
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

import orjson
from aiohttp import web

from streams.store.answers import compressed, content_type, error_answer, summary
from streams.store.client import Store
from streams.store.embedded import EmbeddedStore
from streams.store.errors import StoreError, StoreUnavailable
from streams.store.guard import Statement, check_format, examine, table_functions
from streams.store.native import WITH_SERIALIZATION_BYTE, empty, greeting
from streams.store.reader import Reader
from streams.store.request import Asked, is_admitted, is_local_name, read_request

GREETING = "SELECT displayName(), version(), revision(), timezone()"
DISPLAY_NAME = "touchline"
LONGEST_REQUEST_BYTES = 4 << 20
CONCURRENT, WAITING, PATIENCE_SECONDS = 8, 64, 10.0
LOOK_SECONDS = 0.5
"""How often it is checked whether somebody still wants the answer."""


def endpoint_app(store: Store, *, user: str = "default", password: str | None = None) -> web.Application:
    """An application to serve on this machine's own address. With `password`, every request but a ping needs it.

    Raises ValueError for a store that is a ClickHouse server: that answers itself.
    """
    if not isinstance(store, EmbeddedStore):
        raise ValueError("only the embedded store needs an endpoint; a ClickHouse server answers itself")
    endpoint = Endpoint(store, user, password)
    app = web.Application(client_max_size=LONGEST_REQUEST_BYTES)
    app.router.add_get("/ping", endpoint.ping)
    app.router.add_get("/replicas_status", endpoint.ping)
    app.router.add_route("*", "/{path:.*}", endpoint.answer)
    app.on_cleanup.append(endpoint.close)
    return app


class Reply(NamedTuple):
    body: bytes
    headers: dict[str, str]


class Endpoint:
    """Queries run in threads of their own, each in a session of its own: a slow one holds up neither others nor the
    sink. At most CONCURRENT run and WAITING wait."""

    def __init__(self, store: EmbeddedStore, user: str, password: str | None) -> None:
        self._store, self._user, self._password = store, user, password
        self._threads = ThreadPoolExecutor(CONCURRENT, thread_name_prefix="endpoint")
        self._turn = asyncio.Semaphore(CONCURRENT)
        self._waiting = 0
        self._running: set[str] = set()
        with store.reader() as reader:
            self._table_functions = table_functions(reader)
            about = reader.run("SELECT version(), timezone()", "TabSeparated").bytes().decode().split()
        self._version, self._timezone = about[0], about[1]

    async def ping(self, _request: web.Request) -> web.Response:
        return web.Response(text="Ok.\n")

    async def answer(self, request: web.Request) -> web.Response:
        """One statement, its answer whole: an error is never found in the middle of a body."""
        refusal = self._not_admitted(request)
        if refusal is not None:
            return refusal
        if request.method not in ("GET", "POST", "HEAD"):
            return web.Response(status=405, text="GET or POST\n")
        query_id = request.query.get("query_id", "")
        try:
            asked = await read_request(request, self._store.caps.as_settings())
            query_id = asked.query_id
            if not asked.sql.strip():
                return web.Response(text="Ok.\n")
            reply = await self._in_turn(request, asked)
        except web.HTTPRequestEntityTooLarge:
            return self._error("Code: 62. DB::Exception: the request is too large. (SYNTAX_ERROR)", query_id)
        except StoreError as error:
            return self._error(str(error), query_id)
        return web.Response(body=reply.body, headers=reply.headers)

    async def close(self, _app: web.Application) -> None:
        """Ends what is running; its callers get an error."""
        for mark in tuple(self._running):
            await self._cancel(mark)
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    # -- who may ask -----------------------------------------------------------------------------

    def _not_admitted(self, request: web.Request) -> web.Response | None:
        if self._password is None:
            if is_local_name(request.host):
                return None
            return web.Response(status=403, text="address this endpoint as localhost or by its address\n")
        if is_admitted(request, self._user, self._password):
            return None
        response = self._error(
            "Code: 516. DB::Exception: Authentication failed: password is incorrect, or there is no user with such "
            "name. (AUTHENTICATION_FAILED)",
            "",
        )
        response.headers["WWW-Authenticate"] = 'Basic realm="Touchline"'
        return response

    def _error(self, message: str, query_id: str) -> web.Response:
        status, text, headers = error_answer(message, self._version)
        return web.Response(status=status, text=text, headers=headers | {"X-ClickHouse-Query-Id": query_id})

    # -- running ---------------------------------------------------------------------------------

    async def _in_turn(self, request: web.Request, asked: Asked) -> Reply:
        if self._waiting >= WAITING:
            raise _too_many()
        self._waiting += 1
        try:
            await asyncio.wait_for(self._turn.acquire(), PATIENCE_SECONDS)
        except asyncio.TimeoutError:
            raise _too_many() from None
        finally:
            self._waiting -= 1
        try:
            return await self._watched(request, asked)
        finally:
            self._turn.release()

    async def _watched(self, request: web.Request, asked: Asked) -> Reply:
        """Waits for the thread; ends the query in the engine when nobody wants its answer any more."""
        mark = uuid.uuid4().hex
        accepted = request.headers.get("Accept-Encoding", "") if asked.may_compress else ""
        running: Future[Reply] = self._threads.submit(self._run, asked, mark, accepted)
        waiting = asyncio.wrap_future(running)
        self._running.add(mark)
        try:
            while not (await asyncio.wait({waiting}, timeout=LOOK_SECONDS))[0]:
                if request.transport is None or request.transport.is_closing():
                    await self._cancel(mark)
        except asyncio.CancelledError:
            await self._cancel(mark)
            raise
        finally:
            self._running.discard(mark)
        return await waiting

    async def _cancel(self, mark: str) -> None:
        with suppress(StoreError):
            await asyncio.to_thread(self._store.command, f"KILL QUERY WHERE Settings['log_comment'] = '{mark}' ASYNC")

    def _run(self, asked: Asked, mark: str, accepted: str) -> Reply:
        with self._store.reader(asked.database) as reader:
            statement = examine(reader, asked.sql, self._table_functions)
            if statement.canonical == GREETING and asked.revision >= WITH_SERIALIZATION_BYTE:
                body = greeting(DISPLAY_NAME, self._version, self._timezone)
                return Reply(body, self._headers(asked, "Native"))
            answer_format = statement.answer_format or asked.default_format
            check_format(answer_format)
            reader.set({**asked.settings, "log_comment": mark})
            result = reader.run(asked.sql, answer_format, asked.params)
            body = bytes(result.bytes() or b"")
            if not body and answer_format.lower() == "native":
                body = _no_rows(reader, statement, asked)
            headers = self._headers(asked, answer_format) | {"X-ClickHouse-Summary": summary(result, len(body))}
        body, encoding = compressed(body, accepted)
        return Reply(body, headers | ({"Content-Encoding": encoding} if encoding else {}))

    def _headers(self, asked: Asked, answer_format: str) -> dict[str, str]:
        return {
            "Content-Type": content_type(answer_format),
            "X-ClickHouse-Format": answer_format,
            "X-ClickHouse-Query-Id": asked.query_id,
            "X-ClickHouse-Server-Display-Name": DISPLAY_NAME,
            "X-ClickHouse-Timezone": self._timezone,
        }


def _no_rows(reader: Reader, statement: Statement, asked: Asked) -> bytes:
    """The columns of an answer without rows; nothing for statements that cannot be described."""
    if statement.kind not in ("SELECT", "WITH"):
        return b""
    described = reader.run(f"DESCRIBE TABLE ({statement.without_format})", "JSONCompactEachRow", asked.params).bytes()
    columns = [orjson.loads(line) for line in described.splitlines()]
    return empty([(name, kind) for name, kind, *_ in columns])


def _too_many() -> StoreUnavailable:
    return StoreUnavailable("Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)")
