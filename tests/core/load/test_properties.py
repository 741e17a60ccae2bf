"""Whatever the order, the chunks and the crashes: the snapshots are those of a sweep over the final stays."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import staff_oracle
from support.load_log import Shell, fact, log_of, stay, watermark
from support.load_oracle import final_stays, snapshots, sweep

from schemas.place import Place
from streams.load.crowd import Crowd
from streams.load.state import LoadState
from streams.load.work import MINUTE_MS, MINUTES

T = 1_700_000_000_000
PLACES = (
    Place(id="ride", target_wait_seconds=60, servers=2),
    Place(id="desk", kind="desk", target_wait_seconds=33.3, capacity=3),
    Place(id="hall", kind="area", capacity=4),
    Place(id="quiet"),
)
NAMES = [place.id for place in PLACES]
CUSTOMERS = ["", "", "customer:1", "customer:2"]

lengths = st.integers(0, 200_000) | st.sampled_from([0, 1, 4_999, 5_000, 5_001, 54_000, 60_000, 120_000, 1_200_000])
chances = st.builds(random.Random, st.integers(0, 10_000))
moments = st.integers(0, 600_000) | st.sampled_from([0, 4_999, 5_000, 5_001, 100_000, 105_000, 1_000_000])


@st.composite
def versions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One stay as it comes to be known: joined, started, ended; with what turned out to be wrong in between."""
    place, joined = draw(st.sampled_from(NAMES)), T + draw(moments)
    thing = f"token:{place}/{draw(st.integers(0, 5))}"
    started = None if draw(st.booleans()) else joined + draw(lengths)
    ended = None if draw(st.integers(0, 3)) == 0 else (started or joined) + draw(lengths)
    kind = "presence" if place == "hall" and draw(st.booleans()) else "queue"
    if kind == "presence":
        started = None
    more: dict[str, Any] = {"m": kind, "w": draw(st.sampled_from(CUSTOMERS)), "n": draw(st.integers(0, 99_999))}
    if draw(st.integers(0, 9)) == 0:
        more["x"] = 1
    known = [stay(place, thing, joined, **(more | {"v": 1, "x": 0}))]
    if started is not None:
        known.append(stay(place, thing, joined, started, **(more | {"v": 2, "x": 0})))
    last = stay(place, thing, joined, started, ended, **(more | {"v": 3}))
    return [*known, last | {"out": "left" if kind == "presence" and ended else last["out"]}]


@st.composite
def facts(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["place.opened", "place.closed", "staff.assigned", "wait.posted"]))
    number, name = draw(st.integers(0, 30)), str(draw(st.integers(0, 9)))
    place = draw(st.sampled_from(NAMES))
    return fact(place, kind, T + draw(moments), event_id=f"{kind}{place}{name}", count=number, minutes=number)


World = tuple[list[list[dict[str, Any]]], list[dict[str, Any]]]


def rush(seed: int) -> World:
    """Many people in one queue, first come, first served: with waits, a pace to measure, and an end."""
    chance = random.Random(seed)
    place, servers = chance.choice(["ride", "desk"]), chance.randint(1, 3)
    arrived, free, known = T, [T] * servers, []
    for number in range(chance.randint(5, 40)):
        arrived += round(chance.expovariate(1 / 15_000))
        started = max(arrived, min(free))
        free[free.index(min(free))] = ended = started + chance.choice([20_000, round(chance.expovariate(1 / 30_000))])
        steps = [(), (started,), (started, ended)]
        known.append([stay(place, f"token:{number}", arrived, *some, v=v) for v, some in enumerate(steps, 1)])
    return known, []


