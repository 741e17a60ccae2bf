"""The page over a store that tests fill, served from a thread, looked at with Chromium."""

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from aiohttp import web
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from support.engine import Engine
from support.entries import ListProducer
from support.seeded_park import pipeline_rows, seed_park
from support.touchpoints import PSEUDONYMISER

from dashboards.page.app import page_app
from dashboards.page.entering import Writing
from streams.run.entering import Entries
from streams.store.client import Result
from streams.store.errors import StoreUnavailable

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


class Served:
    """The page at `url`, over `engine`; time stands still at `now_ms` until a test moves it."""

    def __init__(self, engine: Engine, now_ms: int) -> None:
        self.engine, self.now_ms = engine, now_ms
        self.producer = ListProducer()
        self.away = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def board(self) -> str:
        return f"{self.url}/boards/live-operations"

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> Result:
        if self.away:
            raise StoreUnavailable(self.away)
        return self.engine.query(sql, params)

    def start(self) -> None:
        """Serve, at the same port as before if there was one; nothing to do where it serves already."""
        if self._runner is None:
            self._run(self._start())

    def stop(self) -> None:
        if self._runner is not None:
            self._run(self._runner.cleanup())
            self._runner = None

    def report(self, behind_ms: int = 2_000, lag: int = 0) -> None:
        """The pipeline says how far it is."""
        rows = pipeline_rows(self.now_ms, self.now_ms - 2_000, held_ms=self.now_ms - behind_ms, lag=lag)
        self.engine.insert("pipeline", rows)

    def snapshot(self, place: str, **columns: Any) -> None:
        row = {"place": place, "at": self.now_ms / 1_000 // 5 * 5, "level": "ok", "state": "open"}
        self.engine.insert("queue_load_all", [row | {"epoch": 1, "version": self.now_ms} | columns])

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        app = page_app(
            self.query,
            now_ms=lambda: self.now_ms,
            poll_seconds=0.2,
            speed=8,
            pseudonymiser=PSEUDONYMISER,
            writing=Writing(Entries(lambda: self.producer), frozenset({"touchline.example"}), event_clock=True),
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("page"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def now_ms() -> int:
    return int(time.time()) * 1_000


@pytest.fixture(scope="module")
def served(engine: Engine, now_ms: int) -> Iterator[Served]:
    server = Served(engine, now_ms)
    yield server
    server.close()


@pytest.fixture(scope="module")
def park(served: Served) -> Served:
    """A park with four busy hours behind it."""
    served.engine.clear()
    seed_park(served.engine, served.now_ms, hours=4)
    return served


@pytest.fixture
def bare(served: Served) -> Served:
    """Nothing stored, and a server that remembers nothing of the test before."""
    served.stop()
    served.engine.clear()
    served.away = ""
    served.start()
    return served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: Playwright keeps the thread's event loop, which other modules need."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is absent; CI must look at the page")
        pytest.skip("Chromium is absent: install the package `chromium` to look at the page")
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield started
        started.close()


Open = Callable[..., Page]


@pytest.fixture
def look(browser: Browser) -> Iterator[Open]:
    """Open an address in a window of its own; whatever goes wrong in the browser fails the test at its end."""
    wrong: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(f"{message.type}: {message.text}")

    def open_page(url: str, width: int = 1440, height: int = 900, *, quiet: bool = True, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        if quiet:
            page.on("console", note)
            page.on("pageerror", lambda error: wrong.append(f"exception: {error}"))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
