"""The HTML documents: the start page, and a board with one empty frame per panel that the browser fills."""

from typing import Any

import orjson

from dashboards.page.markup import Markup, data_block, tag
from dashboards.page.selection import RANGES_MINUTES
from dashboards.panels import LEVEL_CODES, LEVEL_COLOURS, LEVEL_SIGNS, Board, Panel, flow

SHORTCUTS = (
    ("?", "this help"),
    ("j  k", "next and previous panel"),
    ("i", "what the panel in focus counts, its SQL and CSV"),
    ("t", "the panel in focus as a table of numbers"),
    ("f", "the panel in focus alone on the screen"),
    ("1 … 6", "time range, from 15 minutes to 24 hours"),
    ("s  p", "choose a site, a place"),
    ("x", "clear the filters"),
    ("w", "wall view"),
    ("Esc", "close, go back"),
)


def start_page(boards: tuple[Board, ...], static: str) -> str:
    cards = [
        tag(
            "a",
            tag("h2", board.title),
            tag("p", board.question, class_="question"),
            tag("p", board.description),
            href=f"/boards/{board.uid}",
            class_="card",
        )
        for board in boards
    ]
    body = tag(
        "main",
        tag("h1", "Who waits where, and what it does to their journey"),
        tag("div", *cards, class_="cards"),
        class_="start",
    )
    return document("Touchline", static, tag("body", bar(boards, None), body))


def board_page(board: Board, boards: tuple[Board, ...], static: str) -> str:
    frames = [_frame(board, panel) for panel in board.panels if panel.kind != "banner"]
    body = tag(
        "body",
        tag("a", "Skip to the numbers", href="#panels", class_="skip"),
        bar(boards, board),
        tag("div", id="banner", role="status", aria_live="polite", hidden=True),
        tag("main", *frames, id="panels", class_="panels"),
        tag("noscript", "This page draws live numbers with JavaScript, which is switched off here."),
        tag("p", board.description, " Colours always come with a sign and a word.", class_="foot"),
        _help(),
        data_block("board", orjson.dumps(_spec(board)).decode()),
        data_board=board.uid,
    )
    script = tag("script", src=f"{static}/board.js", type="module")
    return document(f"{board.title} · Touchline", static, body, script)


def document(title: str, static: str, body: Markup, *more: Markup) -> str:
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="icon", href=f"{static}/mark.svg", type="image/svg+xml"),
        *(tag("link", rel="stylesheet", href=f"{static}/{name}.css") for name in ("base", "panels", "layouts")),
        *more,
    )
    return "<!doctype html>\n" + tag("html", head, body, lang="en")


def bar(boards: tuple[Board, ...], current: Board | None, *, people: bool = False, staff: bool = False) -> Markup:
    """The head of every document; `people`: this one is about one customer; `staff`: about staff and hours."""
    links = [
        tag("a", board.title, href=f"/boards/{board.uid}", aria_current="page" if board is current else None)
        for board in boards
    ]
    links.append(tag("a", "One customer", href="/people", aria_current="page" if people else None))
    links.append(tag("a", "Staff and hours", href="/staff", aria_current="page" if staff else None))
    return tag(
        "header",
        tag("a", tag("span", class_="mark", aria_hidden="true"), "Touchline", href="/", class_="brand"),
        tag("nav", *links, aria_label="Boards"),
        *((_filters(current), _state()) if current else ()),
        class_="bar",
    )


def _filters(board: Board) -> Markup:
    ranges = [
        tag("option", _range_name(minutes), value=str(minutes), selected=minutes == board.range_minutes)
        for minutes in RANGES_MINUTES
    ]
    choices = [
        tag(
            "label",
            tag("span", variable.title),
            tag("select", tag("option", "All", value=""), name=variable.name, disabled=True),
        )
        for variable in board.variables
    ]
    ranges.append(tag("option", "Back in time …", value="until"))
    until = tag("label", tag("span", "Until"), tag("input", type="datetime-local", name="until", step="1"), hidden=True)
    return tag(
        "form",
        *choices,
        tag("label", tag("span", "Range"), tag("select", *ranges, name="minutes")),
        until,
        tag("button", "Clear", type="button", id="clear", hidden=True),
        id="filters",
        aria_label="Filters",
    )


def _range_name(minutes: int) -> str:
    return f"Last {minutes} min" if minutes < 60 else f"Last {minutes // 60} h"


def _state() -> Markup:
    return tag(
        "div",
        tag("span", "Connecting …", id="freshness", class_="freshness", data_level="unknown"),
        tag("button", "Wall", type="button", id="wall", title="Wall view (w)"),
        tag("button", "?", type="button", id="help-open", title="Keyboard help (?)", aria_label="Keyboard help"),
        class_="state",
    )


def _frame(board: Board, panel: Panel) -> Markup:
    identity = f"panel-{panel.name}"
    base = f"/boards/{board.uid}/panels/{panel.name}"
    links = [
        tag("a", "SQL", href=f"{base}.sql", data_link=True),
        tag("a", "CSV", href=f"{base}.csv", data_link=True, download=f"{panel.name}.csv"),
        tag("button", "As a table", type="button", class_="as-table", aria_pressed="false"),
    ]
    about = tag(
        "div", tag("p", panel.description), tag("p", *links), class_="about", id=f"{identity}-about", hidden=True
    )
    title = tag("h2", panel.title, id=f"{identity}-title")
    more = tag(
        "button",
        "i",
        type="button",
        class_="more",
        aria_expanded="false",
        aria_controls=f"{identity}-about",
        aria_label=f"What {panel.title} counts",
    )
    return tag(
        "section",
        tag("div", title, more, class_="head"),
        about,
        tag("div", tag("p", "…", class_="empty"), class_="body"),
        id=identity,
        class_=f"panel {panel.kind}",
        data_panel=panel.name,
        data_width=str(panel.width),
        data_height=str(panel.height),
        data_wall="yes" if panel.wall else "no",
        aria_labelledby=f"{identity}-title",
        tabindex="0",
    )


def _help() -> Markup:
    rows = [tag("div", tag("dt", keys), tag("dd", text)) for keys, text in SHORTCUTS]
    return tag(
        "dialog",
        tag("h2", "Keyboard"),
        tag("dl", *rows),
        tag("form", tag("button", "Close"), method="dialog"),
        id="help",
        aria_label="Keyboard help",
    )


def _spec(board: Board) -> dict[str, Any]:
    """What the browser knows of the board: the same values that Grafana's JSON is made of."""
    return {
        "uid": board.uid,
        "title": board.title,
        "minutes": board.range_minutes,
        "variables": [variable.name for variable in board.variables],
        "levels": {
            str(code): {"level": level, "word": word, "sign": LEVEL_SIGNS[level], "colour": LEVEL_COLOURS[level]}
            for code, (level, word) in LEVEL_CODES.items()
        },
        "panels": [_panel_spec(panel, position.width, position.height) for panel, position in flow(board.panels)],
    }


def _panel_spec(panel: Panel, width: int, height: int) -> dict[str, Any]:
    return {
        "name": panel.name,
        "title": panel.title,
        "kind": panel.kind,
        "unit": panel.unit,
        "empty": panel.empty,
        "width": width,
        "height": height,
        "span": panel.span_hours,
        "fields": [
            {
                "name": field.name,
                "title": field.title,
                "unit": field.unit,
                "show": field.show,
                "decimals": field.decimals,
                "phone": field.phone,
                "wall": field.wall,
                "thresholds": [{"at": one.at, "level": one.level} for one in field.thresholds],
            }
            for field in panel.fields
        ],
    }
