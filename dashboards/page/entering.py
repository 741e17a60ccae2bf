"""`POST /v1/entries`: what people enter by hand, as touchpoints; and who may.

The shape, for every form of the page:

    POST /v1/entries    Content-Type: application/json
    {"type": "staff.assigned", "place": "comet", "data": {"count": 3}, "by": "Ann"}
    {"type": "place.closed", "place": "comet", "by": "Ann"}
    {"type": "advice.answered", "data": {"advice": "a-17", "answer": "accepted"}, "by": "Ann"}

201 {"source", "event_id", "type", "place", "occurred_at"} once the broker has it. 400 with {"error": {"field",
"message"}} for what breaks the contract, 403 where this page may not write or another site asks, 415 for any other
content type, 503 where broker or store are away. From a script of the page: `enter` in `static/entering.js`.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from schemas.touchpoint import ContractError
from streams.run.entering import TYPES, Entered, Entries, NotSentError
from streams.run.identity.links import Ask

ANSWER_SECONDS = 20.0
LARGEST_BYTES = 16 << 10
FIELDS = ("type", "by", "place", "data")

_KNOWN = """SELECT (SELECT count() FROM places FINAL WHERE id = {place:String})
    + (SELECT count() FROM queue_load WHERE at > (SELECT max(at) FROM queue_load) - INTERVAL 1 DAY
        AND place = {place:String})"""

_CATCHING_UP = """SELECT dateDiff('second', max(watermark), now64(3)) AS behind, uniqExact(watermark) > 1 AS moves
FROM pipeline WHERE stage = 'validate' AND at > now64(3) - INTERVAL 1 MINUTE"""
NEAR_SECONDS = 600
"""An event clock nearer to the present than this goes on by itself."""


class Writing(NamedTuple):
    """`hosts`: names under which the page may be asked to write, besides localhost and plain addresses.

    `event_clock`: time is that of the touchpoints, so an entry moves it to the present.
    """

    entries: Entries
    hosts: frozenset[str] = frozenset()
    event_clock: bool = False


class _RefusedError(Exception):
    def __init__(self, status: int, field: str, text: str) -> None:
        super().__init__(text)
        self.status, self.field = status, field


def routes(ask: Ask, threads: Executor, writing: Writing | None) -> list[web.RouteDef]:
    """`writing` None: this page only shows. `ask` may block and is called from `threads`."""

    async def enter(request: web.Request) -> web.Response:
        try:
            if writing is None:
                raise _RefusedError(403, "", "this page only shows; TOUCHLINE_PAGE_WRITES=true lets it write")
            refuse_strangers(request, writing.hosts)
            kind, by, place, data = _read(await request.read())
            if place is not None:
                await _in_thread(threads, _refuse_unknown, ask, place)
            if writing.event_clock:
                await _in_thread(threads, _refuse_while_catching_up, ask)
            entered: Entered = await _in_thread(None, writing.entries.send, kind, by, place, data)
        except _RefusedError as error:
            return _error(error.status, error.field, str(error))
        except ContractError as error:
            return _error(400, error.field, error.detail)
        except NotSentError as error:
            return _error(503, "", f"not sent: {error}; nothing has changed as far as is known, enter it again")
        return _json(201, entered._asdict())

    return [web.post("/v1/entries", enter)]


def refuse_strangers(request: web.Request, hosts: frozenset[str]) -> None:
    """Another site's script may make a browser ask; it cannot send JSON without being asked for its origin.

    Three fences: JSON alone is taken, which a form of another site cannot send; the browser's own words about where
    the question comes from; and the name under which this page was asked for, since a foreign name may be pointed at
    this machine. Who asks without a browser sends no origin and may write: the network guards against them.
    """
    if request.content_type != "application/json":
        raise _RefusedError(415, "", "send JSON, with Content-Type: application/json")
    if (request.content_length or 0) > LARGEST_BYTES:
        raise _RefusedError(413, "", f"an entry has at most {LARGEST_BYTES >> 10} KiB")
    name = urlsplit(f"//{request.host}").hostname or ""
    if not (name == "localhost" or name in hosts or _is_address(name)):
        raise _RefusedError(403, "", f"this page may not write as {name}; TOUCHLINE_PAGE_HOSTS={name} allows it")
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise _RefusedError(403, "", "another site may not write here; enter it on this page")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _read(body: bytes) -> tuple[str, str, str | None, dict[str, Any]]:
    try:
        entry = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _RefusedError(400, "", "this is not JSON; send one object") from None
    if not isinstance(entry, dict):
        raise _RefusedError(400, "", "send one JSON object")
    for name in entry:
        if name not in FIELDS:
            raise _RefusedError(400, name[:64], f"{name[:64]} is not known here; send {', '.join(FIELDS)}")
    place, data = entry.get("place"), entry.get("data") or {}
    if not isinstance(data, dict):
        raise _RefusedError(400, "data", "data must be an object")
    kind, by = _text(entry, "type"), _text(entry, "by")
    if not TYPES.get(kind):
        return kind, by, None, data
    if not (isinstance(place, str) and place):
        raise _RefusedError(400, "place", f"place is missing; {kind} needs it")
    return kind, by, place, data


def _text(entry: dict[str, Any], field: str) -> str:
    value = entry.get(field, "")
    if not isinstance(value, str):
        raise _RefusedError(400, field, f"{field} must be a text")
    return value


def _refuse_unknown(ask: Ask, place: str) -> None:
    """A misspelt place would become a new one that nobody declared."""
    if ask(_KNOWN, {"place": place}).rows[0][0] == 0:
        text = f"no place {place[:64]!r} is declared or was seen in the last day; SELECT id FROM places lists them"
        raise _RefusedError(400, "place", text)


def _refuse_while_catching_up(ask: Ask) -> None:
    """While a file or a simulated past is read, an entry dated now would make all the rest of it late."""
    ((behind, moves),) = ask(_CATCHING_UP, {}).rows
    if moves and behind > NEAR_SECONDS:
        text = f"the past is still being read, {behind // 60} min are to come; enter it once Data as of is the present"
        raise _RefusedError(503, "", text)


async def _in_thread(threads: Executor | None, work: Callable[..., Any], *arguments: Any) -> Any:
    """What goes wrong with the store becomes a status; what is wrong with the entry goes through."""
    try:
        running = asyncio.get_running_loop().run_in_executor(threads, work, *arguments)
        return await asyncio.wait_for(running, ANSWER_SECONDS)
    except (_RefusedError, ContractError, NotSentError):
        raise
    except asyncio.TimeoutError as error:
        raise _RefusedError(503, "", f"no answer within {ANSWER_SECONDS:.0f} s; enter it again") from error
    except Exception as error:  # whatever a client raises for a store that is away; who entered it reads it
        raise _RefusedError(503, "", f"the store does not answer: {type(error).__name__}: {error}"[:300]) from error


def _error(status: int, field: str, text: str) -> web.Response:
    return _json(status, {"error": {"field": field or None, "message": text}})


def _json(status: int, value: Any) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, body=orjson.dumps(value), content_type="application/json", headers=headers)
