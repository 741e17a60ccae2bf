"""*Staff and hours*: every place with its state and its people at work, to be entered by hand."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from aiohttp import web

from dashboards.page.answers import Answer, payload
from dashboards.page.documents import bar, document
from dashboards.page.markup import Markup, tag
from dashboards.panels import Board
from streams.store.errors import StoreRefused

LOOK_SECONDS = 20.0

PLACES = """WITH
    last AS
    (
        SELECT place, at, state, servers FROM queue_load
        WHERE at > (SELECT max(at) FROM queue_load) - INTERVAL 1 DAY
        ORDER BY at DESC LIMIT 1 BY place
    ),
    need AS
    (
        SELECT place, servers_required, reason FROM staffing
        WHERE at > (SELECT max(at) FROM queue_load) - INTERVAL 15 MINUTE
        ORDER BY at DESC LIMIT 1 BY place
    )
SELECT
    known.place AS place,
    if(declared.name = '', known.place, declared.name) AS name,
    declared.site AS site,
    declared.kind IN ('area', 'parking') AS holds_presence,
    if(last.state = '', 'open', toString(last.state)) AS state,
    if(last.place = '', declared.servers, last.servers) AS servers,
    need.servers_required AS needed,
    replaceAll(toString(need.reason), '_', ' ') AS needed_reason,
    if(last.place = '', NULL, toNullable(last.at)) AS looked_at
FROM (SELECT id AS place FROM places FINAL UNION DISTINCT SELECT toString(place) FROM last) AS known
LEFT JOIN places AS declared FINAL ON declared.id = known.place
LEFT JOIN last ON last.place = known.place
LEFT JOIN need ON need.place = known.place
ORDER BY site, name
LIMIT 2000"""
"""State and people at work as at the last snapshot, `looked_at`; before any, as declared."""

SHORTCUTS = (("/", "find a place"), ("j  k", "next and previous place"), ("?", "this help"), ("Esc", "close, go back"))


def routes(
    ask: Callable[..., Answer], threads: Executor, boards: tuple[Board, ...], static: str, *, writes: bool
) -> list[web.RouteDef]:
    """`writes` False: the page shows, and says why nothing can be entered. `ask` may block; `threads` call it."""

    async def show(_: web.Request) -> web.Response:
        return web.Response(text=staff_page(boards, static, writes=writes), content_type="text/html")

    async def places(_: web.Request) -> web.Response:
        try:
            running = asyncio.get_running_loop().run_in_executor(threads, ask, PLACES)
            found = await asyncio.wait_for(running, LOOK_SECONDS)
        except StoreRefused as error:
            raise web.HTTPBadGateway(text=str(error)) from error
        except Exception as error:  # whatever a client raises for a store that is away, or no answer in time
            raise web.HTTPServiceUnavailable(text=f"{type(error).__name__}: {error}"[:300]) from error
        return web.Response(body=payload(found), content_type="application/json", headers={"Cache-Control": "no-store"})

    return [web.get("/staff", show), web.get("/staff/places", places)]


def staff_page(boards: tuple[Board, ...], static: str, *, writes: bool) -> str:
    whole = tag(
        "body",
        bar(boards, None, staff=True),
        tag(
            "main",
            tag("h1", "Staff and hours"),
            tag("p", "Who is at work where, and which places are open? What is entered here counts from now on.",
                class_="question"),
            _who() if writes else tag("p", "This page only shows: TOUCHLINE_PAGE_WRITES=true lets people enter staff "
                                      "and hours here.", class_="said"),
            tag("p", id="said", class_="said", role="status", aria_live="polite"),
            tag("div", tag("p", "…", class_="empty"), id="places"),
            tag("p", "At work: as last said, else by plan. Needed: see Staff on Live operations. As of: the last look "
                "at the place; nothing has changed since.", class_="note"),
            tag("noscript", "This page draws live numbers with JavaScript, which is switched off here."),
            class_="people staff",
        ),
        _closing(),
        _help(),
        data_writes="yes" if writes else "no",
    )  # fmt: skip
    styles = [tag("link", rel="stylesheet", href=f"{static}/{name}.css") for name in ("people", "staff")]
    script = tag("script", src=f"{static}/staff.js", type="module")
    return document("Staff and hours · Touchline", static, whole, *styles, script)


def _who() -> Markup:
    return tag(
        "div",
        tag("label", tag("span", "Your name"), tag("input", name="by", maxlength="128", autocomplete="name")),
        tag("label", tag("span", "Find a place"), tag("input", name="find", type="search", autocomplete="off")),
        class_="entering",
    )


def _closing() -> Markup:
    """Closing ends everybody's stay, which cannot be taken back; so it is asked for once more."""
    return tag(
        "dialog",
        tag("h2", "Close?", id="closing-title"),
        tag("p", "Everybody's wait there ends now."),
        tag(
            "form",
            tag("button", "Close it now", value="close", class_="close"),
            tag("button", "Leave it open", value="", autofocus=True),
            method="dialog",
        ),
        id="closing",
        aria_labelledby="closing-title",
    )


def _help() -> Markup:
    rows = [tag("div", tag("dt", keys), tag("dd", text)) for keys, text in SHORTCUTS]
    closing = tag("form", tag("button", "Close"), method="dialog")
    return tag("dialog", tag("h2", "Keyboard"), tag("dl", *rows), closing, id="help", aria_label="Keyboard help")
