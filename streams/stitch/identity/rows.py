"""Rows about people: what a customer comes to, their visits, and who holds which identifier since when."""

from typing import Any, Final

import orjson

from schemas.erased import ERASED
from streams.outbox import Outbox
from streams.stitch.actor import Actor, SealedPage, SealedRow, sealed_page
from streams.stitch.content import Content, totals_of
from streams.stitch.identity.holder import Link, conflict_of, is_leased, is_made
from streams.stitch.identity.lease import BEGINNING, type_of
from streams.stitch.identity.leased import has_line, held_of
from streams.stitch.identity.owed import Owed
from streams.stitch.identity.silence import row_at
from streams.stitch.identity.stable import called, links_of, name_of
from streams.stitch.money import units_text
from streams.stitch.state import StitchState
from streams.stitch.visit import Visit
from streams.stitch.visited import is_forgotten, visits_since

_AUDIENCES: Final = ((1, "customer"), (2, "staff"), (4, "bot"), (8, "test"))


def tell_customer(state: StitchState, key: str, content: Content | None, owed: Owed, out: Outbox) -> None:
    """`content` None: this is nobody any more, or somebody else."""
    out.row("customers", orjson.dumps(_customer(state.epoch, key, content, owed.row)), replaces=key)
    visits = {} if content is None or not owed.visits else visits_since(content, min(owed.visits))
    for start, version in owed.visits.items():
        visit = visits.get(start)
        if visit is not None or content is None or not is_forgotten(content, start):
            row = _visit(state.epoch, key, start, visit, version)
            out.row("visits", orjson.dumps(row), replaces=(key, start))


def _customer(epoch: int, key: str, content: Content | None, version: int) -> dict[str, Any]:
    if content is None:
        named = dict.fromkeys(("first_seen", "last_seen")) | dict.fromkeys(_CUSTOMER_COUNTS, 0)
        rest: dict[str, Any] = {"amount": "0.0000", "other_currencies": {}, "consents": {}, "audiences": []}
        return {"customer": key, **named, **rest, "epoch": epoch, "version": version, "is_deleted": 1}
    totals = totals_of(content)
    return {
        "customer": key,
        "first_seen": None if totals.first is None else totals.first / 1000,
        "last_seen": None if totals.last is None else totals.last / 1000,
        "touchpoints": totals.touchpoints,
        "visits": totals.visits,
        "orders": totals.orders,
        "amount": units_text(totals.units),
        "other_currencies": {currency: units_text(units) for currency, units in totals.others.items()},
        "is_returning": 1 if totals.visits >= 2 else 0,
        "waits": totals.waits,
        "wait_seconds": totals.wait_ms / 1000,
        "consents": totals.consents,
        "audiences": [name for bit, name in _AUDIENCES if totals.audiences & bit],
        "epoch": epoch,
        "version": version,
        "is_deleted": 0,
    }


_CUSTOMER_COUNTS: Final = ("touchpoints", "visits", "orders", "is_returning", "waits", "wait_seconds")


def _visit(epoch: int, key: str, start: int, visit: Visit | None, version: int) -> dict[str, Any]:
    """`visit` None: there is none that begins then, any more."""
    gone = visit is None
    if visit is None:
        visit = Visit(start, start, start, 0, 0, (), (), (), 0, 0)
    return {
        "customer": key,
        "started_at": start / 1000,
        "ended_at": visit.last / 1000,
        "covers_until": visit.cover / 1000,
        "touchpoints": visit.touchpoints,
        "channels": visit.channels,
        "places": visit.places,
        "bookings": visit.bookings,
        "amount": units_text(visit.units),
        "waits": visit.waits,
        "wait_seconds": visit.wait_ms / 1000,
        "epoch": epoch,
        "version": version,
        "is_deleted": 1 if gone else 0,
    }


# -- identity_links ----------------------------------------------------------------------------------------


