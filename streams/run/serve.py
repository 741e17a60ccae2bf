"""One process owns the store: the sink into it, the SQL endpoint and the page out of it."""

import asyncio
import signal
from contextlib import AsyncExitStack

import structlog
from aiohttp import web

from dashboards.page.app import page_app
from schemas.place import read_places
from streams.run.settings import Settings
from streams.sink.run import run_sink
from streams.store.client import Store
from streams.store.endpoint import endpoint_app
from streams.store.errors import StoreError, StoreUnavailable
from streams.store.migrate import migrate
from streams.store.opening import connect

TRY_AGAIN_SECONDS = 2.0

log = structlog.get_logger()


def run_serve(settings: Settings, store_url: str, *, http_port: int | None, page_port: int | None) -> None:
    """Serve until SIGTERM or SIGINT. Raises ValueError for a store that cannot be, OSError for a port that is taken."""
    asyncio.run(_serve(settings, store_url, http_port, page_port))


def run_page(settings: Settings, port: int) -> None:
    """The page alone, over the store of the settings, until SIGTERM or SIGINT."""
    asyncio.run(_page(settings, port))


async def _serve(settings: Settings, store_url: str, http_port: int | None, page_port: int | None) -> None:
    stop = _on_signals()
    store = await asyncio.to_thread(connect, store_url)
    async with AsyncExitStack() as running:
        running.push_async_callback(asyncio.to_thread, store.close)
        if not await _migrated(settings, store, stop):
            return
        if http_port:
            await _listen(running, endpoint_app(store), settings.listen, http_port)
        if page_port:
            await _listen(running, page_app(store.query), settings.listen, page_port)
        sink = asyncio.create_task(run_sink(settings, store))
        await asyncio.wait({sink, stop}, return_when=asyncio.FIRST_COMPLETED)
        if sink.done():
            sink.result()
        sink.cancel()
        await asyncio.gather(sink, return_exceptions=True)


async def _migrated(settings: Settings, store: Store, stop: "asyncio.Task[bool]") -> bool:
    """Bring the store up to date once it answers; False if asked to stop before. Raises ValueError for a person."""
    places, said = read_places(settings.places), False
    while not stop.done():
        try:
            await asyncio.to_thread(migrate, store, places)
        except StoreUnavailable as error:
            if not said:
                log.warning("the store does not answer; trying again until it does", reason=str(error))
            said = True
        except StoreError as error:
            raise ValueError(str(error)) from None
        else:
            return True
        await asyncio.wait({stop}, timeout=TRY_AGAIN_SECONDS)
    return False


async def _page(settings: Settings, port: int) -> None:
    stop = _on_signals()
    store = await asyncio.to_thread(connect, settings.clickhouse)
    async with AsyncExitStack() as running:
        running.push_async_callback(asyncio.to_thread, store.close)
        await _listen(running, page_app(store.query), settings.listen, port)
        await stop


def _on_signals() -> "asyncio.Task[bool]":
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    return asyncio.create_task(asked.wait())


async def _listen(running: AsyncExitStack, app: web.Application, host: str, port: int) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    running.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, host, port).start()
    log.info("listening", port=port)
