"""The page's addresses over HTTP: documents, feeds, CSV and SQL, files, health; safe whatever is asked."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from dashboards.boards import BOARDS
from dashboards.classic import classic_text
from dashboards.page.app import page_app
from streams.numbers import Sample
from streams.run.health.answers import Vitals
from streams.store.client import Result
from streams.store.errors import StoreRefused, StoreUnavailable

BOARD = "/boards/live-operations"
NOW_MS = 1_790_000_000_000


class Store:
    """Answers every query with one row."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.trouble: Exception | None = None

    def query(self, sql: str) -> Result:
        self.asked.append(sql)
        if self.trouble:
            raise self.trouble
        moment = datetime(2026, 1, 1, tzinfo=timezone.utc)
        return Result(["time", "name"], ["DateTime('UTC')", "String"], [(moment, "=1+1")])


Scenario = Callable[[Any, Store], Awaitable[None]]


def run(scenario: Scenario) -> None:
    async def whole() -> None:
        store = Store()
        app = page_app(store.query, now_ms=lambda: NOW_MS, poll_seconds=0.01, speed=100)
        async with TestClient(TestServer(app)) as client:
            await scenario(client, store)

    asyncio.run(whole())


def safe(response: ClientResponse) -> bool:
    policy = response.headers["Content-Security-Policy"]
    return (
        "default-src 'none'" in policy
        and "script-src 'self'" in policy
        and "unsafe" not in policy
        and response.headers["X-Content-Type-Options"] == "nosniff"
    )


@pytest.mark.parametrize("path", ["/", BOARD, "/healthz", f"{BOARD}/panels/flow.csv", "/nowhere", f"{BOARD}?minutes=x"])
def test_every_answer_carries_the_security_headers(path: str) -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.get(path) as response:
            assert safe(response)

    run(scenario)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        (BOARD, 200),
        ("/boards/none", 404),
        (f"{BOARD}/panels/none.csv", 404),
        (f"{BOARD}/panels/flow.xml", 404),
        (f"{BOARD}/panels/flow.csv?minutes=0", 400),
        (f"{BOARD}/events?to=never", 400),
        (f"{BOARD}/choices?place={'x' * 200}", 400),
        ("/static/0/none.js", 404),
        ("/static/0/..%2f..%2fapp.py", 404),
        ("/static/../app.py", 404),
    ],
)
def test_addresses_answer_as_they_should(path: str, status: int) -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.get(path) as response:
            assert response.status == status

    run(scenario)


def test_a_panels_csv_is_safe_to_open() -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.get(f"{BOARD}/panels/flow.csv") as response:
            assert response.content_type == "text/csv"
            assert await response.text() == "time,name\r\n2026-01-01T00:00:00.000Z,'=1+1\r\n"

    run(scenario)


def test_a_panels_sql_is_what_the_store_gets_and_asks_nothing() -> None:
    async def scenario(client: Any, store: Store) -> None:
        async with client.get(f"{BOARD}/panels/flow.sql?place=a&minutes=60") as response:
            text = await response.text()
        assert response.content_type == "text/plain"
        assert text.startswith("-- Joined, started, walked away: ")
        assert "place IN ('a')" in text
        assert "$" not in text
        assert store.asked == []

    run(scenario)


def test_grafana_gets_the_same_board_from_here() -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.get(f"{BOARD}/grafana.json") as response:
            assert await response.text() == classic_text(BOARDS[0])

    run(scenario)


def test_choices_are_value_and_label_of_each_variable() -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.get(f"{BOARD}/choices") as response:
            assert list(await response.json()) == ["site", "place"]

    run(scenario)


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(StoreUnavailable("away"), 503), (OSError("no route"), 503), (StoreRefused(62, "syntax"), 502)],
)
def test_trouble_with_the_store_is_a_status_of_its_own(trouble: Exception, status: int) -> None:
    async def scenario(client: Any, store: Store) -> None:
        store.trouble = trouble
        async with client.get(f"{BOARD}/panels/flow.csv") as response:
            assert response.status == status

    run(scenario)