def tell_links(
    state: StitchState, key: str, actor: Actor, positions: dict[int, int], out: Outbox, *, gone: bool = False
) -> None:
    """The rows at these positions as they are now; `gone`: it was erased."""
    gone = gone or not (is_leased(key) or _was_ever_linked(state, key, actor))
    found = (
        {} if gone else _runs(state, key, actor) if is_leased(key) else {row_at(key, actor): _holder(state, key, actor)}
    )
    for pos, version in positions.items():
        row = found.get(pos) or _row(key, pos, "", "", None, gone=True)
        row |= {"epoch": state.epoch, "version": version}
        out.row("identity_links", orjson.dumps(row), replaces=(key, pos))
    if key in state.held:
        state.held[key].lost.clear()


def _was_ever_linked(state: StitchState, key: str, actor: Actor) -> bool:
    """False for a stable or made identifier that was erased, also where something has been told to it since."""
    identity = actor.identity
    return bool(identity.links or identity.off or identity.into or state.claimers.get(key))


def _holder(state: StitchState, key: str, actor: Actor) -> dict[str, Any]:
    holder, links = actor.identity.holder, links_of(state, key, actor)
    if holder:
        status = "conflict" if conflict_of(links) else "held"
    else:
        status = "unlinked" if any(command[3] for command in actor.identity.off.values()) else "open"
    row = _row(
        key, row_at(key, actor), holder, called(actor, holder) if holder else key, links.get(holder), status=status
    )
    if is_made(key) and is_leased(holder):
        row["holder_pos"] = links[holder][1] * 4 + 3
    return row


def tell_end(state: StitchState, key: str, pos: int, version: int, out: Outbox) -> None:
    """From there on a name is nobody's: whoever bore it was sealed."""
    row = _row(key, pos, "", key, None) | {"epoch": state.epoch, "version": version}
    out.row("identity_links", orjson.dumps(row), replaces=(key, pos))


def tell_sealed_gone(state: StitchState, sealed: SealedRow, out: Outbox) -> None:
    """Whoever had it was erased."""
    row = _row(sealed.identifier, sealed.pos, "", "", None, gone=True)
    row |= {"epoch": state.epoch, "version": sealed.base + state.owed_version()}
    out.row("identity_links", orjson.dumps(row), replaces=(sealed.identifier, sealed.pos))


def tell_sealed(state: StitchState, key: str, actor: Actor, version: int, out: Outbox) -> None:
    """What sealed children wrote, by the name that their holder has now: it alone writes these rows since."""
    for number in range(*state.sealed_pages.get(key, (0, 0))):
        page = state.get(sealed_page(key, number))
        for sealed in page.rows if isinstance(page, SealedPage) else ():
            name = name_of(state, key, actor, sealed.at)
            row = _row(sealed.identifier, sealed.pos, sealed.holder or key, name, sealed.link, status=sealed.status)
            row |= {"holder_pos": sealed.at, "epoch": state.epoch, "version": sealed.base + version}
            out.row("identity_links", orjson.dumps(row), replaces=(sealed.identifier, sealed.pos))


def _runs(state: StitchState, key: str, actor: Actor) -> dict[int, dict[str, Any]]:
    if not has_line(actor):
        return {}
    held, found = held_of(state, key, actor), {}
    for run, whose, is_blocked in (*held.lost, *held.told()):
        if is_blocked:
            status = "blocked"
        elif run.label:
            erased = run.label.startswith(ERASED) and run.label not in held.off
            status = "held" if whose else "erased" if erased else "unlinked"
        else:
            status = "open"
        link = None if run.at is None else (0, run.at, run.source, run.event_id, type_of(run.kind))
        found[run.pos] = _row(key, run.pos, whose, called(actor, whose) if whose else key, link, status=status)
    return found


def _row(
    key: str, pos: int, holder: str, customer: str, link: Link | None, *, status: str = "open", gone: bool = False
) -> dict[str, Any]:
    return {
        "identifier": key,
        "from_pos": pos,
        "from_time": None if pos in (0, BEGINNING) else (pos >> 2) / 1000,
        "holder": holder,
        "holder_pos": 0,
        "customer": customer or key,
        "status": status,
        "evidence_at": None if link is None else link[1] / 1000,
        "evidence_source": "" if link is None else link[2],
        "evidence_event_id": "" if link is None else link[3],
        "evidence_type": "" if link is None else link[4],
        "is_deleted": 1 if gone else 0,
    }
