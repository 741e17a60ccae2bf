"""All feeds: viewers who have chosen the same share one; a feed that nobody watches ends."""

import asyncio
from collections.abc import Callable
from typing import Any

from dashboards.page.feed import Ask, Feed, Viewer
from dashboards.page.selection import Selection
from dashboards.panels import Board

MOST_FEEDS = 32
"""Different selections watched at once; each costs the store one round of queries."""


class TooManyViewsError(Exception):
    """Nothing more can be watched until somebody closes a page."""


class Hub:
    """At most `MOST_FEEDS` feeds; a viewer costs one answer per panel at most."""

    def __init__(self, ask: Ask, now_ms: Callable[[], int], poll_seconds: float, speed: float) -> None:
        self._ask, self._now_ms, self._poll_seconds, self._speed = ask, now_ms, poll_seconds, speed
        self._feeds: dict[tuple[str, Selection], Feed] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, board: Board, selection: Selection) -> Viewer:
        """Raises TooManyViewsError."""
        key = (board.uid, selection)
        feed = self._feeds.get(key) or self._begin(key, board, selection)
        viewer = Viewer()
        feed.join(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        for feed in self._feeds.values():
            feed.viewers.discard(viewer)

    def health(self) -> dict[str, Any]:
        """How many watch, and what the feeds know of the store: unreachable if one of them says so."""
        states = {feed.state for feed in self._feeds.values() if feed.viewers}
        store = "unreachable" if "unreachable" in states else "ok" if "ok" in states else "not asked"
        return {
            "viewers": sum(len(feed.viewers) for feed in self._feeds.values()),
            "feeds": len(self._feeds),
            "store": store,
        }

    def say_goodbye(self) -> None:
        for feed in self._feeds.values():
            for viewer in feed.viewers:
                viewer.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, key: tuple[str, Selection], board: Board, selection: Selection) -> Feed:
        if len(self._feeds) >= MOST_FEEDS and not self._make_room():
            raise TooManyViewsError(f"{MOST_FEEDS} different views are open; close one, or choose what others watch")
        feed = Feed(board, selection, self._ask, self._now_ms, self._poll_seconds, self._speed)
        self._feeds[key] = feed
        task = asyncio.create_task(self._run(key, feed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return feed

    def _make_room(self) -> bool:
        """A feed that only lingers gives way."""
        idle = next((key for key, feed in self._feeds.items() if not feed.viewers), None)
        return idle is not None and self._feeds.pop(idle) is not None

    async def _run(self, key: tuple[str, Selection], feed: Feed) -> None:
        try:
            await feed.run()
        finally:
            if self._feeds.get(key) is feed:
                del self._feeds[key]
