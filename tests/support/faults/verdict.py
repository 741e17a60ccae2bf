"""Compares what is visible in the store with what must be; every difference is named, and counted by its class."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from support.faults.oracle import Expected, Id, Spot, Truth
from support.intervals import Cover, Interval

Query = Callable[[str], list[list[Any]]]

NAMED = 5
"""So many differences of a class are named, the rest is counted."""

MILLISECONDS = "toUnixTimestamp64Milli"
AT_THAT_INSTANT = (
    *("waiting", "being_served", "present", "oldest_wait_seconds"),
    *("servers", "posted_minutes", "state", "load"),
)
"""What a snapshot says of its own instant; the rest looks back, to snapshots that may have missed something late."""

STAY = ("place", "identifier", "joined_at", "nth")


@dataclass
class Verdict:
    """All zero and no `wrong`: proven. `repeated`: rows that were said more than once, for information."""

    events: int = 0
    lost: int = 0
    phantom: int = 0
    doubled: int = 0
    repeated: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def differ(self, what: str, found: Iterable[Any]) -> int:
        """Note a class of differences, if there are any."""
        found = list(found)
        if found:
            self.wrong.append(f"{len(found)} {what}: {found[:NAMED]}")
        return len(found)

    @property
    def fine(self) -> bool:
        return not (self.lost or self.phantom or self.doubled or self.wrong)


def judge(
    query: Query, truth: Truth, acknowledged: dict[Spot, str], sent: set[str], reached_ms: int, patient_ms: int = 5_000
) -> Verdict:
    """`acknowledged` and `sent`: the load's own lists. `reached_ms`: time up to which load has said everything."""
    verdict = Verdict(events=len(acknowledged))
    expected = truth.reduce(reached_ms - patient_ms)
    _touchpoints(verdict, query, truth, acknowledged, sent)
    _account(verdict, query, truth, expected)
    _stays(verdict, query, expected)
    _identifiers(verdict, query, expected)
    _queue_load(verdict, query, expected, reached_ms)
    _curves(verdict, query, expected)
    return verdict


def _touchpoints(verdict: Verdict, query: Query, truth: Truth, acknowledged: dict[Spot, str], sent: set[str]) -> None:
    rows = query("SELECT source, event_id, partition, offset FROM touchpoints")
    visible = {(source, event_id): (partition, offset) for source, event_id, partition, offset in rows}
    wanted = {key for spot, key in acknowledged.items() if spot not in truth.rejected}
    names = {f"{source}:{event_id}" for source, event_id in visible}
    gone = [spot for spot in acknowledged if spot not in truth.accepted and spot not in truth.rejected]
    verdict.lost += verdict.differ("acknowledged and not on the topic", gone)
    verdict.lost += verdict.differ("acknowledged and not visible", wanted - names)
    verdict.phantom += verdict.differ("visible and never sent", names - sent)
    verdict.doubled += verdict.differ("visible twice", _twice((source, event_id) for source, event_id, _, _ in rows))
    others = [name for name, spot in truth.first.items() if name not in truth.ambiguous and visible.get(name) != spot]
    verdict.differ("visible from another copy than the first one", others)
    verdict.differ("on the topic and not visible", truth.first.keys() - visible.keys())
    verdict.compared["touchpoints"] = len(rows)


def _twice(names: Iterable[Id]) -> list[Id]:
    return [name for name, count in Counter(names).items() if count > 1]


def _account(verdict: Verdict, query: Query, truth: Truth, expected: Expected) -> None:
    """Each offset of the topic was received once or refused, by receipts and dead letters."""
    received = {(p, o) for p, o in query("SELECT partition, offset FROM receipts WHERE topic = 'touchpoints'")}
    refused = query("SELECT partition, offset FROM rejected WHERE topic = 'touchpoints'")
    verdict.differ("accepted and without receipt", truth.accepted - received)
    verdict.differ("receipts of nothing", received - truth.accepted)
    spots = {(partition, offset) for partition, offset in refused}
    verdict.lost += verdict.differ("refused and no dead letter", expected.rejected - spots)
    verdict.phantom += verdict.differ("dead letters of what is fine", spots - expected.rejected)
    verdict.doubled += verdict.differ("dead letters twice", _twice((str(p), str(o)) for p, o in refused))
    verdict.compared["dead letters"] = len(refused)


