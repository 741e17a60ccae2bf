"""Validate: one record of `touchpoints` into its row and its internal records, or into a dead letter."""

from typing import Any

from schemas.rejection import rejected_bytes, rejected_row
from schemas.touchpoint import instant_ms
from schemas.touchpoint.reasons import Defect
from streams.outbox import Outbox
from streams.partition import LogRecord
from streams.topology import REJECTED
from streams.validate.decode import decode, readable_source
from streams.validate.marker import LIVE, Heartbeat, backfilled, imported_from, marker
from streams.validate.normalise import foreign_key, normalise
from streams.validate.pseudonym import AnotherKeyError
from streams.validate.route import route
from streams.validate.row import audience_of, money_of, payload_hash, said, touchpoint_row
from streams.validate.state import ValidateState


def step(state: ValidateState, record: LogRecord, out: Outbox) -> None:
    """Fold one record into `state` and tell `out` what follows from it. Never raises, whatever the record holds."""
    value, received_ms = record.value, record.timestamp
    if record.headers:
        mark = marker(record.headers, value)
        if isinstance(mark, Heartbeat):
            state.hear_heartbeat(received_ms)
            return
        if mark is not None:
            state.hear_advance(mark.by_ms, received_ms)
            return
    touchpoint, defect = decode(value, received_ms, state.pseudonymiser)
    if touchpoint is not None and defect is None:
        defect = _accept(state, record, touchpoint, out)
    if defect is not None:
        _refuse(state, record, readable_source(touchpoint), defect, out)
        state.hear_refused(received_ms)


def _accept(state: ValidateState, record: LogRecord, touchpoint: dict[str, Any], out: Outbox) -> Defect | None:
    """Say everything that the touchpoint says, or why it cannot be taken here."""
    try:
        normal = normalise(touchpoint, state.pseudonymiser, state.warnings)
    except AnotherKeyError:
        return foreign_key(touchpoint, state.pseudonymiser)
    received_ms, offset = record.timestamp, record.offset
    at_ms = instant_ms(touchpoint["occurred_at"])
    assert at_ms is not None  # the contract has seen to it
    money = money_of(touchpoint["type"], normal.data, state.currency)
    audience = audience_of(normal.data)
    words = said(touchpoint, normal, at_ms, money, audience)
    content = payload_hash(words)
    row = touchpoint_row(
        words,
        sent_at=touchpoint.get("sent_at"),
        received_ms=received_ms,
        topic=state.topic,
        partition=state.number,
        offset=offset,
        content=content,
        imported=imported_from(record.headers) if record.headers else LIVE,
    )
    out.row("touchpoints", row)
    if record.headers and backfilled(record.headers):
        state.hear_refused(received_ms)
        return None
    origin = (state.topic, state.number, offset, 0, received_ms, content)
    route(touchpoint, normal, at_ms=at_ms, origin=origin, money=money, audience=audience, out=out)
    state.hear_touchpoint(at_ms, received_ms)
    return None


def _refuse(state: ValidateState, record: LogRecord, source: str, defect: Defect, out: Outbox) -> None:
    row = rejected_row(
        *defect,
        topic=state.topic,
        partition=state.number,
        offset=record.offset,
        rejected_at_ms=record.timestamp,
        source=source,
        payload=record.value or b"",
        imported=imported_from(record.headers) if record.headers else LIVE,
    )
    value = rejected_bytes(row)
    out.row("rejected", value)
    out.send(REJECTED, f"{state.topic}/{state.number}/{record.offset}".encode(), value)
