"""What stitch says: stays to their places, rows of stays and identifiers, copies that contradict the first."""

from datetime import datetime, timedelta, timezone
from typing import Any, Final

import orjson

from schemas.rejection import rejected_bytes, rejected_row
from streams.outbox import Outbox
from streams.stitch.actor import Actor
from streams.stitch.identity.holder import is_leased
from streams.stitch.identity.stays import name_at, was_erased
from streams.stitch.money import totals, units_text
from streams.stitch.state import StitchState
from streams.stitch.stay import MENU, NAMED, PLACE, TOLD, Stay, Stays
from streams.stitch.waits import waited_until
from streams.topology import PLACE_EVENTS, REJECTED

Name = tuple[str, str, int, int]
"""(place, identifier, joined ms, nth): what tells a stay from every other."""
NOBODY: Final = ("call:", "token:")
"""They are nobody by themselves."""
_START_OF_TIME: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


def tell_difference(state: StitchState, identifier: str, was: Stays, now: Stays, version: int, out: Outbox) -> None:
    """Of one identifier's stays: first those that are no more, then those that are new or have changed.

    One version does for all of them: no stay is named twice. A stay at a queue never turns into a menu, since evidence
    of having reached a queue does not go away.
    """
    if len(was) == len(now) == 1 and was[0][:NAMED] == now[0][:NAMED]:
        # As nearly always: one stay that goes on, or ends.
        if was[0][:TOLD] != now[0][:TOLD]:
            tell_stay(state, identifier, now[0], version, out)
        return
    told = {stay[:NAMED]: stay for stay in was} if was else {}
    changed = []
    for stay in now:
        before = told.pop(stay[:NAMED], None)
        if before is None:
            state.visit(identifier, stay[PLACE])
            changed.append(stay)
        elif before is not stay and before[:TOLD] != stay[:TOLD]:
            changed.append(stay)
    if told:
        for stay in told.values():
            tell_stay(state, identifier, stay, version, out, gone=True)
    for stay in changed:
        tell_stay(state, identifier, stay, version, out)


def tell_stay(
    state: StitchState, identifier: str, stay: Stay, version: int, out: Outbox, *, gone: bool = False
) -> None:
    """The stay as it is now known, or (`gone`) that it turned out not to exist: to its place and as a row."""
    place, joined, nth, kind, started, ended, outcome, guessed, server, _ = stay
    gone = gone or (bool(state.graves) and was_erased(state, identifier, joined))
    customer = name_at(state, identifier, joined)
    named = (place, identifier, joined, nth)
    if kind != MENU and place:
        _send(named, stay, customer, version, out, gone=gone)
    over = waited_until(stay)
    row = {
        "place": place,
        "token": _token(identifier, place) if identifier.startswith(NOBODY) else identifier,
        "identifier": identifier,
        "customer": customer,
        "joined_at": joined / 1000,
        "nth": nth,
        "started_at": None if started is None else started / 1000,
        "ended_at": None if ended is None else ended / 1000,
        "outcome": outcome,
        "wait_seconds": None if over is None else (over - joined) / 1000,
        "service_seconds": None if started is None or ended is None else (ended - started) / 1000,
        "server": server,
        "kind": kind,
        "guessed": guessed,
        "epoch": state.epoch,
        "version": version,
        "is_deleted": 1 if gone else 0,
    }
    out.row("stays", orjson.dumps(row), replaces=named)


def _send(named: Name, stay: Stay, customer: str, version: int, out: Outbox, *, gone: bool) -> None:
    place, identifier, joined, nth = named
    _, _, _, kind, started, ended, outcome, guessed, _, _ = stay
    message = {
        "k": "stay",
        "v": version,
        "p": place,
        "i": identifier,
        "j": joined,
        "n": nth,
        "m": kind,
        "st": started,
        "en": ended,
        "out": outcome,
        "g": guessed,
        "w": customer,
    }
    if gone:
        message["x"] = 1
    out.send(PLACE_EVENTS, place.encode(), orjson.dumps(message), replaces=named)


def _token(identifier: str, place: str) -> str:
    """The call or token as it was sent."""
    if identifier.startswith("token:"):
        return identifier.removeprefix(f"token:{place}/")
    return identifier.partition("/")[2] or identifier


def tell_counts(state: StitchState, identifier: str, actor: Actor, version: int, out: Outbox) -> None:
    """The identifier's row: what was aggregated at it, whoever held it then."""
    orders, units, others = totals(actor.money if is_leased(identifier) else actor.own.money)
    row = {
        "identifier": identifier,
        "first_seen": None if actor.first_seen is None else actor.first_seen / 1000,
        "last_seen": None if actor.last_seen is None else actor.last_seen / 1000,
        "touchpoints": actor.touchpoints,
        "orders": orders,
        "amount": units_text(units) if units else "0.0000",
        "other_currencies": {of: units_text(sum_) for of, sum_ in others.items()} if others else {},
        "late": actor.late,
        "duplicates": actor.duplicates,
        "epoch": state.epoch,
        "version": version,
    }
    out.row("identifiers", orjson.dumps(row), replaces=identifier)


def tell_conflict(touch: dict[str, Any], first_hash: str, out: Outbox) -> None:
    """Another payload under an id that is known: a dead letter, as far as the normalised touchpoint still tells it."""
    topic, partition, offset, _, append_ms, payload_hash = touch["o"]
    row = rejected_row(
        "conflicting_duplicate",
        "event_id",
        f"{touch['s']} sent another payload under this event_id before (hash {first_hash}, this one {payload_hash}); "
        "the first one counts. Give every touchpoint an event_id of its own",
        topic=topic,
        partition=partition,
        offset=offset,
        rejected_at_ms=append_ms,
        source=touch["s"],
        names=[f"{kind}:{value}" for kind, value in touch.get("i", {}).items()],
        payload=_touchpoint(touch),
    )
    value = rejected_bytes(row)
    out.send(REJECTED, None, value)
    out.row("rejected", value)


def _touchpoint(touch: dict[str, Any]) -> bytes:
    """The touchpoint as somebody would send it again."""
    touchpoint = {
        "event_id": touch["e"],
        "source": touch["s"],
        "channel": touch.get("c", ""),
        "type": touch["y"],
        "occurred_at": (_START_OF_TIME + timedelta(milliseconds=touch["t"])).isoformat(timespec="milliseconds"),
        "identifiers": touch.get("i", {}),
        "place": touch["p"],
        "data": touch["d"],
    }
    return orjson.dumps({field: value for field, value in touchpoint.items() if value is not None})
