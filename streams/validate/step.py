"""Validate: one record of `touchpoints` into its row and its internal records, or into a dead letter."""

from typing import Any

from schemas.rejection import rejected_bytes, rejected_row
from schemas.touchpoint import instant_ms
from schemas.touchpoint.reasons import Defect
from streams.outbox import Outbox
from streams.partition import LogRecord
from streams.topology import REJECTED
from streams.validate.command import content_of, obey, read_command
from streams.validate.decode import decode, readable_source
from streams.validate.marker import LIVE, Heartbeat, Ordered, backfilled, imported_from, marker
from streams.validate.names import names_in
from streams.validate.normalise import Normal, foreign_key, normalise
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
        if isinstance(mark, Ordered):
            _order(state, record, out)
            return
        if mark is not None:
            state.hear_advance(mark.by_ms, received_ms)
            return
    touchpoint, verdict = _judge(state, record)
    if touchpoint is not None and isinstance(verdict, Normal):
        _accept(state, record, touchpoint, verdict, out)
    elif isinstance(verdict, Defect):
        _refuse(state, record, touchpoint, verdict, out)
        state.hear_refused(received_ms)


def _judge(state: ValidateState, record: LogRecord) -> tuple[dict[str, Any] | None, Normal | Defect]:
    """The object as far as it can be read, and either its normal form or what is wrong with it."""
    touchpoint = None
    try:
        touchpoint, defect = decode(record.value, record.timestamp, state.pseudonymiser)
        if touchpoint is None or defect is not None:
            return touchpoint, defect or _ours("nothing was decoded")
        return touchpoint, normalise(touchpoint, state.pseudonymiser, state.warnings)
    except AnotherKeyError as error:
        return touchpoint, foreign_key(touchpoint or {}, state.pseudonymiser) or _ours(repr(error))
    except MemoryError:
        raise  # trouble of the machine is no fault of the record
    except Exception as error:
        # A defect of our own. Whoever looks at `rejected` sees it, with the bytes to repeat it; raising would stop this
        # partition at this record for ever.
        return touchpoint, _ours(repr(error))


def _ours(error: str) -> Defect:
    return Defect("bad_value", "", f"the record could not be judged ({error[:200]}); report this with the payload")


def _accept(state: ValidateState, record: LogRecord, touchpoint: dict[str, Any], normal: Normal, out: Outbox) -> None:
    """Say everything that the touchpoint says."""
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
        return
    origin = (state.topic, state.number, offset, 0, received_ms, content)
    route(touchpoint, normal, at_ms=at_ms, origin=origin, money=money, audience=audience, out=out)
    state.hear_touchpoint(at_ms, received_ms)


def _order(state: ValidateState, record: LogRecord, out: Outbox) -> None:
    """Hand a command on. It says nothing of event time."""
    command = read_command(record.value, state.pseudonymiser)
    if isinstance(command, Defect):
        _refuse(state, record, None, command, out)
    else:
        content = content_of(record.value or b"")
        obey(command, (state.topic, state.number, record.offset, 0, record.timestamp, content), out)
    state.hear_refused(record.timestamp)


def _refuse(
    state: ValidateState, record: LogRecord, touchpoint: dict[str, Any] | None, defect: Defect, out: Outbox
) -> None:
    row = rejected_row(
        *defect,
        topic=state.topic,
        partition=state.number,
        offset=record.offset,
        rejected_at_ms=record.timestamp,
        source=readable_source(touchpoint),
        names=_names(state, touchpoint),
        payload=record.value or b"",
        imported=imported_from(record.headers) if record.headers else LIVE,
    )
    value = rejected_bytes(row)
    out.row("rejected", value)
    out.send(REJECTED, f"{state.topic}/{state.number}/{record.offset}".encode(), value)


def _names(state: ValidateState, touchpoint: dict[str, Any] | None) -> list[str] | None:
    """Whom it names; None where nobody can tell, be it for a defect of our own or for its depth."""
    try:
        return None if touchpoint is None else names_in(touchpoint, state.pseudonymiser)
    except MemoryError:
        raise
    except Exception:
        return None
