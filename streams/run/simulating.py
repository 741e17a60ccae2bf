"""`touchline simulate`: the simulated resort into a file, or played into Kafka: the past at once, then live."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import orjson

from schemas.place import Places, read_places
from streams.clock import now_ms
from streams.kafka.arrival import once_it_answers
from streams.kafka.connection import Connection
from streams.run.app import connection_of
from streams.run.settings import Settings
from streams.sources.bulk import open_lane
from streams.sources.simulate import Emission, simulate
from streams.sources.simulate.live import HISTORY, history_start, play, truth_into, write_file
from streams.topology import PUBLIC

DIARY = "simulation.json"
"""Beside a store that is kept: when this world began, and until when it was told."""


@dataclass(frozen=True)
class World:
    """`truth`: a file that gets who was where when, one JSON object a line."""

    seed: int
    visitors_per_day: int
    truth: Path | None


def into_file(settings: Settings, world: World, hours: float, path: Path) -> int:
    """The last `hours` up to now, one touchpoint a line; returns their number."""
    end = now_ms()
    start = end - int(hours * 3_600_000)
    with ExitStack() as stack, path.open("wb") as out:
        return write_file(_emissions(settings, world, start, int(hours * 3_600_000), stack), out)


def live(settings: Settings, world: World, say: Callable[[str], None]) -> None:
    """Play until SIGTERM or SIGINT; a world that was begun beside this store goes on where it stopped."""
    with suppress(asyncio.CancelledError):
        asyncio.run(_live(settings, world, say))


async def _live(settings: Settings, world: World, say: Callable[[str], None]) -> None:
    task = asyncio.current_task()
    assert task is not None  # asyncio.run made it
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    connection = connection_of(settings)
    await once_it_answers(connection, lambda: _topic_is_there(connection), asyncio.Event())
    diary = settings.data_dir / DIARY
    start, told = _where_it_was(diary, now_ms(), settings.timezone)
    with ExitStack() as stack:
        emissions = _emissions(settings, world, start, None, stack)
        async with open_lane(connection, PUBLIC) as lane:

            async def send(waiting: list[Emission]) -> None:
                fresh = [emission for emission in waiting if emission.at > told]
                await lane.send([(emission.key, emission.value, []) for emission in fresh])
                diary.write_bytes(orjson.dumps({"start": start, "told": max(told, waiting[-1].at if waiting else 0)}))

            await play(emissions, send, now_ms, caught_up=lambda count: say(f"the past is told: {count} touchpoints"))


async def _topic_is_there(connection: Connection) -> None:
    """The worker makes the topics; until then this waits as for the broker itself."""
    async with open_lane(connection, PUBLIC):
        pass


def _where_it_was(diary: Path, now: int, timezone: str) -> tuple[int, int]:
    """When the world began, and until when it was told; a world older than two days is not told on."""
    if diary.exists():
        known = orjson.loads(diary.read_bytes())
        if known["told"] > now - HISTORY:
            return known["start"], known["told"]
    return history_start(now, timezone), 0


def _emissions(
    settings: Settings, world: World, start: int, duration: int | None, stack: ExitStack
) -> Iterator[Emission]:
    truth = None if world.truth is None else truth_into(stack.enter_context(world.truth.open("wb")))
    places = park(settings)
    return simulate(
        world.seed, start, duration, world.visitors_per_day, places, timezone=settings.timezone, truth=truth
    )


def park(settings: Settings) -> Places:
    """The places of the settings, else the sample resort."""
    if settings.places is not None:
        return read_places(settings.places)
    with as_file(files("schemas") / "places.sample.json") as sample:
        return read_places(sample)
