"""`touchline whatif`: what would the waits have been with other servers?"""

import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from streams.run.command import fail, opened, settings

if TYPE_CHECKING:
    from streams.advise.staffing import Change
    from streams.advise.whatif import Draws
    from streams.run.identity.links import Ask
    from streams.run.settings import Settings
    from streams.run.whatif.rows import Source
    from streams.run.whatif.show import Shown

NOBODY = 1
"""Exit status: nobody joined the line in that time, or the record does not reach so far."""


def whatif_command(
    place: Annotated[list[str], typer.Option(help="whose line; again for places that share one line of servers")],
    servers: Annotated[str, typer.Option(help="+2: two more, -1: one fewer, 6: six altogether")],
    begin: Annotated[
        str, typer.Option("--from", help="2026-11-21T12:00, in TOUCHLINE_TIMEZONE unless it has an offset")
    ],
    end: Annotated[str, typer.Option("--to", help="the same; who joins before it counts")],
    staffing: Annotated[
        str | None, typer.Option(help="assigned, planned or inferred; else the first of them that is recorded")
    ] = None,
    seed: Annotated[int, typer.Option(help="of the draws")] = 1,
    draws: Annotated[int, typer.Option(min=1, max=1_000, help="so many replays, each drawn anew")] = 20,
    json: Annotated[bool, typer.Option("--json", help="one JSON object on standard output")] = False,
) -> None:
    """The recorded time once more, event by event, with other servers: waits, walk-aways, service level, utilisation.

    Exit status 1 where nobody joined in that time.
    """
    from streams.advise.whatif import Draws
    from streams.run.whatif.show import as_json, lines

    chosen = settings()
    change = change_of(servers, moment("--from", begin, chosen), moment("--to", end, chosen))
    source = source_of(staffing)
    with opened(chosen) as store:
        try:
            shown = answer(store.query, tuple(place), change, Draws(seed, draws), source)
        except NothingError as error:
            fail(str(error), NOBODY)
        except ValueError as error:
            fail(str(error))
    sys.stdout.write(as_json(shown) if json else "\n".join(lines(shown)) + "\n")


class NothingError(ValueError):
    """There is nothing to replay."""


def answer(ask: "Ask", places: tuple[str, ...], change: "Change", draws: "Draws", source: "Source | None") -> "Shown":
    """Read, replay, compare. The time ends where the record ends. Raises ValueError for what cannot be answered."""
    from streams.advise.fidelity import fidelity_of
    from streams.advise.staffing import changed, staffed_ms
    from streams.advise.whatif import what_if
    from streams.run.identity.person import as_of
    from streams.run.whatif.rows import read
    from streams.run.whatif.show import Shown
    from streams.sources.instants import rfc3339

    known_ms = as_of(ask)
    if known_ms is not None and change.from_ms >= known_ms:
        raise NothingError(f"--from is later than what is known: data as of {rfc3339(known_ms)}")
    if known_ms is not None:
        change = change._replace(until_ms=min(change.until_ms, known_ms))
    found = read(ask, places, change.from_ms, change.until_ms, source)
    if not found.record.stays:
        raise NothingError(
            f"--place {', '.join(places)}: no finished wait there from 12 hours before to 12 hours after; is the name "
            "right? SELECT DISTINCT place FROM waits lists them"
        )
    closed = found.source == "assigned"
    try:
        replayed = what_if(
            found.record, found.staffing, change, limits=found.limits, draws=draws, closed_stays_closed=closed
        )
    except ValueError:
        raise NothingError(f"--place: nobody joined the line of {', '.join(places)} in that time") from None
    time_ms = change.until_ms - change.from_ms
    other = changed(found.staffing, change, closed_stays_closed=closed)
    mean = tuple(staffed_ms(one, change.from_ms, change.until_ms) / time_ms for one in (found.staffing, other))
    fidelity = fidelity_of(found.record, found.staffing, change.from_ms, change.until_ms, found.elsewhere)
    return Shown(
        places, change, draws, found.source, (mean[0], mean[1]), found.limits, replayed, fidelity, found.as_of_ms
    )


# -- what is typed -------------------------------------------------------------------------------


def change_of(servers: str, from_ms: int, until_ms: int) -> "Change":
    """Ends the command with a line where the text is no number of servers, or the end is not after the beginning."""
    from streams.advise.staffing import Change

    if not re.fullmatch(r"[+-]?\d{1,4}", servers.strip()):
        fail(f"--servers {servers}: write +2 for two more, -1 for one fewer, 6 for six altogether")
    if until_ms <= from_ms:
        fail("--to is not after --from")
    return Change(int(servers), from_ms, until_ms, absolute=servers.strip()[0] not in "+-")


def source_of(staffing: str | None) -> "Source | None":
    """Ends the command with a line for another word."""
    known: dict[str, Source] = {"assigned": "assigned", "planned": "planned", "inferred": "inferred"}
    if staffing is not None and staffing not in known:
        fail(f"--staffing {staffing}: write assigned, planned or inferred")
    return None if staffing is None else known[staffing]


def moment(option: str, text: str, chosen: "Settings") -> int:
    """The instant in ms; ends the command with a line where there is none."""
    try:
        # Python 3.10 does not read Z.
        at = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    except ValueError:
        fail(f"{option} {text}: write 2026-11-21T12:00, with an offset such as Z or +01:00 unless it is local time")
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(chosen.timezone))
    return round(at.timestamp() * 1_000)
