"""What stands beside a serving process: the end that was asked for, the watch over its event loop, its health."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from streams.kafka.topics import RefusedError
from streams.run.health.answers import Health, HealthServer
from streams.run.health.loop import LoopBeat, LoopWatch
from streams.run.ports import holder
from streams.run.settings import Settings
from streams.run.stopping import Stopping


@asynccontextmanager
async def attended(settings: Settings, beat: LoopBeat, health: Health | None) -> AsyncIterator[asyncio.Event]:
    """Yields the event that SIGTERM and SIGINT set; from then on the body has `stop_seconds` to end.

    `health` is served on TOUCHLINE_METRICS_PORT, if there is one. Raises RefusedError where that is taken.
    """
    stopping = Stopping(settings.stop_seconds)
    server = None if health is None else serve_health(settings, health)
    watch = LoopWatch(beat, settings.watchdog_seconds / 3)
    beating = asyncio.create_task(beat.run())
    watch.start()
    try:
        yield stopping.asked
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        watch.stop()
        if server is not None:
            server.stop()
        stopping.done()


def serve_health(settings: Settings, health: Health) -> HealthServer | None:
    """A server that has started; None where the settings want none. Raises RefusedError for a port that is taken."""
    if not settings.metrics_port:
        return None
    try:
        server = HealthServer(health, settings.listen, settings.metrics_port)
    except OSError as error:
        port = settings.metrics_port
        message = f"port {port} for metrics cannot be used: it is held by {holder(port)} ({error.strerror}); "
        raise RefusedError([message + "give another with TOUCHLINE_METRICS_PORT"]) from error
    server.start()
    return server
