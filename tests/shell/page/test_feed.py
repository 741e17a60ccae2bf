"""One feed for all who have chosen the same: what they are told, and what it costs the store."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple

import orjson
import pytest

from dashboards.boards import BOARDS
from dashboards.page import feed as feed_module
from dashboards.page import hub as hub_module
from dashboards.page.feed import RefusedError, UnreachableError, Viewer
from dashboards.page.hub import Hub, TooManyViewsError
from dashboards.page.pace import Pace
from dashboards.page.selection import Selection

BOARD = BOARDS[0]
HALF_HOUR = Selection(30)
NOW = 1_700_000_000_000


class Table(NamedTuple):
    names: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


class Store:
    """Answers every query with `value`, or as `trouble` says."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.value = 1
        self.trouble: Callable[[str], Exception | None] = lambda _: None
        self.reports: Iterator[Table] = iter(())

    async def ask(self, sql: str) -> Table:
        self.asked.append(sql)
        error = self.trouble(sql)
        if error:
            raise error
        if "held_back_by" in sql:
            return next(self.reports, Table(["value"], ["Int64"], [(self.value,)]))
        return Table(["value"], ["Int64"], [(self.value,)])


class Screen:
    """A viewer that reads: the last word on each panel and on the store, and how often each was said."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.panels: dict[str, Any] = {}
        self.store: dict[str, Any] = {}
        self.tick: dict[str, Any] = {}
        self.said: list[str] = []

    async def until(self, true: Callable[["Screen"], bool]) -> None:
        async def read() -> None:
            while not true(self):
                await self.viewer.wake.wait()
                for event in self.viewer.take().decode().strip().split("\n\n"):
                    self._hear(event)

        await asyncio.wait_for(read(), 10)

    def _hear(self, event: str) -> None:
        kind, data = (line.split(": ", 1)[1] for line in event.split("\n"))
        value = orjson.loads(data)
        if kind == "panel":
            self.panels[value["panel"]] = value["answer"]
        if kind == "store":
            self.store = value
        if kind == "tick":
            self.tick = value
        self.said.append(value["panel"] if kind == "panel" else kind)


def run(scenario: Callable[[Hub, Store], Awaitable[None]]) -> None:
    async def whole() -> None:
        store = Store()
        hub = Hub(store.ask, lambda: NOW, 0.005, 1_000)
        try:
            await scenario(hub, store)
        finally:
            await hub.close()

    asyncio.run(whole())


def complete(screen: Screen) -> bool:
    return len(screen.panels) == len(BOARD.panels) and screen.store.get("state") == "ok"


def test_a_viewer_gets_every_panel_and_hears_that_the_store_is_there() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        screen = Screen(hub.join(BOARD, HALF_HOUR))
        await screen.until(complete)
        assert all(answer == {"names": ["value"], "rows": [[1]]} for answer in screen.panels.values())
        assert hub.health() == {"viewers": 1, "feeds": 1, "store": "ok"}

    run(scenario)


def test_a_second_viewer_sees_the_picture_at_once_and_costs_no_query() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        await Screen(hub.join(BOARD, HALF_HOUR)).until(complete)
        asked = len(store.asked)
        second = Screen(hub.join(BOARD, Selection(30)))
        assert len(second.viewer.pending) >= len(BOARD.panels)
        await second.until(complete)
        assert len(store.asked) == asked
        assert hub.health()["feeds"] == 1

    run(scenario)


def test_only_what_has_changed_is_said_again() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        screen = Screen(hub.join(BOARD, HALF_HOUR))
        await screen.until(complete)
        asked = len(store.asked)
        await screen.until(lambda _: len(store.asked) > asked + 4 * len(BOARD.panels))
        assert screen.said.count("flow") == 1, "the same answer is not sent twice"
        store.value = 2
        await screen.until(lambda it: it.panels["flow"]["rows"] == [[2]])
        assert screen.said.count("flow") == 2

    run(scenario)


def test_a_viewer_who_does_not_read_keeps_the_newest_word_only() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        lazy, screen = hub.join(BOARD, HALF_HOUR), Screen(hub.join(BOARD, HALF_HOUR))
        for value in range(5):
            store.value = value
            await screen.until(lambda it, value=value: it.panels.get("rejected", {}).get("rows") == [[value]])
        assert len(lazy.pending) <= len(BOARD.panels) + 2
        assert b"[[4]]" in lazy.pending["panel:rejected"]

    run(scenario)


def test_a_store_that_is_away_is_said_once_with_since_when_and_asked_less_often() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        store.trouble = lambda _: UnreachableError("no answer")
        screen = Screen(hub.join(BOARD, HALF_HOUR))
        await screen.until(lambda it: it.store.get("state") == "unreachable")
        assert screen.store == {"state": "unreachable", "since": NOW, "reason": "no answer"}
        assert len(store.asked) == 2, "one panel and SELECT 1: after the first silence the others are not asked"
        assert hub.health()["store"] == "unreachable"

    run(scenario)


def test_when_the_store_is_back_everything_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "FIRST_PAUSE_SECONDS", 0.01)

    async def scenario(hub: Hub, store: Store) -> None:
        screen = Screen(hub.join(BOARD, HALF_HOUR))
        await screen.until(complete)
        store.trouble = lambda _: UnreachableError("away")
        await screen.until(lambda it: it.store["state"] == "unreachable")
        store.value, store.trouble = 7, lambda _: None
        await screen.until(lambda it: it.store["state"] == "ok")
        assert all(answer["rows"] == [[7]] for answer in screen.panels.values())

    run(scenario)


def test_a_query_that_is_refused_spoils_its_own_panel_only() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        store.trouble = lambda sql: RefusedError("no such column") if "FROM rejected" in sql else None
        screen = Screen(hub.join(BOARD, HALF_HOUR))
        await screen.until(complete)
        assert screen.panels["rejected"] == {"error": "no such column"}
        assert "rows" in screen.panels["flow"]

    run(scenario)


def test_a_query_that_is_too_much_for_a_living_store_spoils_its_own_panel_only() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        store.trouble = lambda sql: UnreachableError("took too long") if "FROM rejected" in sql else None
        screen = Screen(hub.join(BOARD, HALF_HOUR))
        await screen.until(complete)
        assert screen.panels["rejected"] == {"error": "took too long"}
        assert "SELECT 1" in store.asked

    run(scenario)


def banner(reported_ms: int, known_ms: int) -> Table:
    moments = [datetime.fromtimestamp(ms / 1_000, timezone.utc) for ms in (reported_ms, known_ms)]
    return Table(["reported_at", "as_of"], ["DateTime64(3)", "DateTime64(3)"], [tuple(moments)])


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("reports", "clock"),
    [
        ([(0, -10 * HOUR)], 1_000),
        ([(0, -10 * HOUR), (1_000, -9 * HOUR)], -9 * HOUR),
        ([(0, -10 * HOUR), (1_000, -10 * HOUR + 1_000)], 1_000),
        ([(0, -10 * HOUR), (1_000, -10 * HOUR)], 1_000),
        ([(0, -10 * HOUR), (1_000, -30_000)], 1_000),
        ([(0, -10 * HOUR), (1_000, -9 * HOUR), (1_000, -9 * HOUR)], -9 * HOUR),
        ([(0, -10 * HOUR), (1_000, -9 * HOUR), (2_000, -1_000)], 1_000),
    ],
    ids=["one report", "gaining", "as fast as the clock", "frozen", "nearly live", "the same again", "arrived"],
)
def test_the_clock_is_the_datas_own_while_it_catches_up(reports: list[tuple[int, int]], clock: int) -> None:
    pace = Pace()
    for reported, known in reports:
        pace.read(banner(NOW + reported, NOW + known))
    assert pace.clock(NOW + 1_000) == NOW + clock


def test_while_it_catches_up_the_panels_show_the_datas_own_now() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        store.reports = iter([banner(NOW, NOW - 10 * HOUR), banner(NOW + 1_000, NOW - 5 * HOUR)])
        screen = Screen(hub.join(BOARD, HALF_HOUR))
        await screen.until(lambda it: it.tick.get("to") == NOW - 5 * HOUR)
        asked_then = f"toDateTime({(NOW - 5 * HOUR) // 1_000})"
        assert any("FROM queue_load" in sql and asked_then in sql for sql in store.asked)
        about_time = [sql for sql in store.asked if "FROM pipeline" in sql and "FROM queue_load" not in sql]
        assert not any(asked_then in sql for sql in about_time), "how far behind it is, is measured by the real clock"

    run(scenario)


def test_each_selection_is_asked_for_what_it_chose() -> None:
    async def scenario(hub: Hub, store: Store) -> None:
        comet = Selection(30, None, (("place", ("comet",)),))
        await Screen(hub.join(BOARD, comet)).until(complete)
        assert any("place IN ('comet')" in sql for sql in store.asked)
        assert not any("singlequote" in sql or "$__" in sql for sql in store.asked)

    run(scenario)


def test_too_many_different_views_are_refused_and_a_lingering_one_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST_FEEDS", 2)

    async def scenario(hub: Hub, store: Store) -> None:
        first = hub.join(BOARD, Selection(1))
        hub.join(BOARD, Selection(2))
        with pytest.raises(TooManyViewsError, match="2 different views"):
            hub.join(BOARD, Selection(3))
        hub.leave(first)
        hub.join(BOARD, Selection(3))
        assert hub.health()["feeds"] == 2

    run(scenario)


def test_a_feed_ends_when_nobody_has_watched_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "LINGER_SECONDS", 0.02)

    async def scenario(hub: Hub, store: Store) -> None:
        screen = Screen(hub.join(BOARD, HALF_HOUR))
        await screen.until(complete)
        hub.leave(screen.viewer)

        async def gone() -> None:
            while hub.health()["feeds"]:
                await asyncio.sleep(0)

        await asyncio.wait_for(gone(), 10)

    run(scenario)
