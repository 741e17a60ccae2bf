"""`touchline erase`: one person forgotten everywhere, by a command through the log, with a receipt."""

import sys
import time
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from streams.run.command import account, console, fail, opened, producer, require_broker, settings
from streams.run.identity.command import NO_SUCH, Identifier, Json, Wait, Who, Yes, read_typed, unknown

if TYPE_CHECKING:
    from streams.run.identity.links import Ask
    from streams.run.identity.look import Found
    from streams.run.settings import Settings
    from streams.validate.command import Command

PATIENCE_SECONDS: Final = 600.0
LOOK_AGAIN_SECONDS: Final = 0.5
_RECEIPTS: Final = """SELECT store, erased, survivors, toUnixTimestamp64Milli(gone_by), unreadable, reason
FROM erasure_receipts WHERE command = {command:String} ORDER BY startsWith(store, 'topic:'), store"""
_WAITING: Final = "SELECT count() FROM erasures WHERE command = {command:String}"
Why = Annotated[str, typer.Option("--why", help="for the books; must be given, and must name nobody")]
Preview = Annotated[bool, typer.Option("--preview", help="show what would be forgotten, and do nothing")]


class Receipt(NamedTuple):
    """Of one table or topic: rows that were erased, rows that survive (None: nobody can look), gone by when (ms).

    `unreadable`: dead letters of nobody knows whom; `reason`: why `gone_by_ms` is that date, or why there is none.
    """

    store: str
    erased: int
    survivors: int | None
    gone_by_ms: int | None
    unreadable: int = 0
    reason: str = ""


_HEADINGS: Final = ("store", "erased", "survive", "unreadable", "gone by", "why")


def erase_command(
    identifier: Identifier,
    why: Why = "",
    who: Who = None,
    preview: Preview = False,
    yes: Yes = False,
    wait: Wait = True,
    json: Json = False,
) -> None:
    """Forgets the person to whom the identifier belongs: everything up to now, everywhere, for ever."""
    from streams.run.identity.look import look_up
    from streams.run.identity.order import NotSeenError, carry_out
    from streams.validate.command import Command

    chosen = settings()
    wanted = read_typed(chosen, identifier)
    if not (why.strip() or preview):
        fail("--why is missing: say for the books why this person is forgotten")
    with opened(chosen) as store:
        found = look_up(store.query, wanted)
    if found is None:
        fail(unknown(chosen, wanted), NO_SUCH)
    _say(_foreseen(found), json=json)
    if preview:
        return
    require_broker(chosen)
    if not yes and not typer.confirm(f"forget {found.person} for ever?", err=True):
        raise typer.Exit(1)
    command = Command(uuid.uuid4().hex, "erase", found.person, "", who or account(), why.strip())
    try:
        carry_out(command, producer)
        receipts = _awaited(chosen, command) if wait else None
    except NotSeenError as error:
        fail(str(error), 1)
    except OSError as error:
        fail(str(error))
    if receipts is None:
        console.print(f"command {command.command} is sent; its receipt will be in erasure_receipts", markup=False)
        return
    _say({"command": command.command, "receipts": [one._asdict() for one in receipts]}, json=json)
    raise typer.Exit(1 if any(one.survivors for one in receipts) else 0)


def receipts_of(ask: "Ask", command: str) -> list[Receipt]:
    """Tables first, then topics; none before everything is gone from the store."""
    return [Receipt(*row) for row in ask(_RECEIPTS, {"command": command}).rows]


def _foreseen(found: "Found") -> dict[str, Any]:
    totals = found.totals
    counted = {name: getattr(totals, name) if totals else 0 for name in ("touchpoints", "visits", "orders", "waits")}
    spans = sorted({identifier for identifier, _, _ in found.holdings.spans})
    return {"person": found.person, **counted, "identifiers": spans}


def _awaited(chosen: "Settings", command: "Command") -> list[Receipt]:
    """The last receipt: one that was written before everybody had forgotten is not the whole truth."""
    from streams.clock import steady_seconds
    from streams.run.identity.order import NotSeenError, until_at_rest

    until_at_rest(chosen, command)
    deadline = steady_seconds() + PATIENCE_SECONDS
    with opened(chosen) as store:
        while steady_seconds() < deadline:
            waiting = store.query(_WAITING, {"command": command.command}).rows[0][0]
            if not waiting and (receipts := receipts_of(store.query, command.command)):
                return receipts
            time.sleep(LOOK_AGAIN_SECONDS)
    raise NotSeenError(f"command {command.command} is sent and stands; are the worker and the sink running?")


def _say(what: dict[str, Any], *, json: bool) -> None:
    from streams.run.identity.show import as_json

    sys.stdout.write(as_json(what) if json else "\n".join(_lines(what)) + "\n")


def _lines(what: dict[str, Any]) -> Sequence[str]:
    if "person" in what:
        counts = ", ".join(f"{what[name]:,} {name}" for name in ("touchpoints", "visits", "orders", "waits"))
        held = [f"  {identifier}" for identifier in what["identifiers"]]
        return [f"{what['person']}: {counts}", "identifiers, for as long as they are this person's", *held]
    return [f"command {what['command']}", *_table([_HEADINGS, *map(_cells, what["receipts"])])]


def _cells(receipt: dict[str, Any]) -> tuple[str, ...]:
    from streams.sources.instants import rfc3339

    survivors, gone_by = receipt["survivors"], receipt["gone_by_ms"]
    return (
        receipt["store"],
        f"{receipt['erased']:,}",
        "not known" if survivors is None else f"{survivors:,}",
        f"{receipt['unreadable']:,}",
        "" if gone_by is None else rfc3339(gone_by),
        receipt["reason"],
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Numbers to the right, words to the left, the last column as long as it is."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if 0 < index < 4 else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
