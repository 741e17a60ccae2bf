"""One process owns the store: the sink into it, the SQL endpoint and the page out of it."""

import asyncio
from contextlib import AsyncExitStack, suppress

import structlog
from aiohttp import web

from dashboards.page.app import page_app
from dashboards.page.entering import Writing
from schemas.place import read_places
from streams.kafka.topics import RefusedError
from streams.run.attended import attended
from streams.run.command import producer_of
from streams.run.entering import ACCEPT_SECONDS, Entries
from streams.run.health.answers import Health, Vitals
from streams.run.health.loop import LoopBeat
from streams.run.health.sink import SinkHealth
from streams.run.identity.key import pseudonymiser_if_any
from streams.run.settings import Settings
from streams.run.storing import new_sink
from streams.sink.run import run_sink
from streams.store.client import Store
from streams.store.endpoint import endpoint_app
from streams.store.engines import unsafe
from streams.store.errors import StoreError, StoreUnavailable
from streams.store.migrate import migrate
from streams.store.opening import connect

TRY_AGAIN_SECONDS = 2.0

log = structlog.get_logger()


def run_serve(settings: Settings, store_url: str, *, http_port: int | None, page_port: int | None) -> None:
    """Serve until SIGTERM or SIGINT. Raises ValueError for a store that cannot be, OSError for a port that is taken."""
    try:
        asyncio.run(_serve(settings, store_url, http_port, page_port))
    except RefusedError as error:
        raise ValueError(str(error)) from None


def run_page(settings: Settings, port: int) -> None:
    """The page alone, over the store of the settings, until SIGTERM or SIGINT."""
    asyncio.run(_page(settings, port))


async def _serve(settings: Settings, store_url: str, http_port: int | None, page_port: int | None) -> None:
    store = await asyncio.to_thread(connect, store_url)
    state = SinkHealth(store, settings.worker_id)
    async with AsyncExitStack() as running:
        running.push_async_callback(asyncio.to_thread, store.close)
        stop = await running.enter_async_context(attended(settings, state.beat, Health(state.vitals())))
        if not await _migrated(settings, store, stop):
            return
        _refuse_unsafe(store)
        if http_port:
            await _listen(running, endpoint_app(store), settings.listen, http_port)
        if page_port:
            page = _page_app(running, settings, store, state.vitals())
            await _listen(running, page, settings.listen, page_port)
        state.sink = new_sink(settings, store)
        await run_sink(state.sink, stop)


def _refuse_unsafe(store: Store) -> None:
    """Raises ValueError for tables that a repeated insert would harm."""
    problems = unsafe(store)
    if problems:
        raise ValueError("\n".join(map(str, problems)))


async def _migrated(settings: Settings, store: Store, stop: asyncio.Event) -> bool:
    """Bring the store up to date once it answers; False if asked to stop before. Raises ValueError for a person."""
    places, said = read_places(settings.places), False
    while not stop.is_set():
        try:
            await asyncio.to_thread(
                migrate,
                store,
                places,
                timezone=settings.timezone,
                currency=settings.currency,
                walking_speed=settings.walking_metres_per_second,
            )
        except StoreUnavailable as error:
            if not said:
                log.warning("the store does not answer; trying again until it does", reason=str(error))
            said = True
        except StoreError as error:
            raise ValueError(str(error)) from None
        else:
            return True
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stop.wait(), TRY_AGAIN_SECONDS)
    return False


async def _page(settings: Settings, port: int) -> None:
    store = await asyncio.to_thread(connect, settings.clickhouse)
    async with AsyncExitStack() as running:
        running.push_async_callback(asyncio.to_thread, store.close)
        stop = await running.enter_async_context(attended(settings, LoopBeat(), None))
        await _listen(running, _page_app(running, settings, store, None), settings.listen, port)
        await stop.wait()


def _page_app(running: AsyncExitStack, settings: Settings, store: Store, vitals: Vitals | None) -> web.Application:
    """Raises ValueError for a pseudonym key that cannot be."""
    key = pseudonymiser_if_any(settings)
    writing = _writing(running, settings) if settings.page_writes else None
    return page_app(store.query, vitals=vitals, pseudonymiser=key, currency=settings.currency, writing=writing)


def _writing(running: AsyncExitStack, settings: Settings) -> Writing:
    entries = Entries(lambda: producer_of(settings, delivery_seconds=ACCEPT_SECONDS))
    running.push_async_callback(asyncio.to_thread, entries.close)
    hosts = frozenset(name.strip() for name in settings.page_hosts.split(",") if name.strip())
    return Writing(entries, hosts, event_clock=settings.clock == "event")


async def _listen(running: AsyncExitStack, app: web.Application, host: str, port: int) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    running.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, host, port).start()
    log.info("listening", port=port)