def name_of(known: list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(known[0][name] for name in "pijn")


worlds = st.tuples(
    st.lists(versions(), max_size=12, unique_by=name_of), st.lists(facts(), max_size=6)
) | st.integers().map(rush)


def news_at(body: dict[str, Any]) -> int:
    """The latest moment at which this must be known, so that nothing of it is late."""
    if body["k"] == "fact":
        return int(body["t"])
    if body["v"] < 3:
        return int(body["st"] or body["j"])
    return int(body["j"] if body.get("x") or body["en"] is None else body["en"])


def on_time(world: World, chance: random.Random, widest: int) -> list[dict[str, Any]]:
    """The records in some order in which nothing is late: shuffled, early, repeated; between them watermarks."""
    stays, told = world
    first: dict[str, dict[str, Any]] = {}
    for body in told:
        first.setdefault(body["e"], body)
    pending = [body for known in stays for body in known] + list(first.values())
    chance.shuffle(pending)
    log: list[dict[str, Any]] = []
    mark = T
    while pending:
        mark += chance.randint(5_000, widest)
        due = [body for body in pending if news_at(body) <= mark or chance.random() < 0.1]
        pending = [body for body in pending if body not in due]
        chance.shuffle(due)
        log += due
        log += [chance.choice(log) for _ in range(chance.randint(0, 3)) if log]
        log.append(watermark(mark))
    return [*log, watermark(mark + chance.choice([6_000, 3_000_000]))]


@pytest.mark.parametrize("widest", [5_000, 60_000, 14_400_000])
@settings(max_examples=60, deadline=None)
@given(world=worlds, chance=chances)
def test_where_nothing_is_late_the_rows_are_those_of_a_look_at_every_grid_point(
    widest: int, world: World, chance: random.Random
) -> None:
    bodies = on_time(world, chance, widest)
    shell = Shell(PLACES, lateness_ms=100_000_000).run(log_of(*bodies), chance)
    for place in PLACES:
        expected = snapshots(place, bodies, bodies[-1]["t"])
        rows = [row for row in shell.rows if row["place"] == place.id]
        assert [row["at"] for row in rows] == [row["at"] for row in expected]
        for row, truth in zip(rows, expected, strict=True):
            assert {name: row[name] for name in truth} == rounded(truth)


@settings(max_examples=60, deadline=None)
@given(world=worlds, chance=chances)
def test_where_nothing_is_late_the_staff_is_that_of_a_count_of_all_stays(world: World, chance: random.Random) -> None:
    bodies = on_time(world, chance, 60_000)
    shell = Shell(PLACES, lateness_ms=100_000_000).run(log_of(*bodies), chance)
    for place in PLACES:
        stays = [known for known in final_stays(bodies) if known["p"] == place.id]
        looks = {row["at"]: row for row in shell.rows if row["place"] == place.id}
        rows = [row for row in shell.staff_rows if row["place"] == place.id]
        for row in rows:
            seen = staff_oracle.measured(stays, round(row["at"] * 1_000))
            assert {name: row[name] for name in seen} == pytest.approx(seen, abs=0.000_51)
            assert (row["servers_required"], row["reason"]) == staff_oracle.required(place, seen, row["state"])
            assert (row["servers"], row["state"]) == (looks[row["at"]]["servers"], looks[row["at"]]["state"])
        minutes = set() if place.kind in ("area", "parking") else {at // 60 for at in looks}
        assert {row["at"] // 60 for row in rows} == minutes


def rounded(truth: dict[str, Any]) -> dict[str, Any]:
    return truth | {"estimate_p50_seconds": pytest.approx(truth["estimate_p50_seconds"], abs=0.001_1)}


def mistaken(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Now and then an earlier version is plainly wrong, or says that there is no such stay."""
    if body["v"] == 3 or chance.random() < 0.6:
        return body
    started = body["j"] + chance.randint(0, 300_000)
    wrong = [{"st": started}, {"en": started}, {"st": started, "en": started + 50_000}, {"w": "customer:1"}, {"x": 1}]
    return body | chance.choice(wrong)


def any_order(world: World, chance: random.Random) -> list[dict[str, Any]]:
    """The records in any order whatever, most of them late, some repeated; between them watermarks."""
    stays, told = world
    log = [mistaken(body, chance) for known in stays for body in known] + told
    chance.shuffle(log)
    log += [chance.choice(log) for _ in range(chance.randint(0, 5)) if log]
    mark = T
    for place in sorted(chance.sample(range(len(log) + 1), k=min(len(log), 6)), reverse=True):
        log.insert(place, watermark(0))
    for body in log:
        if body["k"] == "wm":
            mark += chance.choice([1, 5_000, 100_000, 2_000_000])
            body["t"] = mark
    return log


@settings(max_examples=100, deadline=None)
@given(world=worlds, chance=chances, lateness_ms=st.sampled_from([0, 60_000, 3_600_000]))
def test_in_any_order_a_crash_anywhere_leaves_the_same_bytes(
    world: World, chance: random.Random, lateness_ms: int
) -> None:
    log = log_of(*any_order(world, chance), watermark(T + 10_000_000))
    without = Shell(PLACES, lateness_ms).run(log)
    crashed = Shell(PLACES, lateness_ms, limit=chance.randint(1, 3)).run(log, chance)
    assert crashed.rows == without.rows
    assert set(crashed.said) == set(without.said)
    assert crashed.staff_rows == without.staff_rows
    assert crashed.changelog == without.changelog


@settings(max_examples=100, deadline=None)
@given(world=worlds, chance=chances, lateness_ms=st.sampled_from([0, 60_000, 3_600_000]))
def test_in_any_order_no_count_is_below_zero_and_what_is_derived_is_what_would_be_rebuilt(
    world: World, chance: random.Random, lateness_ms: int
) -> None:
    shell = Shell(PLACES, lateness_ms)
    for record in log_of(*any_order(world, chance)):
        shell.run([record])
        assert picture(shell.state) == picture(rebuilt(shell))
    counts = ["waiting", "being_served", "present", "arrivals", "starts", "ends", "abandons", "oldest_wait_seconds"]
    assert all((row[name] or 0) >= 0 for row in shell.rows for name in counts)


@settings(max_examples=100, deadline=None)
@given(world=worlds, chance=chances)
def test_in_any_order_the_counts_are_right_in_the_end(world: World, chance: random.Random) -> None:
    bodies = any_order(world, chance)
    latest = max([T, *(body["en"] or body["st"] or body["j"] for body in bodies if body["k"] == "stay")])
    end = latest + 86_400_000
    bodies += [stay(name, "token:last", end) for name in NAMES]
    shell = Shell(PLACES, lateness_ms=1_000_000_000).run(log_of(*bodies, watermark(end + 10_000)))
    for name in NAMES:
        last = [row for row in shell.rows if row["place"] == name][-1]
        truth = sweep([known for known in final_stays(bodies) if known["p"] == name], round(last["at"] * 1_000))
        oldest = truth.pop("oldest")
        assert {count: last[count] for count in truth} == truth
        assert last["oldest_wait_seconds"] == (round(last["at"] * 1_000) - oldest) / 1_000


def rebuilt(shell: Shell) -> LoadState:
    other = Shell(shell.places, shell.lateness_ms, changelog=dict(shell.changelog))
    return other.recover()


def picture(state: LoadState) -> dict[str, Any]:
    """Everything derived, without what lazy deletion has left behind."""
    for crowd in state.crowds.values():
        crowd.tally.next_change()
    return {name: parts_of(crowd) for name, crowd in state.crowds.items()}


def work_of(crowd: Crowd) -> dict[int, list[int]]:
    """Its minutes that can still be asked for."""
    floor = crowd.at // MINUTE_MS - MINUTES
    return {minute: sums for minute, sums in crowd.work._minutes.items() if minute > floor}


def parts_of(crowd: Crowd) -> dict[str, Any]:
    tally, starts = crowd.tally, crowd.starts
    buckets = {grid: (bucket.happened, {w: n for w, n in bucket.customers.items() if n})
               for grid, bucket in tally._buckets.items()}  # fmt: skip
    return {
        "counts": (crowd.at, crowd.stays, tally.at, tally.waiting, tally.being_served, tally.inside, tally.present),
        "customers": tally._customers,
        "buckets": buckets,
        "work": work_of(crowd),
        "starts": (starts._order[starts._first :], starts.pace(), starts.at),
        "facts": {kind: history.all() for kind, history in crowd.facts.items()},
        "looks": (crowd.standing, crowd.oldest_joined, crowd.rhythm, crowd.next_look()),
    }
