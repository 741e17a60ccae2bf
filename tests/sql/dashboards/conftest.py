"""The boards' queries on the real engine, asked as a viewer would."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.engine import Engine

from dashboards.boards import BOARDS
from dashboards.macros import Window, expand
from dashboards.panels import panel_sql

BOARD = BOARDS[0]

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    opened = Engine(tmp_path_factory.mktemp("boards"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def now_ms() -> int:
    """Half a minute past half past the hour, near the present: reports of the pipeline do not keep for long."""
    return int(time.time()) // 3_600 * 3_600_000 + 1_830_000


@pytest.fixture(scope="module")
def ask(engine: Engine, now_ms: int) -> Ask:
    """The rows of a panel of *Live operations* for the last half hour, or what is chosen."""

    def rows(panel: str, *, minutes: int = 30, to_ms: int | None = None, **chosen: list[str]) -> list[dict[str, Any]]:
        end = to_ms if to_ms is not None else now_ms
        span = BOARD.panel(panel).span_hours
        start = end - (span * 60 if span else minutes) * 60_000
        return engine.records(expand(panel_sql(BOARD, BOARD.panel(panel)), Window(start, end, 15, chosen)))

    return rows
