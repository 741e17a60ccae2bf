"""Sending touchpoints by hand, from flags or lines: each is checked first, a refusal names line, field and fix."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from schemas.touchpoint import ContractError
from streams.sources.producer import BufferFullError, DeliveryError, Producer, check, new_event_id, now

SHOWN_REFUSALS = 20


class Refusal(NamedTuple):
    """A line (1-based) that was not sent, and why; `detail` says what to do about it."""

    line: int
    reason: str
    field: str
    detail: str


@dataclass
class EmitReport:
    """What became of the lines: blank ones count as nothing. The first 1,000 refusals are kept, all are counted."""

    sent: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    undelivered: str = ""

    @property
    def ok(self) -> bool:
        return not self.refused and not self.undelivered

    def refuse(self, refusal: Refusal) -> None:
        self.refused += 1
        if len(self.refusals) < 1_000:
            self.refusals.append(refusal)

    def lines(self) -> list[str]:
        """For people: each refusal, then the sum."""
        shown = [
            f"line {r.line}: {r.reason}{f' in {r.field}' if r.field else ''}: {r.detail}"
            for r in self.refusals[:SHOWN_REFUSALS]
        ]
        if self.refused > SHOWN_REFUSALS:
            shown.append(f"and {self.refused - SHOWN_REFUSALS} more lines")
        if self.undelivered:
            shown.append(self.undelivered)
        return [*shown, f"{self.sent} sent, {self.refused} refused"]


def emit_lines(
    lines: Iterable[bytes], producer: Producer, *, source: str | None = None, all_or_nothing: bool = False
) -> EmitReport:
    """Send every good line (one JSON object each) and report the rest; `source` is filled in where a line has none.

    `all_or_nothing`: read and check everything first (kept on disk meanwhile) and send nothing if a line is bad.
    """
    report = EmitReport()
    good = _good(lines, report, source)
    if not all_or_nothing:
        _send(good, producer, report)
        return report
    with tempfile.TemporaryFile() as waiting:
        for key, value in good:
            waiting.write(orjson.dumps(key) + b"\t" + value + b"\n")
        if not report.refused:
            waiting.seek(0)
            _send(_read_back(waiting), producer, report)
    return report


def touchpoint_of(
    kind: str,
    *,
    source: str,
    channel: str,
    event_id: str | None = None,
    occurred_at: str | None = None,
    identifiers: Sequence[str] = (),
    place: str | None = None,
    data: Sequence[str] = (),
) -> bytes:
    """The line that the flags of `touchline emit` stand for: `identifiers` and `data` as name=value.

    A value of `data` that is JSON is taken as such (`minutes=20`), anything else as text. Without a time it is now,
    without an id a new one. Raises ValueError naming the flag that is not name=value.
    """
    touchpoint: dict[str, Any] = {
        "event_id": event_id or new_event_id(),
        "source": source,
        "channel": channel,
        "type": kind,
        "occurred_at": occurred_at or now(),
    }
    if identifiers:
        touchpoint["identifiers"] = dict(_pairs("--identifier", identifiers))
    if place is not None:
        touchpoint["place"] = place
    if data:
        touchpoint["data"] = {name: _json_or_text(value) for name, value in _pairs("--data", data)}
    return orjson.dumps(touchpoint)


def _good(lines: Iterable[bytes], report: EmitReport, source: str | None) -> Iterator[tuple[str, bytes]]:
    for number, line in enumerate(lines, start=1):
        value = line.strip()
        if not value:
            continue
        try:
            value, found = _checked(value, source)
        except ContractError as error:
            report.refuse(Refusal(number, error.reason, error.field, error.detail))
        else:
            yield f"{found['source']}:{found['event_id']}", value


def _checked(value: bytes, source: str | None) -> tuple[bytes, Mapping[str, Any]]:
    if source is not None:
        try:
            found = orjson.loads(value)
        except orjson.JSONDecodeError:
            found = None  # the check below says what is wrong
        if isinstance(found, dict) and "source" not in found:
            value = orjson.dumps({**found, "source": source})
    return value, check(value)


def _send(good: Iterable[tuple[str, bytes]], producer: Producer, report: EmitReport) -> None:
    try:
        for key, value in good:
            producer.send_checked(key, value)
            report.sent += 1
    except BufferFullError as error:
        report.undelivered = f"stopped after {report.sent} good lines, begin behind them: {error}"
    try:
        producer.flush()
    except DeliveryError as error:
        report.undelivered = str(error)
        report.sent -= error.count


def _read_back(waiting: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for line in waiting:
        key, _, value = line.partition(b"\t")
        yield orjson.loads(key), value.rstrip(b"\n")


def _pairs(flag: str, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ValueError(f"{flag} {text!r} is not name=value; write for example {flag} wristband=w-17")
        yield name, value


def _json_or_text(value: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
