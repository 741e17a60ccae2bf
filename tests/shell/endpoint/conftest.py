"""The endpoint on a free port of this machine, over an embedded store with a few rows."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import orjson
import pytest
from aiohttp import web

from schemas.place import Place, Places
from streams.store.embedded import EmbeddedStore
from streams.store.endpoint import endpoint_app
from streams.store.migrate import migrate
from streams.store.reader import Caps

Serve = Callable[..., int]
CAPS = Caps(seconds=4, memory_bytes=256 << 20, result_rows=100_000)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path_factory.mktemp("store"), CAPS)
    migrate(opened, Places((Place(id="ride", name="The ride", capacity=40),)))
    rows = [{"epoch": 1, "place": "ride", "at": 1_780_000_000 + 5 * n, "waiting": n, "version": n} for n in range(100)]
    opened.insert_rows("queue_load_all", b"\n".join(map(orjson.dumps, rows)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def serve(store: EmbeddedStore) -> Iterator[Serve]:
    """Serve an endpoint in a thread and return its port; all of them end with the module."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runners: list[web.AppRunner] = []

    async def start(options: dict[str, Any]) -> int:
        runner = web.AppRunner(endpoint_app(store, **options))
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return int(runner.addresses[0][1])

    yield lambda **options: asyncio.run_coroutine_threadsafe(start(options), loop).result(20)
    for runner in runners:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def port(serve: Serve) -> int:
    return serve()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    def wait(true: Callable[[], bool], patience_seconds: float = 10.0) -> None:
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            with suppress(ConnectionError):
                if true():
                    return
            time.sleep(0.02)
        pytest.fail("not within the time")

    return wait
