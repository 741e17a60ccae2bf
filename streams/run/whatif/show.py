"""The answer of a what-if for people, as a table with what each number means, and for machines."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from streams.advise.fidelity import Fidelity, reasons
from streams.advise.measures import Limits, Measures
from streams.advise.staffing import Change
from streams.advise.whatif import NEAR, Answer, Draws
from streams.run.whatif.rows import Source
from streams.sources.instants import rfc3339

STAFFING: dict[Source, str] = {
    "assigned": "as staff.assigned says",
    "planned": "as places.json plans",
    "inferred": "inferred from what was served: all who were busy while somebody waited, else a lower bound",
}
DEFINITIONS = (
    "wait: from joining to service or leaving, of both alike; P50, P90: half, nine of ten waited no longer",
    "abandoned: left unserved, as recorded; patience of the served is drawn by the product-limit estimate (Kaplan and "
    "Meier) beyond the wait that they stood",
    "served within: of the served and of those who abandoned later than the short limit of the place",
    "utilisation: server time in service / server time at work",
    "replayed: first come, first served with the actual staffing; it stands for what happened if its total wait is "
    "within 5 %",
)


class Shown(NamedTuple):
    """What was asked, what was found. `servers`: at work on average, in the time, before and after."""

    places: tuple[str, ...]
    change: Change
    draws: Draws
    source: Source
    servers: tuple[float, float]
    limits: Limits
    answer: Answer
    fidelity: Fidelity
    as_of_ms: int | None


def as_json(shown: Shown) -> str:
    """One object; times are RFC 3339 in UTC, unknown numbers null."""
    answer = shown.answer
    return (
        orjson.dumps(
            {
                "places": shown.places,
                "from": rfc3339(shown.change.from_ms),
                "to": rfc3339(shown.change.until_ms),
                "servers": _servers(shown.change),
                "data_as_of": None if shown.as_of_ms is None else rfc3339(shown.as_of_ms),
                "staffing": {
                    "source": shown.source,
                    "meaning": STAFFING[shown.source],
                    "mean_servers": shown.servers[0],
                    "mean_servers_after": shown.servers[1],
                },
                "recorded": answer.recorded._asdict(),
                "replayed": answer.replayed._asdict(),
                "after": answer.after._asdict(),
                "after_mean_wait_range_seconds": answer.after_means,
                "draws": shown.draws._asdict(),
                "patience": {
                    "left": answer.patience[0],
                    "waits": answer.patience[1],
                    "share_longer_than_any_seen": answer.patience_unseen,
                },
                "difference": answer.difference,
                "within_5_percent": answer.is_near,
                "reasons": [] if answer.is_near else reasons(shown.fidelity),
                "fidelity": {**shown.fidelity._asdict(), "elsewhere": shown.fidelity.elsewhere._asdict()},
                "limits": shown.limits._asdict(),
                "definitions": DEFINITIONS,
            },
            option=orjson.OPT_INDENT_2,
        ).decode()
        + "\n"
    )


def lines(shown: Shown) -> Iterator[str]:
    """One screen."""
    answer = shown.answer
    until = "unknown" if shown.as_of_ms is None else rfc3339(shown.as_of_ms)
    yield (
        f"{', '.join(shown.places)} from {rfc3339(shown.change.from_ms)} to {rfc3339(shown.change.until_ms)}, "
        f"servers {_servers(shown.change)}; data as of {until}"
    )
    counted = answer.recorded.service_level_people
    yield f"{answer.recorded.people:,.0f} people joined, {counted:,.0f} of them count for the service level"
    yield f"servers: {shown.servers[0]:.1f} on average, then {shown.servers[1]:.1f}; {STAFFING[shown.source]}"
    yield ""
    yield from _table(shown)
    yield ""
    yield from _verdict(shown)
    yield ""
    yield from _drawn(shown)
    yield from (f"  {definition}" for definition in DEFINITIONS)


def _table(shown: Shown) -> Iterator[str]:
    columns = (shown.answer.recorded, shown.answer.replayed, shown.answer.after)
    yield f"{'':<24}{'what happened':>15}{'replayed':>15}{f'servers {_servers(shown.change)}':>15}"
    for title, cells in _rows(columns, shown.limits):
        yield f"{title:<24}" + "".join(f"{cell:>15}" for cell in cells)


def _rows(columns: tuple[Measures, ...], limits: Limits) -> Iterator[tuple[str, list[str]]]:
    yield "wait, mean", [_time(one.mean_wait_seconds) for one in columns]
    yield "wait, P50", [_time(one.p50_wait_seconds) for one in columns]
    yield "wait, P90", [_time(one.p90_wait_seconds) for one in columns]
    yield "wait, longest", [_time(one.longest_wait_seconds) for one in columns]
    yield "served", [f"{one.served:,.0f}" for one in columns]
    yield "abandoned", [f"{one.abandoned:,.0f}" for one in columns]
    if any(one.never_served for one in columns):
        yield "never served", [f"{one.never_served:,.0f}" for one in columns]
    yield f"served within {limits.within_seconds:g} s", [_share(one.service_level) for one in columns]
    yield "utilisation", [_share(one.utilisation) for one in columns]


def _verdict(shown: Shown) -> Iterator[str]:
    answer, happened = shown.answer, shown.answer.recorded.total_wait_seconds
    words = f"With the actual staffing the replay's total wait is {_time(answer.replayed.total_wait_seconds)}"
    if answer.difference is None:
        yield f"{words}; nobody waited."
        return
    side = "more" if answer.difference > 0 else "less"
    words += f", {abs(answer.difference):.1%} {side} than the {_time(happened)} that happened"
    if answer.is_near:
        yield f"{words}: within {NEAR:.0%}."
        return
    yield f"{words}: not within {NEAR:.0%}, because"
    yield from (f"  - {reason}" for reason in reasons(shown.fidelity))
    yield "Compare what the change does with the column 'replayed'."


def _drawn(shown: Shown) -> Iterator[str]:
    answer = shown.answer
    spread = ""
    if answer.after_means is not None:
        spread = f", whose mean waits lie between {_time(answer.after_means[0])} and {_time(answer.after_means[1])}"
    yield f"Means over {shown.draws.number} draws with seed {shown.draws.seed}{spread}."
    left, waits = answer.patience
    unseen = f"; {answer.patience_unseen:.0%} would wait longer than anybody did" if left else ""
    yield f"Patience: {left:,} of {waits:,} waits ended by leaving{unseen}."


def _servers(change: Change) -> str:
    return str(change.servers) if change.absolute else f"{change.servers:+d}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


def _share(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"
