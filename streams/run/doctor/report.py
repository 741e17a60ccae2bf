"""The examination on one screen for people, and as one JSON object for machines."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from streams.refusals import plain_name
from streams.run.doctor.account import HourAccount
from streams.run.doctor.facts import Conflicts, Facts, Reading
from streams.run.doctor.findings import Finding, clock, held_by, status

COLOURS = {"lost": "bold red", "warning": "yellow", "note": "dim"}
MOVING_MS = 10_000
"""A watermark that rose since then is not said to stand."""

VERDICTS = ("all is well", "there are warnings", "something is lost or stands still")


def show(console: Console, facts: Facts, found: Sequence[Finding], *, every_hour: bool) -> None:
    """Print it. `every_hour`: also the hours that add up."""
    shown = _data_as_of(facts)
    console.print(
        f"Touchline doctor, as of {clock(facts.at_ms)}; data as of {shown}: {VERDICTS[status(found)]}",
        style=("green", "yellow", "bold red")[status(found)],
    )
    console.print(_accounts(facts, every_hour=every_hour))
    console.print(_lanes(facts))
    console.print(_tables(facts))
    for finding in found:
        console.print(f"{finding.level:8}{finding.about}: {finding.says}", style=COLOURS[finding.level], markup=False)
        if finding.do:
            console.print(f"        → {finding.do}", markup=False, style="dim")
    for title, conflicts in (("conflicting duplicates", facts.conflicts), ("conflicting copies", facts.escaped)):
        _newest(console, title, conflicts)


def as_json(facts: Facts, found: Sequence[Finding]) -> bytes:
    """Times in ms since 1970 UTC (names ending `_ms`), durations in seconds, sizes in records or bytes as named."""
    return orjson.dumps(
        {
            "as_of_ms": facts.at_ms,
            "data_as_of_ms": _shown_ms(facts),
            "status": status(found),
            "hours": facts.hours,
            "findings": [finding._asdict() for finding in found],
            "accounts": [_account_json(account) for account in facts.accounts],
            "checked": facts.checked,
            "stages": [_reading_json(facts, reading) for reading in facts.readings],
            "sink": [_reading_json(facts, table) for table in facts.tables],
            "nodes": facts.nodes,
            "clock_skew_seconds": {"broker": facts.broker_skew_seconds, "store": facts.store.skew_seconds},
            "disks": [{"name": n, "free_bytes": free, "total_bytes": total} for n, free, total in facts.store.disks],
            "open_dead_letters": facts.store.open_letters,
            "conflicting_duplicates": _conflicts_json(facts.conflicts),
            "conflicting_copies": _conflicts_json(facts.escaped),
        },
        option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS,
    )


def _account_json(account: HourAccount) -> dict[str, Any]:
    return {
        "partition": account.partition,
        "hour_ms": account.hour_ms,
        "appended": None if account.deleted else account.appended,
        "stored": account.stored,
        "duplicates": account.duplicates,
        "rejected": dict(account.rejected),
        "under_way": account.under_way,
        "missing": account.missing,
        "first_missing_offset": account.first_missing,
    }


def _reading_json(facts: Facts, reading: Reading) -> dict[str, Any]:
    told = reading.standing
    return {
        "name": reading.reader,
        "partition": reading.partition,
        "topic": reading.topic,
        "begin_offset": reading.begin,
        "end_offset": reading.end,
        "committed_offset": reading.committed,
        "lag_records": reading.lag,
        "lag_seconds": reading.lag_seconds(facts.at_ms),
        "watermark_ms": told.watermark_ms if told else None,
        "delay_seconds": told.delay_seconds if told else None,
        "held_by": told.held_by if told else "",
        "standing_since_ms": reading.standing_since_ms,
        "paused": told.paused if told else "",
        "told_at_ms": told.at_ms if told else None,
    }


def _conflicts_json(conflicts: Conflicts) -> dict[str, Any]:
    return {"count": conflicts.total, "newest": [named._asdict() for named in conflicts.newest]}


# -- for people ----------------------------------------------------------------------------------


def _shown_ms(facts: Facts) -> int | None:
    """The time that boards show: the lowest watermark of the last stage."""
    if not facts.readings:
        return None
    last = facts.readings[-1].reader
    times = [r.standing.watermark_ms if r.standing else None for r in facts.readings if r.reader == last]
    known = [time for time in times if time is not None]
    return min(known) if len(known) == len(times) else None


def _data_as_of(facts: Facts) -> str:
    shown = _shown_ms(facts)
    return "nothing yet" if shown is None else clock(shown)


def _accounts(facts: Facts, *, every_hour: bool) -> Table:
    table = Table(
        title=f"touchpoints appended in the last {facts.hours} h, and what became of them",
        title_justify="left",
        box=None,
    )
    table.add_column("partition")
    table.add_column("hour (UTC)")
    for name in ("appended", "= stored", "+ duplicates", "+ rejected", "+ under way", "+ missing", "first missing"):
        table.add_column(name, justify="right")
    table.add_column("log looked at", justify="right")
    for checked in facts.checked:
        mine = [account for account in facts.accounts if account.partition == checked.partition]
        looked = f"{checked.looked:,} records" + (f", not {checked.unread:,}" if checked.unread else "")
        table.add_row(f"touchpoints/{checked.partition}", "all", *_sum(mine), looked, style="bold")
        for account in mine:
            if every_hour or account.missing or account.deleted:
                table.add_row("", clock(account.hour_ms)[:16], *_sum([account]), "")
    return table


def _sum(accounts: Sequence[HourAccount]) -> list[str]:
    def total(values: Iterable[int]) -> str:
        return f"{sum(values):,}"

    missing = min((a.first_missing for a in accounts if a.first_missing is not None), default=None)
    unknown = any(account.deleted for account in accounts)
    return [
        ("≥ " if unknown else "") + total(account.appended for account in accounts),
        total(account.stored for account in accounts),
        total(account.duplicates for account in accounts),
        total(sum(account.rejected.values()) for account in accounts),
        total(account.under_way for account in accounts),
        total(account.missing for account in accounts),
        "" if missing is None else f"offset {missing}",
    ]


def _lanes(facts: Facts) -> Table:
    table = Table(title="stages", title_justify="left", box=None)
    for name, justify in (
        ("stage/partition", "left"), ("lag", "right"), ("lag", "right"), ("watermark", "left"), ("delay", "right"),
        ("held back by", "left"), ("since", "left"),
    ):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]  # rich wants its own literal
    lanes = {reading.name: reading for reading in facts.readings}
    for reading in facts.readings:
        told = reading.standing
        chain = held_by(lanes, reading)[1:]
        since = lanes[chain[-1]].standing_since_ms if chain and chain[-1] in lanes else reading.standing_since_ms
        table.add_row(
            reading.name,
            f"{reading.lag:,} records",
            f"{reading.lag_seconds(facts.at_ms):,.1f} s",
            clock(told.watermark_ms) if told and told.watermark_ms is not None else "none",
            f"{told.delay_seconds:,.1f} s" if told and told.delay_seconds is not None else "",
            "paused: " + told.paused if told and told.paused else " ← ".join(chain),
            clock(since) if since is not None and facts.at_ms - since > MOVING_MS else "",
        )
    return table


def _tables(facts: Facts) -> Table:
    table = Table(title="rows on their way into the store", title_justify="left", box=None)
    for name in ("table", "lag", "lag"):
        table.add_column(name, justify="left" if name == "table" else "right")
    for reading in facts.tables:
        table.add_row(
            reading.reader.removeprefix("sink "),
            f"{reading.lag:,} records",
            f"{reading.lag_seconds(facts.at_ms):,.1f} s",
        )
    return table


def _newest(console: Console, title: str, conflicts: Conflicts) -> None:
    for named in conflicts.newest:
        how = f": {named.how}" if named.how else ""
        console.print(
            f"        {title}: {plain_name(named.source)} {named.event_id} at {clock(named.at_ms)}{how}", markup=False
        )
