"""Work goes on only while its guards do."""

import asyncio

import pytest

from streams.run.rebuild.guarded import guarded


async def forever() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise OSError("the guard fell")


def test_the_answer_of_the_work_is_the_answer_and_guards_are_sent_home():
    ended = []

    async def guard() -> None:
        try:
            await forever()
        finally:
            ended.append("guard")

    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert asyncio.run(guarded(work(), guard())) == 7
    assert ended == ["guard"]


def test_a_guard_that_falls_ends_the_work():
    ended = []

    async def work() -> None:
        try:
            await forever()
        finally:
            ended.append("work")

    with pytest.raises(OSError, match="the guard fell"):
        asyncio.run(guarded(work(), fail()))
    assert ended == ["work"]


def test_what_the_work_runs_into_is_raised():
    with pytest.raises(OSError, match="fell"):
        asyncio.run(guarded(fail(), forever()))
