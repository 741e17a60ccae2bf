"""Dead letters on the screen: counts that tell nobody's name, and one letter whole."""

from collections.abc import Iterable, Sequence

import orjson
from rich.console import Console
from rich.table import Table

from streams.refusals import plain_name
from streams.run.rejected.fix import readable
from streams.run.rejected.letters import Cause, Letter
from streams.sources.instants import rfc3339

WIDTH_ELSEWHERE = 200
"""Columns where the output is no terminal: nothing is cut."""


def to_screen() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH_ELSEWHERE)


def list_table(causes: Sequence[Cause], *, done: bool) -> Table:
    """`done`: some of them are dealt with already, and that is a column."""
    table = Table(box=None, pad_edge=False)
    for name in ("reason", "field", "source", "topic"):
        table.add_column(name)
    table.add_column("dead letters", justify="right")
    if done:
        table.add_column("dealt with", justify="right")
    table.add_column("newest (UTC)")
    table.add_column("look at one: touchline rejected show …")
    for cause in causes:
        counts = [f"{cause.total:,}"] + ([f"{cause.dealt_with:,}"] if done else [])
        source = plain_name(cause.source) if cause.source else "(unreadable)"
        field = plain_name(cause.field) if cause.field else ""
        table.add_row(cause.reason, field, source, cause.topic, *counts, rfc3339(cause.newest_ms), str(cause.sample))
    counts = [f"{sum(cause.total for cause in causes):,}"]
    counts += [f"{sum(cause.dealt_with for cause in causes):,}"] if done else []
    table.add_row("all", "", "", "", *counts, style="bold")
    return table


def list_json(causes: Iterable[Cause]) -> str:
    lines = [
        orjson.dumps(
            cause._asdict()
            | {
                name: plain_name(text) if text else ""
                for name, text in (("source", cause.source), ("field", cause.field))
            }
            | {"sample": str(cause.sample)}
        ).decode()
        for cause in causes
    ]
    return "".join(f"{line}\n" for line in lines)


def letter_lines(letter: Letter) -> list[str]:
    """For people: what is known of it, then what was sent, readable."""
    at = f" in {letter.field}" if letter.field else ""
    return [
        f"dead letter  {letter.position}",
        f"received     {rfc3339(letter.rejected_ms)}",
        f"source       {letter.source or '(unreadable)'}",
        f"reason       {letter.reason or 'none'}{at}",
        f"what to do   {letter.detail}",
        f"dealt with   {letter.dealt_with or 'not yet'}",
        f"bytes        {len(letter.payload):,}",
        "",
        readable(letter.payload),
    ]
