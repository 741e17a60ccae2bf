"""Work that goes on only while its guards do: a claim that beats, a child that lives."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def guarded(work: Coroutine[Any, Any, Answer], *guards: Coroutine[Any, Any, None]) -> Answer:
    """What `work` answers. Where a guard ends first, the work is cancelled and what the guard raised is raised."""
    main = asyncio.create_task(work)
    watching = [asyncio.create_task(guard) for guard in guards]
    try:
        await asyncio.wait([main, *watching], return_when=asyncio.FIRST_COMPLETED)
        for guard in watching:
            if guard.done() and not main.done():
                guard.result()
        return await main
    finally:
        for task in (main, *watching):
            task.cancel()
        await asyncio.gather(main, *watching, return_exceptions=True)