def test_a_feed_says_hello_then_every_panel_then_how_the_store_is() -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.get(f"{BOARD}/events") as response:
            assert response.content_type == "text/event-stream"
            assert response.headers["Cache-Control"] == "no-cache"
            heard = await listen(response, until="tick")
        assert heard[0][0] == "hello"
        panels = [data["panel"] for event, data in heard if event == "panel"]
        assert panels[: len(BOARDS[0].panels)] == [panel.name for panel in BOARDS[0].panels]
        assert ("store", {"state": "ok", "since": NOW_MS, "reason": ""}) in heard

    run(scenario)


def test_a_viewer_who_leaves_is_forgotten() -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.get(f"{BOARD}/events") as response:
            await listen(response, until="tick")
            assert (await health(client))["viewers"] == 1
            response.close()

        async def gone() -> None:
            while (await health(client))["viewers"]:
                await asyncio.sleep(0.01)

        await asyncio.wait_for(gone(), 10)

    run(scenario)


def test_open_feeds_do_not_hold_up_the_end() -> None:
    async def scenario(client: Any, _: Store) -> None:
        response = await client.get(f"{BOARD}/events")
        await listen(response, until="tick")
        await asyncio.wait_for(client.server.close(), 10)
        response.close()

    run(scenario)


def test_files_may_be_kept_for_ever_at_their_address_only() -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.get(BOARD) as page:
            address = (await page.text()).split('src="', 1)[1].split("/board.js", 1)[0]
        async with client.get(f"{address}/board.js") as current, client.get("/static/old/board.js") as old:
            assert "immutable" in current.headers["Cache-Control"]
            assert old.headers["Cache-Control"] == "no-cache"
            assert await current.read() == await old.read()
        async with client.get(f"{address}/inter-latin.woff2") as font:
            assert font.content_type == "font/woff2"
        async with client.get("/favicon.ico") as icon:
            assert icon.content_type == "image/svg+xml"

    run(scenario)


def test_everything_the_page_loads_is_there_with_its_licence() -> None:
    async def scenario(client: Any, _: Store) -> None:
        for name in ("echarts.js", "echarts.LICENSE.txt", "echarts.NOTICE.txt", "inter.LICENSE.txt"):
            async with client.get(f"/static/x/{name}") as response:
                assert response.status == 200
                assert len(await response.read()) < 1_400_000

    run(scenario)


def test_it_is_ready_while_the_store_answers_and_tells_who_watches() -> None:
    async def scenario(client: Any, store: Store) -> None:
        async with client.get("/readyz") as response:
            assert response.status == 200
        store.trouble = StoreUnavailable("nobody there")
        async with client.get("/readyz") as response:
            assert response.status == 503
            assert "nobody there" in (await response.json())["reasons"][0]
        async with client.get("/metrics") as response:
            assert "touchline_page_viewers 0.0" in await response.text()
            assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")

    run(scenario)


def test_a_process_that_does_more_answers_for_all_of_it() -> None:
    async def whole() -> None:
        vitals = Vitals(lambda: ["the event loop stands still"], list, lambda: [Sample("touchline_store_up", (), 1)])
        async with TestClient(TestServer(page_app(Store().query, vitals=vitals))) as client:
            async with client.get("/healthz") as response:
                assert (response.status, (await response.json())["viewers"]) == (503, 0)
            async with client.get("/metrics") as response:
                assert "touchline_store_up 1.0" in await response.text()

    asyncio.run(whole())


async def health(client: Any) -> dict[str, Any]:
    async with client.get("/healthz") as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def listen(response: ClientResponse, until: str) -> list[tuple[str, Any]]:
    """Events up to and with the first of that kind."""
    heard: list[tuple[str, Any]] = []

    async def read() -> None:
        event = ""
        while not heard or heard[-1][0] != until:
            line = (await response.content.readline()).decode().rstrip("\n")
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                heard.append((event, json.loads(line.removeprefix("data: "))))

    await asyncio.wait_for(read(), 10)
    return heard


def test_a_page_that_may_not_write_says_which_setting_lets_it() -> None:
    async def scenario(client: Any, _: Store) -> None:
        async with client.post("/v1/entries", json={"type": "place.opened", "place": "gate", "by": "Ann"}) as response:
            assert response.status == 403
            assert "TOUCHLINE_PAGE_WRITES=true" in (await response.json())["error"]["message"]
            assert safe(response)
        async with client.get("/staff") as response:
            assert "TOUCHLINE_PAGE_WRITES=true" in await response.text()

    run(scenario)
