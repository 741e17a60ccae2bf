"""What fix, replay and discard have in common: find the letters, judge, show or ask, send, write down, report."""

import asyncio
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from schemas.rejection import MAX_PAYLOAD_BYTES
from streams.clock import now_ms
from streams.run.app import connection_of
from streams.run.command import console, fail, opened, producer, require_broker
from streams.run.rejected.fix import CannotChangeError, Changes, change, defect_of, difference, key_of
from streams.run.rejected.letters import Filter, Letter, letters, total
from streams.run.rejected.log import from_log
from streams.run.rejected.send import Action, Deed, carry_out, target_of
from streams.run.settings import Settings
from streams.sources.producer import BrokerUnreachableError, DeliveryError

NAMED = 20
"""So many that were not sent are named one by one."""

NewBytes = Callable[[Letter], bytes | None]
"""What is to be sent in place of a letter; None for nothing. Raises CannotChangeError."""


@dataclass(frozen=True)
class Manner:
    """How it is done. `checked`: what this release would refuse is not sent."""

    action: Action
    by: str
    why: str
    dry_run: bool
    yes: bool
    checked: bool = True


def found_letters(settings: Settings, wanted: Filter) -> Iterator[Letter]:
    """From the store; those that are asked for by position and are not there, or were cut, from the log."""
    with opened(settings) as store:
        missing = set(wanted.positions)
        for letter in letters(store, wanted):
            missing.discard(letter.position)
            yield _whole(settings, letter)
        for position in missing:
            if not total(store, Filter(positions=(position,), done=True)):  # it is there, and dealt with
                found = asyncio.run(from_log(connection_of(settings), position))
                if found is not None:
                    yield found


def fixed(letter: Letter, changes: Changes, editor: str | None) -> bytes:
    """The letter's bytes with the changes, and then as a person leaves them in the editor, if there is one."""
    payload = change(letter.payload, changes) if changes else letter.payload
    return payload if editor is None else _edited(payload, editor)


def act(settings: Settings, wanted: Filter, manner: Manner, new_bytes: NewBytes) -> None:
    """Do it and say what became of it. Ends with status 1 where anything was not done."""
    if not manner.dry_run:
        require_broker(settings)
        _ask(settings, wanted, manner)
    refused: list[str] = []
    deeds = _deeds(found_letters(settings, wanted), manner, new_bytes, refused)
    if manner.dry_run:
        done = sum(_show(deed) for deed in deeds)
        failed: list[str] = []
    else:
        try:
            done, failed = carry_out(deeds, manner.action, by=manner.by, why=manner.why, producer=producer)
        except (BrokerUnreachableError, DeliveryError) as error:
            fail(str(error))
    _report(manner, done, refused + failed)


def _deeds(found: Iterator[Letter], manner: Manner, new_bytes: NewBytes, refused: list[str]) -> Iterator[Deed]:
    for letter in found:
        try:
            payload = new_bytes(letter)
        except CannotChangeError as error:
            refused.append(f"{letter.position}: {error}")
            continue
        why = None if payload is None else _against(letter, payload, manner)
        if why is None:
            yield Deed(letter, payload)
        else:
            refused.append(f"{letter.position}: {why}")


def _against(letter: Letter, payload: bytes, manner: Manner) -> str | None:
    """Why it is of no use to send this; None if nothing speaks against it."""
    if letter.reason == "conflicting_duplicate" and key_of(payload) == key_of(letter.payload):
        return "the first touchpoint under this event_id counts; set another event_id, or discard it"
    defect = defect_of(payload, target_of(letter), now_ms())
    if defect is None or (not manner.checked and defect.reason != "too_large"):
        return None
    return f"still {defect.reason}{f' in {defect.field}' if defect.field else ''}: {defect.detail}"


def _ask(settings: Settings, wanted: Filter, manner: Manner) -> None:
    """One that is named needs no question."""
    with opened(settings) as store:
        count = total(store, wanted)
    if count <= 1 or manner.yes:
        return
    verb = {"fixed": "fix and send", "replayed": "send", "discarded": "discard"}[manner.action]
    if not typer.confirm(f"{verb} {count:,} dead letters?", err=True):
        raise typer.Exit(1)


def _show(deed: Deed) -> int:
    target = "discarded" if deed.payload is None else f"sent to {target_of(deed.letter)}"
    typer.echo(f"{deed.letter.position}: would be {target}")
    if deed.payload is not None:
        lines = difference(deed.letter.payload, deed.payload)
        typer.echo("\n".join(lines) if lines else "unchanged, byte for byte")
    return 1


def _report(manner: Manner, done: int, not_done: list[str]) -> None:
    for words in not_done[:NAMED]:
        console.print(words, style="red", markup=False)
    if len(not_done) > NAMED:
        console.print(f"and {len(not_done) - NAMED:,} more")
    sum_up = f"{done:,} would be {manner.action}" if manner.dry_run else f"{done:,} {manner.action}"
    console.print(sum_up + (f", {len(not_done):,} not" if not_done else ""))
    if not done and not not_done:
        console.print("nothing matches; what somebody has dealt with needs --all")
    raise typer.Exit(1 if not_done else 0)


def _whole(settings: Settings, letter: Letter) -> Letter:
    """With all its bytes, if the row holds only the first of them and the log still has the rest."""
    if len(letter.payload) < MAX_PAYLOAD_BYTES:
        return letter
    found = asyncio.run(from_log(connection_of(settings), letter.position))
    return letter if found is None else letter._replace(payload=found.payload)


def _edited(payload: bytes, editor: str) -> bytes:
    """What the editor leaves, without the line end that editors add. The file is readable by its owner alone."""
    with tempfile.TemporaryDirectory(prefix="touchline-") as folder:
        path = Path(folder) / "dead-letter.json"
        path.touch(mode=0o600)
        path.write_bytes(payload)
        status = subprocess.run([*shlex.split(editor), str(path)], check=False).returncode
        if status:
            raise CannotChangeError(f"{editor} ended with status {status}, so nothing was changed")
        return path.read_bytes().rstrip(b"\r\n")
