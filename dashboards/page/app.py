"""The web application: documents, live feeds, CSV and SQL of each panel, static files, health."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

import orjson
from aiohttp import web

from dashboards.boards import BOARDS
from dashboards.classic import classic_text
from dashboards.macros import expand
from dashboards.page.answers import Answer, as_csv
from dashboards.page.assets import StaticFiles
from dashboards.page.documents import board_page, start_page
from dashboards.page.entering import Writing
from dashboards.page.entering import routes as entering_routes
from dashboards.page.feed import RefusedError, UnreachableError, Viewer
from dashboards.page.hub import Hub, TooManyViewsError
from dashboards.page.nearest import routes as nearest_routes
from dashboards.page.people import People
from dashboards.page.selection import BadSelectionError, Selection, read_selection
from dashboards.page.staff_page import routes as staff_routes
from dashboards.panels import Board, panel_sql, variable_sql
from streams.clock import now_ms as wall_clock_ms
from streams.numbers import Sample
from streams.run.health.answers import Health, Vitals
from streams.store.errors import StoreRefused
from streams.validate.pseudonym import Pseudonymiser

Query = Callable[..., Answer]
"""SQL, and its parameters where it has any."""

QUERY_SECONDS = 30.0
KEEP_ALIVE_SECONDS = 15.0
LAST_QUERY_SECONDS = 5.0
"""How long the end waits for queries that are running: whoever owns the store is about to close it."""

THREADS = 2
"""So many queries of the page run at once, however many people watch: the store has other work."""

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def page_app(
    query: Query,
    *,
    boards: tuple[Board, ...] = BOARDS,
    now_ms: Callable[[], int] = wall_clock_ms,
    poll_seconds: float = 2.0,
    speed: float = 1.0,
    vitals: Vitals | None = None,
    pseudonymiser: Pseudonymiser | None = None,
    currency: str = "EUR",
    writing: Writing | None = None,
) -> web.Application:
    """`vitals`: of a process that does more than to show the page. `pseudonymiser`: hashes whom people look up.

    `writing`: where what people enter goes; None: the page only shows.

    `query(sql, params)` may block and is called from threads; it raises StoreRefused for what cannot be answered.

    Anything else that it raises means that the store is away: the page says since when, and asks again ever less often.
    """
    page = _Page(query, boards, now_ms, poll_seconds, speed, vitals)
    people = People(query, page.threads, boards, page.static.address, now_ms, pseudonymiser, currency)
    app = web.Application(middlewares=[_guarded])
    app.add_routes(
        [
            web.get("/", page.start),
            *(web.get(path, page.health) for path in Health.PATHS),
            web.get("/favicon.ico", page.static.icon),
            web.get("/boards/{board}", page.board),
            web.get("/boards/{board}/events", page.events),
            web.get("/boards/{board}/choices", page.choices),
            web.get("/boards/{board}/grafana.json", page.grafana),
            web.get("/boards/{board}/panels/{panel}.{kind:sql|csv}", page.panel),
            web.get("/static/{version}/{file}", page.static.serve),
            *people.routes(),
            *nearest_routes(query, page.threads),
            *entering_routes(query, page.threads, writing),
            *staff_routes(query, page.threads, boards, page.static.address, writes=writing is not None),
        ]
    )
    app.on_shutdown.append(page.shut_down)
    app.cleanup_ctx.append(page.running)
    return app


class _Page:
    """The handlers and what they share."""

    def __init__(
        self,
        query: Query,
        boards: tuple[Board, ...],
        now_ms: Callable[[], int],
        poll_seconds: float,
        speed: float,
        vitals: Vitals | None,
    ) -> None:
        self._query, self._boards, self._now_ms = query, {board.uid: board for board in boards}, now_ms
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page-query")
        self._hub = Hub(self._ask, now_ms, poll_seconds, speed)
        self._vitals = vitals
        ready = self._store_trouble if vitals is None else vitals.ready
        self._health = Health(Vitals(list if vitals is None else vitals.alive, ready, self._samples), self._hub.health)
        self.static = StaticFiles()

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        yield
        await self._hub.close()
        ending = asyncio.to_thread(self.threads.shutdown, cancel_futures=True)
        await asyncio.wait({asyncio.create_task(ending)}, timeout=LAST_QUERY_SECONDS)

    async def shut_down(self, _: web.Application) -> None:
        """Open event streams end, or the server would wait for them."""
        self._hub.say_goodbye()

    async def start(self, _: web.Request) -> web.Response:
        """The choice of boards; where there is no choice, the board."""
        if len(self._boards) == 1:
            raise web.HTTPFound(f"/boards/{next(iter(self._boards))}")
        return _html(start_page(tuple(self._boards.values()), self.static.address))

    async def board(self, request: web.Request) -> web.Response:
        board = self._board(request)
        return _html(board_page(board, tuple(self._boards.values()), self.static.address))

    async def health(self, request: web.Request) -> web.Response:
        """Whether the process is well may take a question to the store, so it is asked in a thread."""
        answer = await asyncio.to_thread(self._health.answer, request.path)
        assert answer is not None  # these paths alone are routed here
        return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})

    def _store_trouble(self) -> list[str]:
        try:
            self._query("SELECT 1")
        except Exception as error:  # whatever a client raises for a store that is away
            return [f"the store does not answer: {type(error).__name__}: {error}"[:300]]
        return []

    def _samples(self) -> Iterator[Sample]:
        if self._vitals is not None:
            yield from self._vitals.samples()
        else:
            yield Sample("touchline_info", ("page", version("touchline")), 1)
        seen = self._hub.health()
        yield Sample("touchline_page_viewers", (), seen["viewers"])
        yield Sample("touchline_page_feeds", (), seen["feeds"])

    async def grafana(self, request: web.Request) -> web.Response:
        return web.Response(text=classic_text(self._board(request)), content_type="application/json")

    async def choices(self, request: web.Request) -> web.Response:
        """The values of each variable: {name: [[value, label], …]}."""
        board, selection = self._chosen(request)
        window = selection.window(None, self._now_ms())
        found = {
            one.name: [list(row) for row in (await self._answer(expand(variable_sql(board, one), window))).rows]
            for one in board.variables
        }
        return web.Response(body=orjson.dumps(found), content_type="application/json")

    async def panel(self, request: web.Request) -> web.Response:
        """The SQL of a panel as the store gets it for this selection, or its answer as CSV."""
        board, selection = self._chosen(request)
        name = request.match_info["panel"]
        panel = next((panel for panel in board.panels if panel.name == name), None)
        if panel is None:
            raise web.HTTPNotFound(text="no such panel")
        sql = expand(panel_sql(board, panel), selection.window(panel, self._now_ms()))
        if request.match_info["kind"] == "sql":
            return web.Response(text=f"-- {panel.title}: {panel.description}\n{sql}\n", content_type="text/plain")
        return web.Response(text=as_csv(await self._answer(sql)), content_type="text/csv")

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events until the viewer goes: hello, store, panel, tick."""
        board, selection = self._chosen(request)
        try:
            viewer = self._hub.join(board, selection)
        except TooManyViewsError as error:
            raise web.HTTPServiceUnavailable(text=str(error), headers={"Retry-After": "30"}) from error
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        try:
            await response.prepare(request)
            await response.write(b'retry: 2000\nevent: hello\ndata: {"static":"%s"}\n\n' % self.static.address.encode())
            await _pass_on(viewer, response)
        except ConnectionResetError:
            pass  # the viewer has gone; that is how every stream ends
        finally:
            self._hub.leave(viewer)
        return response

    def _board(self, request: web.Request) -> Board:
        board = self._boards.get(request.match_info["board"])
        if board is None:
            raise web.HTTPNotFound(text="no such board")
        return board

    def _chosen(self, request: web.Request) -> tuple[Board, Selection]:
        board = self._board(request)
        try:
            return board, read_selection(board, request.query.items())
        except BadSelectionError as error:
            raise web.HTTPBadRequest(text=str(error)) from error

    async def _answer(self, sql: str) -> Answer:
        """For one viewer who waits: what goes wrong becomes a status."""
        try:
            return await self._ask(sql)
        except RefusedError as error:
            raise web.HTTPBadGateway(text=str(error)) from error
        except UnreachableError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from error

    async def _ask(self, sql: str) -> Answer:
        """Raises RefusedError or UnreachableError, nothing else."""
        try:
            running = asyncio.get_running_loop().run_in_executor(self.threads, self._query, sql)
            return await asyncio.wait_for(running, QUERY_SECONDS)
        except StoreRefused as error:
            raise RefusedError(str(error)) from error
        except asyncio.TimeoutError as error:
            raise UnreachableError(f"no answer within {QUERY_SECONDS:.0f} s") from error
        except (
            Exception
        ) as error:  # whatever a client raises for a store that is away; the viewer reads it in the banner
            raise UnreachableError(f"{type(error).__name__}: {error}"[:300]) from error


async def _pass_on(viewer: Viewer, response: web.StreamResponse) -> None:
    while not viewer.closed:
        try:
            await asyncio.wait_for(viewer.wake.wait(), KEEP_ALIVE_SECONDS)
        except asyncio.TimeoutError:
            await response.write(b": still here\n\n")
            continue
        await response.write(viewer.take())


@web.middleware
async def _guarded(request: web.Request, handler: Any) -> web.StreamResponse:
    """The security headers on every answer, errors too."""
    try:
        answer: web.StreamResponse = await handler(request)
    except web.HTTPException as error:
        error.headers.update(SECURITY_HEADERS)
        raise
    if not answer.prepared:
        answer.headers.update(SECURITY_HEADERS)
    return answer


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})
