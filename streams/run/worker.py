"""The real stages behind the worker's agents: what their states are made with, from the settings."""

import asyncio
import os
import sys
from typing import Any

from schemas.place import Places, read_places
from streams.kafka.lane import StageCode
from streams.load.state import LoadState
from streams.load.step import fire as fire_load
from streams.load.step import step as step_load
from streams.refusals import RefusalWindow
from streams.run.settings import Settings
from streams.stitch.identity.say import flush as flush_stitch
from streams.stitch.state import StitchState
from streams.stitch.step import fire as fire_stitch
from streams.stitch.step import step as step_stitch
from streams.topology import SAID_BEFORE, refill_group
from streams.validate.pseudonym import Pseudonymiser
from streams.validate.state import ValidateState
from streams.validate.step import step as step_validate


def pseudonymiser_of(settings: Settings) -> Pseudonymiser:
    """Raises ValueError where there is no key: without one, e-mail addresses and phone numbers could not be stored."""
    if settings.pseudonym_key is None:
        raise ValueError(
            "TOUCHLINE_PSEUDONYM_KEY is not set; give a secret of 16 bytes or more, one for all workers and for ever"
        )
    key = settings.pseudonym_key.get_secret_value().encode()
    return Pseudonymiser(key, settings.pseudonym_key_id, country=settings.country)


def stage_codes(
    settings: Settings, places: Places, pseudonymiser: Pseudonymiser, epoch: int = 1, *, fed: bool = False
) -> dict[str, StageCode]:
    """One entry per stage of the topology. `fed`: stitch hears one sender, who feeds it what is stored."""
    lateness_ms = settings.allowed_lateness_seconds * 1_000
    keyed: dict[str, Any] = {"epoch": epoch, "places": places, "lateness_ms": lateness_ms}

    def validate(number: int) -> ValidateState:
        return ValidateState(
            number,
            pseudonymiser=pseudonymiser,
            clock=settings.clock,
            currency=settings.currency,
            epoch=epoch,
        )

    def stitch(number: int) -> StitchState:
        window_ms = settings.deduplication_window_seconds * 1_000
        senders = 1 if fed else settings.partitions
        of_content = {"currency": settings.currency, "timezone": settings.timezone}
        return StitchState(number, **keyed | of_content, senders=senders, window_ms=window_ms)

    def load(number: int) -> LoadState:
        return LoadState(number, **keyed, senders=settings.partitions)

    def window() -> RefusalWindow:
        return RefusalWindow(settings.reject_limit, settings.reject_least)

    return {
        "validate": StageCode(step_validate, None, validate, lasting=settings.clock == "event", window=window),
        "stitch": StageCode(step_stitch, fire_stitch, stitch, flush=flush_stitch),
        "load": StageCode(step_load, fire_load, load),
    }


def run_worker(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the answer is the exit status. Raises ValueError for settings that cannot be.

    Where another epoch is to be served, the process becomes a new one: same number, same supervisor, fresh state.
    """
    from streams.kafka.topics import RefusedError
    from streams.run.app import serve_stages

    pseudonymiser, places = pseudonymiser_of(settings), read_places(settings.places)

    def codes(epoch: int) -> dict[str, StageCode]:
        return stage_codes(settings, places, pseudonymiser, epoch)

    try:
        another = asyncio.run(serve_stages(settings, codes, pseudonymiser.fingerprint))
    except RefusedError as error:
        raise ValueError(str(error)) from None
    if another:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    return 0


def run_refill_worker(settings: Settings, epoch: int) -> None:
    """Stitch and load of an epoch that is being rebuilt, until SIGTERM; nobody else writes its state meanwhile."""
    from streams.run.app import Work, serve_work

    codes = stage_codes(settings, read_places(settings.places), pseudonymiser_of(settings), epoch, fed=True)
    del codes["validate"]
    asyncio.run(serve_work(settings, Work(epoch, codes, refill_group(epoch), SAID_BEFORE)))
