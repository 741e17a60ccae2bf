"""What is wrong, drawn from the facts: each finding with its weight, its numbers and what to do about it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Final, Literal, NamedTuple

from streams.run.doctor.facts import Facts, Reading
from streams.run.doctor.settings import settings_findings
from streams.topology import rows_topic

Level = Literal["note", "warning", "lost"]
LEVELS: Final[tuple[Level, ...]] = ("lost", "warning", "note")
STATUS: Final[dict[Level, int]] = {"note": 0, "warning": 1, "lost": 2}

STILL_SECONDS = 30.0
SILENT_SECONDS = 10.0
BEHIND_SECONDS = 60.0
PIPELINE = rows_topic("pipeline")


class Finding(NamedTuple):
    """`lost`: something is missing or stands still; `warning`: somebody should act; `note`: good to know."""

    level: Level
    about: str
    says: str
    do: str = ""


def findings(facts: Facts) -> list[Finding]:
    """All of them, the heaviest first."""
    found = [
        *_account(facts),
        *_coverage(facts),
        *_lanes(facts, facts.readings, "worker"),
        *_lanes(facts, facts.tables, "sink"),
        *_silent(facts),
        *_watermarks(facts),
        *_restarts(facts),
        *_copies(facts),
        *(Finding(*setting) for setting in settings_findings(facts)),
        *(Finding("note", "not looked at", reason) for reason in facts.not_looked_at),
    ]
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))


def status(found: Sequence[Finding]) -> int:
    """Exit status for monitoring: 0 all well, 1 warnings, 2 something is lost or stands still."""
    return max((STATUS[finding.level] for finding in found), default=0)


# -- what was appended and what became of it -----------------------------------------------------


def _account(facts: Facts) -> Iterator[Finding]:
    for account in facts.accounts:
        if account.missing:
            yield Finding(
                "lost",
                f"touchpoints/{account.partition}",
                f"{account.missing:,} of {account.appended:,} touchpoints appended in the hour from "
                f"{clock(account.hour_ms)} are neither stored nor rejected; the first: offset {account.first_missing}",
                "take them out of the log from that offset and send them again: what is stored already counts once",
            )


def _coverage(facts: Facts) -> Iterator[Finding]:
    for checked in facts.checked:
        about = f"touchpoints/{checked.partition}"
        if checked.log_begins_ms is not None:
            received, rejected = checked.known_before
            yield Finding(
                "note",
                about,
                f"the log begins at {clock(checked.log_begins_ms)}; of the time before, {received:,} received and "
                f"{rejected:,} rejected are known, and what was appended can no longer be told",
            )
        if checked.unread:
            yield Finding(
                "note",
                about,
                f"{checked.unread:,} offsets without a row were not looked at; they may be marks of Touchline or lost",
                "a higher --records looks at them",
            )


# -- who stands still, who is behind -------------------------------------------------------------


def _lanes(facts: Facts, readings: Sequence[Reading], process: str) -> Iterator[Finding]:
    for reading in readings:
        if reading.standing is not None and reading.standing.paused:
            yield Finding(
                "lost",
                reading.name,
                f"paused with {reading.lag:,} records waiting: {reading.standing.paused}",
                f"start a worker that accepts them, or `touchline rejected resume --partition {reading.partition}`",
            )
        elif (gap := _out_of_log(reading)) is not None:
            yield gap
        elif reading.oldest_unread_ms is not None:
            yield from _lag(facts, reading, process)


def _out_of_log(reading: Reading) -> Finding | None:
    if reading.committed is None or reading.begin <= reading.committed <= reading.end:
        return None
    return Finding(
        "lost",
        reading.name,
        f"has read {reading.topic}/{reading.partition} up to offset {reading.committed}, the log holds {reading.begin} "
        f"to {reading.end}: " + (
            f"{reading.begin - reading.committed:,} records were deleted before they were read"
            if reading.committed < reading.begin
            else "the topic was made anew"
        ),
        "`touchline rebuild`; then give the topic a longer retention",
    )  # fmt: skip


def _lag(facts: Facts, reading: Reading, process: str) -> Iterator[Finding]:
    seconds = reading.lag_seconds(facts.at_ms)
    waiting = f"{reading.lag:,} records of {reading.topic}/{reading.partition} wait, the oldest for {seconds:,.0f} s"
    if not reading.moved and seconds > STILL_SECONDS:
        told = reading.standing
        silent = told is None or facts.at_ms - told.at_ms > STILL_SECONDS * 1_000
        words = "; nobody serves it" + (f" since {clock(told.at_ms)}" if told else "") if silent else ""
        yield Finding(
            "lost", reading.name, f"stands still: {waiting}{words}", f"is a {process} running? its log says why"
        )
    elif seconds > BEHIND_SECONDS:
        yield Finding(
            "warning", reading.name, f"is behind: {waiting}", f"add a {process}, or wait until it has caught up"
        )


def _silent(facts: Facts) -> Iterator[Finding]:
    """Stages of which nobody has said anything, although what is said reaches the store."""
    if any(table.topic == PIPELINE and table.lag_seconds(facts.at_ms) > SILENT_SECONDS for table in facts.tables):
        return
    for reading in facts.readings:
        told = reading.standing
        if reading.oldest_unread_ms is not None and not reading.moved:
            continue  # that it stands still is said already
        if told is None:
            yield Finding("warning", reading.name, "nobody serves it, or only since a moment", "is a worker running?")
        elif facts.at_ms - told.at_ms > STILL_SECONDS * 1_000:
            yield Finding(
                "lost",
                reading.name,
                f"nobody serves it since {clock(told.at_ms)}",
                "is a worker running? its log says why",
            )


# -- what time it is -----------------------------------------------------------------------------


def _watermarks(facts: Facts) -> Iterator[Finding]:
    """One finding per input that holds time back. The event clock may rightly stand still, or show the past."""
    if facts.event_clock:
        return
    lanes = {reading.name: reading for reading in facts.readings}
    held: dict[str, list[Reading]] = {}
    for reading in facts.readings:
        told = reading.standing
        if told is not None and not told.paused and (told.delay_seconds is None or told.delay_seconds > BEHIND_SECONDS):
            held.setdefault(held_by(lanes, reading)[-1], []).append(reading)
    for holder, readings in held.items():
        root = lanes.get(holder)
        since = root.standing_since_ms if root is not None else None
        slowest = max(readings, key=lambda reading: _delay(reading))
        yield Finding(
            "warning",
            slowest.name,
            f"shows {_time_shown(slowest)}; {holder}" + (f" ({root.topic}/{root.partition})" if root else "")
            + f" holds back {', '.join(reading.name for reading in readings)}"
            + (f" since {clock(since)}" if since is not None else "")
            + (f", by a transaction left open at offset {root.stable}" if root and root.stable is not None else ""),
            f"look at {holder}: numbers stay as of that time until it moves",
        )  # fmt: skip


def held_by(lanes: dict[str, Reading], reading: Reading) -> list[str]:
    """From this lane back to the one that everybody waits for: names, the lane itself first."""
    chain = [reading.name]
    while True:
        told = lanes[chain[-1]].standing if chain[-1] in lanes else None
        if told is None or not told.held_by or told.held_by in chain:
            return chain
        chain.append(told.held_by)


def _delay(reading: Reading) -> float:
    delay = reading.standing.delay_seconds if reading.standing else None
    return float("inf") if delay is None else delay


def _time_shown(reading: Reading) -> str:
    told = reading.standing
    if told is None or told.watermark_ms is None:
        return "no time yet"
    return f"{clock(told.watermark_ms)}, {told.delay_seconds or 0.0:,.0f} s behind"


def _restarts(facts: Facts) -> Iterator[Finding]:
    often = {f"{stage}/{partition}": times for (stage, partition), times in facts.restarts.items() if times >= 3}
    if often:
        yield Finding(
            "warning",
            "worker",
            f"began anew up to {max(often.values())} times in 10 minutes ({', '.join(sorted(often))})",
            "its log says why it ends; or two workers share one TOUCHLINE_WORKER_ID: give each its own",
        )


# -- copies that differ --------------------------------------------------------------------------


def _copies(facts: Facts) -> Iterator[Finding]:
    if facts.conflicts.total:
        yield Finding(
            "note",
            "conflicting duplicates",
            f"{facts.conflicts.total:,} touchpoints came again under a known id with other content; the first counts",
            "`touchline rejected list --reason conflicting_duplicate`: its source must give each event its own id",
        )
    if facts.escaped.total:
        yield Finding(
            "warning",
            "conflicting copies",
            f"ids sent for several people or days, which rows and state count differently: {facts.escaped.total:,}",
            "their source must give each event its own id",
        )


def clock(at_ms: int) -> str:
    """A time for people, in UTC."""
    return datetime.fromtimestamp(at_ms / 1_000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
