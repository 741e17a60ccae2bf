"""Reading the page as a person does: panels by name, texts without the spaces of markup."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect
from support.engine import Engine

from dashboards.boards import BOARDS
from dashboards.macros import Window, expand
from dashboards.panels import panel_sql

BOARD = BOARDS[0]
DRAWN = [panel for panel in BOARD.panels if panel.kind != "banner"]


def answer(engine: Engine, now_ms: int, name: str) -> list[dict[str, Any]]:
    """What the store says to the panel's query: what the page must show."""
    panel = BOARD.panel(name)
    minutes = panel.span_hours * 60 if panel.span_hours else 30
    return engine.records(expand(panel_sql(BOARD, panel), Window(now_ms - minutes * 60_000, now_ms, 15)))


def panel(page: Page, name: str) -> Locator:
    return page.locator(f"#panel-{name}")


def filled(page: Page) -> Page:
    """The page once every visible panel shows numbers."""
    expect(page.locator(".panel:visible .body > .empty")).to_have_count(0)
    return page


def number(page: Page, name: str, text: str) -> Page:
    """The page once the number of a panel reads so."""
    expect(panel(page, name).locator(".number")).to_have_text(text)
    return page


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def wait_text(seconds: float) -> str:
    """A wait in the page's words: 45 s, 4:05 min, 41 min, 1:13 h."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 600:
        return f"{round(seconds) // 60}:{round(seconds) % 60:02} min"
    whole = round(seconds / 60)
    return f"{whole} min" if whole < 60 else f"{whole // 60}:{whole % 60:02} h"


def font_size(page: Page, selector: str) -> float:
    """Pixels of the letters of the first element that fits."""
    size: str = page.locator(selector).first.evaluate("node => getComputedStyle(node).fontSize")
    return float(size.removesuffix("px"))
