"""Rows of the ledger: every change of who holds what, with the evidence that says so."""

from typing import Any, Final, NamedTuple

import orjson

from schemas.internal import When
from streams.outbox import Outbox
from streams.stitch.state import StitchState


class Evidence(NamedTuple):
    """The touchpoint or command behind a change, as far as there is one; `known_at`: when it was appended (ms)."""

    known_at: int
    when: When | None = None
    kind: str = ""
    command: str = ""
    who: str = ""


Changes = list[tuple[str, str, str, str, str]]
"""(change, before, after, other, rule) in order."""
_NO_WHEN: Final = (None, "", "")


def tell_changes(state: StitchState, identifier: str, changes: Changes, evidence: Evidence, out: Outbox) -> None:
    """One row per change; all that one record changes has one version, so it is numbered."""
    at, source, event_id = evidence.when or _NO_WHEN
    for change, before, after, other, rule in changes:
        row: dict[str, Any] = {
            "known_at": evidence.known_at / 1000,
            "identifier": identifier,
            "change": change,
            "before": before,
            "after": after,
            "other": other,
            "rule": rule,
            "evidence_at": None if at is None else at / 1000,
            "evidence_source": source,
            "evidence_event_id": event_id,
            "evidence_type": evidence.kind,
            "command": evidence.command,
            "who": evidence.who,
            "epoch": state.epoch,
            "version": state.owed_version(),
            "nth": state.ordinal,
        }
        state.ordinal += 1
        out.row("identity_ledger", orjson.dumps(row))