def _stays(verdict: Verdict, query: Query, expected: Expected) -> None:
    columns = ("customer", "outcome", "wait_seconds", "service_seconds", "server", "kind", "guessed")
    times = ", ".join(f"{MILLISECONDS}({name}) / 1000 AS {name}_s" for name in ("joined_at", "started_at", "ended_at"))
    rows = query(f"SELECT place, identifier, nth, {', '.join(columns)}, {times} FROM stays")
    names = ("place", "identifier", "nth", *columns, "joined_at", "started_at", "ended_at")
    found = _by_key(verdict, "stays", [dict(zip(names, row, strict=True)) for row in rows], STAY)
    wanted = {tuple(stay[name] for name in STAY): stay for stay in expected.stays}
    verdict.lost += verdict.differ("stays missing", wanted.keys() - found.keys())
    verdict.phantom += verdict.differ("stays that were none", found.keys() - wanted.keys())
    both = wanted.keys() & found.keys()
    for key in both:
        if found[key]["customer"] in expected.names[key]:
            wanted[key]["customer"] = found[key]["customer"]
    verdict.differ(
        "stays wrong", [_change(wanted[key], found[key]) for key in both if not _same(wanted[key], found[key])]
    )
    verdict.compared["stays"] = len(both)


def _identifiers(verdict: Verdict, query: Query, expected: Expected) -> None:
    rows = query(
        "SELECT identifier, touchpoints, orders, late, duplicates, toFloat64(amount), "
        f"{MILLISECONDS}(first_seen), {MILLISECONDS}(last_seen) FROM identifiers"
    )
    found = {row[0]: tuple(row[1:]) for row in rows}
    wanted = {
        identifier: (c.touchpoints, c.orders, c.late, c.duplicates, float(c.amount), min(c.times), max(c.times))
        for identifier, c in expected.counted.items()
    }
    verdict.doubled += verdict.differ("identifiers twice", _twice((row[0], "") for row in rows))
    verdict.differ("identifiers missing", wanted.keys() - found.keys())
    verdict.differ("identifiers of nobody", found.keys() - wanted.keys())
    both = wanted.keys() & found.keys()
    verdict.differ("identifiers wrong", [(k, wanted[k], found[k]) for k in both if wanted[k] != found[k]])
    verdict.compared["identifiers"] = len(both)


def _queue_load(verdict: Verdict, query: Query, expected: Expected, reached_ms: int) -> None:
    """Every column until something of the place was late; from then on the instant, where all of it was known."""
    for place in expected.places():
        wanted = {row["at"]: row for row in expected.snapshots(place, reached_ms)}
        names = next(iter(wanted.values()), {}).keys() - {"at"}
        rows = query(
            f"SELECT {MILLISECONDS}(at) / 1000, {', '.join(names) or '1'} FROM queue_load "
            f"WHERE place = '{place}' AND {MILLISECONDS}(at) < {reached_ms - 5_000}"
        )
        found = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows} if names else {}
        verdict.doubled += verdict.differ(f"snapshots of {place} twice", _twice((str(row[0]), "") for row in rows))
        disturbed = expected.truth.late.get(place, [])
        since = min((at for at, _ in disturbed), default=reached_ms) / 1_000
        early = {at for at in wanted.keys() | found.keys() if at < since}
        verdict.differ(
            f"snapshots of {place} missing or of nothing", {a for a in early if (a in wanted) != (a in found)}
        )
        unsure = Cover(Interval(happened, appended + 1) for happened, appended in disturbed)
        wrong = []
        for at in sorted(wanted.keys() & found.keys()):
            if unsure(at * 1_000):
                continue
            columns = names if at < since else AT_THAT_INSTANT
            truth = {name: wanted[at][name] for name in columns}
            if not _same(truth, found[at]):
                wrong.append((at, _change(truth, found[at])))
            verdict.compared["snapshots" if at < since else "snapshots near late ones"] += 1
        verdict.differ(f"snapshots of {place} wrong", wrong)


def _curves(verdict: Verdict, query: Query, expected: Expected) -> None:
    rows = query(f"SELECT place, {MILLISECONDS}(at) / 1000, waiting, being_served, present FROM queue_load_exact")
    found = {(row[0], row[1]): tuple(row[2:]) for row in rows}
    wanted = {(c.place, c.at): (c.waiting, c.being_served, c.present) for c in expected.curves()}
    verdict.differ("instants of queue_load_exact missing or of nothing", expected.instants() ^ found.keys())
    both = wanted.keys() & found.keys()
    verdict.differ(
        "instants of queue_load_exact wrong", [(k, wanted[k], found[k]) for k in both if wanted[k] != found[k]]
    )
    verdict.compared["instants"] = len(both)


def _by_key(
    verdict: Verdict, what: str, rows: list[dict[str, Any]], key: tuple[str, ...]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    found = {tuple(row[name] for name in key): row for row in rows}
    verdict.doubled += verdict.differ(f"{what} twice", range(len(rows) - len(found)))
    return found


def _same(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    return all(_equal(value, found[name]) for name, value in wanted.items())


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, (int, float)):
        return abs(one - other) < 0.001_1
    return bool(one == other)


def _change(wanted: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What differs, as (wanted, found), and what names the row."""
    changed = {name: (value, found[name]) for name, value in wanted.items() if not _equal(value, found[name])}
    return {**{name: wanted[name] for name in STAY if name in wanted}, **changed}
