"""A simulated day through the whole road, dirt and all: the store says who was where when, as the truth does."""

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from contextlib import suppress
from operator import itemgetter

import pytest
from support.road import Road
from support.simulated import HOUR, SAMPLE, START, run_day, sample_park

from streams.sources.simulate.live import write_file

pytestmark = pytest.mark.slow

STAYS = """
SELECT place, identifier, toUnixTimestamp64Milli(joined_at), toUnixTimestamp64Milli(started_at),
       toUnixTimestamp64Milli(ended_at), outcome
FROM stays WHERE kind = 'queue'"""
SNAPSHOTS = """
SELECT place, toUnixTimestamp64Milli(at), toInt64(waiting), toInt64(being_served)
FROM queue_load WHERE place IN {places:Array(String)}"""
REASONS = "SELECT reason, count() FROM rejected GROUP BY reason"
RIDES = ("comet", "river-rapids", "carousel")


@pytest.fixture(scope="module")
def day():
    return run_day(sample_park(), seed=3, visitors=1_200, hours=21)


@pytest.fixture(scope="module")
def road(day, tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    with (folder / "day.jsonl").open("wb") as out:
        write_file(day.emissions, out)
    with Road(folder, settings={"TOUCHLINE_PLACES": str(SAMPLE)}) as road:
        done = road.touchline("import", str(folder / "day.jsonl"), "--wait")
        assert done.returncode == 0, done.stderr
        yield road


@pytest.fixture(scope="module")
def seen(day):
    """The stays of the truth that some source saw and that were over in time."""
    return [s for s in day.stays() if s["mode"] == "queue" and s["thing"] and s["ended"] is not None]


def test_every_stay_that_anybody_saw_is_stored_as_it_was(road, seen):
    fields = ("place", "thing", "joined", "started", "ended", "outcome")
    happened = Counter(tuple(stay[field] for field in fields) for stay in seen)
    stored = Counter(road.query(STAYS))
    assert len(happened) > 10_000
    assert happened - stored == Counter()
    assert len(list((stored - happened).elements())) <= 5  # calls that went on when the simulation stopped


def test_the_snapshots_are_the_true_curve(road, seen):
    curves = {place: curve([stay for stay in seen if stay["place"] == place]) for place in RIDES}
    found = road.query(SNAPSHOTS, places=list(RIDES))
    assert len(found) > 3_000
    for place, at, waiting, being_served in found:
        assert (waiting, being_served) == curves[place](at), (place, (at - START) / HOUR)


def test_each_piece_of_garbage_is_a_dead_letter_with_its_reason(road, day):
    told = Counter(fact["reason"] for fact in day.dirt("garbage"))
    del told["empty"]  # no line in a file can be that
    found = dict(road.query(REASONS))
    named = names_somebody(day)
    assert found.pop("conflicting_duplicate", 0) == sum(fact["event"] in named for fact in day.dirt("conflicting"))
    assert found == told


def names_somebody(day):
    """The events that carry anybody or anything: of the others copies are told apart in the rows only."""
    named = set()
    for emission in day.emissions:
        with suppress(ValueError, AttributeError, KeyError):
            one = json.loads(emission.value)
            if one.get("identifiers") or {"token", "call"} & one.get("data", {}).keys():
                named.add(f"{one['source']}:{one['event_id']}")
    return named


def curve(stays):
    """Time → (waiting, being served), counted stay by stay."""
    changes = defaultdict(lambda: [0, 0])
    for stay in stays:
        until = stay["started"] if stay["started"] is not None else stay["ended"]
        changes[stay["joined"]][0] += 1
        changes[until][0] -= 1
        if stay["started"] is not None:
            changes[until][1] += 1
            changes[stay["ended"]][1] -= 1
    steps, waiting, served = [], 0, 0
    for at in sorted(changes):
        waiting, served = waiting + changes[at][0], served + changes[at][1]
        steps.append((at, waiting, served))

    def at_time(at):
        index = bisect_right(steps, at, key=itemgetter(0))
        return steps[index - 1][1:] if index else (0, 0)

    return at_time
