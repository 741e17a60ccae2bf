"""`GET /v1/nearest`: open places of a kind by walk + expected wait, for services that send people somewhere."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from math import isfinite
from typing import Any, Final, get_args

import orjson
from aiohttp import web

from schemas.place import PlaceKind
from streams.run.identity.links import Ask
from streams.run.nearest import MOST, Candidate, Nearest, Where, WrongQuestionError, located, nearest
from streams.sources.instants import rfc3339
from streams.store.errors import StoreRefused

ANSWER_SECONDS = 10.0
USUAL = 10
FIELDS: Final = frozenset(("kind", "place", "lat", "lon", "limit"))
DEFINITIONS: Final = {
    "walk_seconds": "straight line on the earth / walking_metres_per_second (TOUCHLINE_WALKING_METRES_PER_SECOND)",
    "wait_p50_seconds": "expected wait of who joins now, median; null: unknown for wait_reason",
    "wait_p90_seconds": "nine of ten who join now will not wait longer",
    "wait_method": "gamma-starts: from wait_samples intervals between service starts of 15 min; "
    "free-server: nobody waits and fewer are served than there are servers",
    "wait_reason": "no_snapshot: nobody was there for a day; no_news: people are there and nothing was heard for "
    "16 min; too_few_starts: fewer than 3 in 15 min; no_queue: nobody queued, so there is no pace",
    "total_seconds": "walk_seconds + wait_p50_seconds; places whose wait is unknown follow by their walk",
    "places": "open by what was last said, and by their hours when one gets there",
}


def routes(ask: Ask, threads: Executor) -> list[web.RouteDef]:
    """`ask` may block and is called from `threads`."""

    async def answer(request: web.Request) -> web.Response:
        try:
            where, kind, most = read(request.query)
            running = asyncio.get_running_loop().run_in_executor(threads, _find, ask, where, kind, most)
            asked, found = await asyncio.wait_for(running, ANSWER_SECONDS)
        except WrongQuestionError as error:
            return _error(404 if error.unknown else 400, error.field, str(error))
        except StoreRefused as error:
            return _error(502, "", str(error))
        except asyncio.TimeoutError:
            return _error(503, "", f"no answer within {ANSWER_SECONDS:.0f} s; ask again")
        except Exception as error:  # whatever a client raises for a store that is away; the caller reads it here
            return _error(503, "", f"the store does not answer: {type(error).__name__}: {error}"[:300])
        return _json(200, body(asked, kind, found))

    return [web.get("/v1/nearest", answer)]


def read(query: Mapping[str, str]) -> tuple[Where, str, int]:
    """(from where, kind, how many). Raises WrongQuestionError, which names the field and the fix."""
    for name in query:
        if name not in FIELDS:
            raise WrongQuestionError(name, f"unknown; known are {', '.join(sorted(FIELDS))}")
    kind, place = query.get("kind", ""), query.get("place", "")
    if kind and kind not in get_args(PlaceKind):
        raise WrongQuestionError("kind", f"{kind!r} is no kind of place; write one of {', '.join(get_args(PlaceKind))}")
    if place and ("lat" in query or "lon" in query):
        raise WrongQuestionError("place", "give either place or lat and lon, not both")
    if place:
        return Where(place, None, None), kind, _limit(query.get("limit"))
    if "lat" not in query and "lon" not in query:
        raise WrongQuestionError("place", "missing: say from where, by place or by lat and lon")
    return Where("", _degrees(query, "lat", 90), _degrees(query, "lon", 180)), kind, _limit(query.get("limit"))


def body(where: Where, kind: str, found: Nearest) -> dict[str, Any]:
    """The answer; times are RFC 3339 in UTC, unknown numbers null."""
    return {
        "as_of": None if found.as_of_ms is None else rfc3339(found.as_of_ms),
        "behind_seconds": found.behind_seconds,
        "stale": found.is_stale,
        "from": where._asdict(),
        "kind": kind or None,
        "walking_metres_per_second": found.walking_metres_per_second,
        "declared_places": found.known,
        "without_coordinates": found.unplaced,
        "places": [_place(one) for one in found.places],
        "definitions": DEFINITIONS,
    }


def _find(ask: Ask, where: Where, kind: str, most: int) -> tuple[Where, Nearest]:
    where = located(ask, where)
    return where, nearest(ask, where, kind, most)


def _place(one: Candidate) -> dict[str, Any]:
    row = {name: round(value, 1) if isinstance(value, float) else value for name, value in one._asdict().items()}
    del row["snapshot_ms"]
    return {**row, "snapshot_at": None if one.snapshot_ms is None else rfc3339(one.snapshot_ms)}


def _degrees(query: Mapping[str, str], field: str, most: float) -> float:
    text = query.get(field, "")
    try:
        degrees = float(text)
    except ValueError:
        degrees = float("nan")
    if not (isfinite(degrees) and abs(degrees) <= most):
        raise WrongQuestionError(field, f"{text!r} is no number of degrees from -{most:g} to {most:g}")
    return degrees


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST):
        raise WrongQuestionError("limit", f"{text!r} is no whole number from 1 to {MOST}")
    return int(text)


def _error(status: int, field: str, text: str) -> web.Response:
    return _json(status, {"error": {"field": field or None, "message": f"{field}: {text}" if field else text}})


def _json(status: int, value: Any) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, body=orjson.dumps(value), content_type="application/json", headers=headers)
