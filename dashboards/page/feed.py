"""One feed per board and selection: asks the store for everybody who watches, and tells them only what has changed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson

from dashboards.macros import expand
from dashboards.page.answers import Answer, payload
from dashboards.page.pace import Pace
from dashboards.page.selection import Selection
from dashboards.panels import Board, Panel, panel_sql

Ask = Callable[[str], Awaitable[Answer]]

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
LINGER_SECONDS = 30.0
"""How long a feed that nobody watches keeps its last picture, so that a reload is instant."""

PAUSE_OF_A_BAD_QUERY_SECONDS = 60.0

log = logging.getLogger(__name__)


class RefusedError(Exception):
    """The store is there and does not answer this one query; the message says why."""


class UnreachableError(Exception):
    """The store does not answer at all; the message says why."""


@dataclass(eq=False)
class Viewer:
    """One open page. What it has not been sent yet is kept by name, so a slow one gets the newest, never a backlog."""

    pending: dict[str, bytes] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def tell(self, name: str, event: bytes) -> None:
        self.pending.pop(name, None)
        self.pending[name] = event
        self.wake.set()

    def take(self) -> bytes:
        events = b"".join(self.pending.values())
        self.pending.clear()
        self.wake.clear()
        return events

    def close(self) -> None:
        self.closed = True
        self.wake.set()


class Feed:
    """Runs while somebody watches, and `LINGER_SECONDS` longer. Holds one answer per panel."""

    def __init__(
        self,
        board: Board,
        selection: Selection,
        ask: Ask,
        now_ms: Callable[[], int],
        poll_seconds: float,
        speed: float = 1.0,
    ) -> None:
        """`speed` divides every panel's own refresh; tests hurry with it."""
        self.board, self.selection = board, selection
        self.viewers: set[Viewer] = set()
        self.state = "starting"
        self.since_ms = now_ms()
        self._ask, self._now_ms = ask, now_ms
        self._poll_seconds, self._speed = poll_seconds, speed
        self._events: dict[str, bytes] = {}
        self._due: dict[str, float] = dict.fromkeys((panel.name for panel in board.panels), 0.0)
        self._pause = 0.0
        self._pace = Pace()

    def join(self, viewer: Viewer) -> None:
        """The viewer gets the last picture at once, then what changes."""
        self.viewers.add(viewer)
        for name, event in self._events.items():
            viewer.tell(name, event)

    async def run(self) -> None:
        """Ask until nobody has watched for a while. Ends by returning; never raises for what the store does."""
        loop = asyncio.get_running_loop()
        idle_since: float | None = None
        while self.viewers or idle_since is None or loop.time() - idle_since < LINGER_SECONDS:
            if self.viewers:
                idle_since = None
                await self._round(loop.time())
            elif idle_since is None:
                idle_since = loop.time()
            await asyncio.sleep(self._pause or self._poll_seconds)

    async def _round(self, now: float) -> None:
        """Everything that is due; ends at the first sign that the store is away."""
        asked_ms = self._now_ms()
        try:
            for panel in self.board.panels:
                if self._due[panel.name] <= now:
                    pause = await self._refresh(panel, asked_ms)
                    self._due[panel.name] = now + pause / self._speed - self._poll_seconds / 2
        except UnreachableError as error:
            self._pause = min(max(self._pause * 2, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
            self._due = dict.fromkeys(self._due, 0.0)
            self._turn("unreachable", str(error))
            return
        self._pause = 0.0
        self._turn("ok", "")
        window = self.selection.window(None, self._pace.clock(asked_ms))
        self._publish("tick", {"from": window.from_ms, "to": window.to_ms, "asked": asked_ms}, always=True)

    async def _refresh(self, panel: Panel, now_ms: int) -> float:
        """Seconds until it is due again. Raises UnreachableError if the store answers nothing else either."""
        about_time = panel.kind == "banner" or panel.unit == "time"  # these compare the data's time with the real one
        window = self.selection.window(panel, now_ms if about_time else self._pace.clock(now_ms))
        pause: float = panel.refresh_seconds
        try:
            found = await self._ask(expand(panel_sql(self.board, panel), window))
            answer = payload(found)
            if panel.kind == "banner" and self._pace.read(found):
                self._due = dict.fromkeys(self._due, 0.0)
        except RefusedError as error:
            answer = orjson.dumps({"error": str(error)})
        except UnreachableError as error:
            if not await self._alive():
                raise
            answer, pause = orjson.dumps({"error": str(error)}), PAUSE_OF_A_BAD_QUERY_SECONDS
        self._push(f"panel:{panel.name}", b'event: panel\ndata: {"panel":"%s","answer":' % panel.name.encode(), answer)
        return pause

    async def _alive(self) -> bool:
        """One query may be too much for a store that is well: too long, too large."""
        try:
            await self._ask("SELECT 1")
        except (RefusedError, UnreachableError) as error:
            return isinstance(error, RefusedError)
        return True

    def _turn(self, state: str, reason: str) -> None:
        if state != self.state:
            log.info("store %s board=%s reason=%s", state, self.board.uid, reason)
            self.state, self.since_ms = state, self._now_ms()
        self._publish("store", {"state": state, "since": self.since_ms, "reason": reason})

    def _publish(self, name: str, value: dict[str, object], *, always: bool = False) -> None:
        event = b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(value))
        self._tell(name, event, always=always)

    def _push(self, name: str, head: bytes, answer: bytes) -> None:
        self._tell(name, head + answer + b"}\n\n")

    def _tell(self, name: str, event: bytes, *, always: bool = False) -> None:
        """Only what differs from the last time goes out, unless `always`."""
        if self._events.get(name) == event and not always:
            return
        self._events[name] = event
        for viewer in self.viewers:
            viewer.tell(name, event)
