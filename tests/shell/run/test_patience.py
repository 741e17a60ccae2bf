"""An outage is waited out for a while; what is no outage is raised at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from streams.run import patience
from streams.run.patience import patiently
from streams.store.errors import StoreRefused, StoreUnavailable


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "TRY_AGAIN_SECONDS", 0.0)


def failing(times: int, error: Exception) -> Callable[[], Awaitable[int]]:
    """Answers with the number of askings, after so many failures."""
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        if asked <= times:
            raise error
        return asked

    return ask


@pytest.mark.parametrize("error", [StoreUnavailable("away"), ConnectionRefusedError(), asyncio.TimeoutError()])
def test_it_asks_until_there_is_an_answer(error: Exception):
    assert asyncio.run(patiently(failing(3, error))) == 4


def test_what_no_time_heals_is_raised_at_once():
    with pytest.raises(StoreRefused):
        asyncio.run(patiently(failing(1, StoreRefused(60, "no such table"))))


def test_patience_has_an_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", -1.0)
    with pytest.raises(StoreUnavailable):
        asyncio.run(patiently(failing(1, StoreUnavailable("away"))))
