"""*One customer* over HTTP: find somebody by what a person types, then show what is known of them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar
from urllib.parse import quote

from aiohttp import web

from dashboards.page.person_page import Known, find_page, person_page
from dashboards.panels import Board
from streams.run.identity.links import Ask
from streams.run.identity.look import look_up
from streams.run.identity.party import party_of
from streams.run.identity.person import (
    FROM_THE_NEWEST,
    LATEST_MS,
    Cursor,
    carried_by,
    known_among,
    names_of,
    touchpoints_of,
    visits_of,
)
from streams.run.identity.typed import UnclearError, read_identifier
from streams.store.errors import StoreRefused
from streams.validate.pseudonym import Pseudonymiser

Answer = TypeVar("Answer")

VISITS, TOUCHPOINTS, CARRIED = 10, 50, 500
LOOK_SECONDS = 30.0
LONGEST_TYPED = 512


class People:
    """The handlers. What is typed travels in a form and never in an address, which others may keep."""

    def __init__(
        self,
        ask: Ask,
        threads: Executor,
        boards: tuple[Board, ...],
        static: str,
        now_ms: Callable[[], int],
        pseudonymiser: Pseudonymiser | None,
        currency: str,
    ) -> None:
        """`pseudonymiser` None: e-mail addresses and phone numbers cannot be looked up by what people type."""
        self._ask, self._threads, self._now_ms = ask, threads, now_ms
        self._boards, self._static = boards, static
        self._pseudonymiser, self._currency = pseudonymiser, currency

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/people", self.start),
            web.post("/people", self.find),
            web.get("/people/{identifier:.+}", self.show),
        ]

    async def start(self, _: web.Request) -> web.Response:
        return self._find_page("")

    async def find(self, request: web.Request) -> web.Response:
        """On to the person; where it is unclear who is meant, a question."""
        form = await request.post()
        typed = str(form.get("who", ""))[:LONGEST_TYPED]
        try:
            identifier = read_identifier(typed, self._pseudonymiser)
        except UnclearError as error:
            candidates = error.candidates
            known = await self._in_thread(lambda: known_among(self._ask, candidates)) if candidates else []
            return self._find_page(str(error) if not known else "Which of these is meant?", known)
        raise web.HTTPSeeOther(_address(identifier))

    async def show(self, request: web.Request) -> web.Response:
        """Everything about the person to whom the identifier belongs now."""
        asked = request.match_info["identifier"]
        try:
            identifier = read_identifier(asked, self._pseudonymiser)
        except UnclearError as error:
            return self._find_page(str(error), status=404)
        if identifier != asked:
            raise web.HTTPSeeOther(_address(identifier))
        before, visits_before = _cursor(request), _number(request.query.get("visits_before"), LATEST_MS)
        known = await self._in_thread(lambda: self._look(identifier, before, visits_before))
        if known is None:
            return self._find_page(f"No touchpoint has named {identifier}.", status=404)
        return _html(person_page(known, self._boards, self._static))

    def _look(self, identifier: str, before: Cursor, visits_before: int) -> Known | None:
        found = look_up(self._ask, identifier)
        if found is None:
            return None
        visits = visits_of(self._ask, found.person, VISITS + 1, found.as_of_ms, visits_before)
        touchpoints = touchpoints_of(self._ask, found.holdings, TOUCHPOINTS + 1, before)
        holders = {link.holder for link in found.line}
        carried = carried_by(self._ask, identifier, holders, CARRIED) if len(found.line) > 1 else []
        places = {stay.place for visit in visits for stay in visit.stays}
        places |= {place for visit in visits for place in visit.places}
        places |= {one.place for one in (*touchpoints, *carried) if one.place}
        return Known(
            found,
            visits[:VISITS],
            touchpoints[:TOUCHPOINTS],
            carried,
            party_of(self._ask, found.person),
            names_of(self._ask, places),
            self._currency,
            self._now_ms(),
            older_visits=len(visits) > VISITS,
            older_touchpoints=len(touchpoints) > TOUCHPOINTS,
            paged=before != FROM_THE_NEWEST or visits_before != LATEST_MS,
        )

    async def _in_thread(self, work: Callable[[], Answer]) -> Answer:
        """For one viewer who waits: what goes wrong becomes a status."""
        try:
            running = asyncio.get_running_loop().run_in_executor(self._threads, work)
            return await asyncio.wait_for(running, LOOK_SECONDS)
        except StoreRefused as error:
            raise web.HTTPBadGateway(text=str(error)) from error
        except asyncio.TimeoutError as error:
            raise web.HTTPServiceUnavailable(text=f"no answer within {LOOK_SECONDS:.0f} s") from error
        except Exception as error:  # whatever a client raises for a store that is away
            raise web.HTTPServiceUnavailable(text=f"{type(error).__name__}: {error}"[:300]) from error

    def _find_page(self, said: str, known: list[str] | None = None, status: int = 200) -> web.Response:
        hashes = self._pseudonymiser is not None
        return _html(find_page(self._boards, self._static, said, known or [], hashes=hashes), status)


def _address(identifier: str) -> str:
    return f"/people/{quote(identifier, safe=':')}"


def _cursor(request: web.Request) -> Cursor:
    """Where the timeline goes on: `before=<ms>&source=…&event_id=…`."""
    at_ms = _number(request.query.get("before"), LATEST_MS)
    if at_ms == LATEST_MS:
        return FROM_THE_NEWEST
    return at_ms, request.query.get("source", ""), request.query.get("event_id", "")


def _number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not text.lstrip("-").isdigit() or abs(int(text)) > LATEST_MS:
        raise web.HTTPBadRequest(text="a time is a whole number of milliseconds since 1970")
    return int(text)


def _html(text: str, status: int = 200) -> web.Response:
    # What is shown is about one person: nobody in between may keep it.
    return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})
