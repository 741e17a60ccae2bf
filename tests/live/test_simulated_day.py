"""A simulated day through the whole road, on each broker: the store says what was true."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.kafka import Broker
from support.road import Road
from support.simulated import SAMPLE, SimulatedDay, run_day, sample_park

pytestmark = pytest.mark.slow

STAYS = """
SELECT place, identifier, toUnixTimestamp64Milli(joined_at), toUnixTimestamp64Milli(started_at),
       toUnixTimestamp64Milli(ended_at), outcome
FROM stays WHERE kind = 'queue' AND guessed = 0"""
BUSY_RIDES = ("comet", "river-rapids", "orbit", "tree-coaster")


class Day(NamedTuple):
    road: Road
    simulated: SimulatedDay


@pytest.fixture
def day(broker: Broker, tmp_path: Path) -> Iterator[Day]:
    """Thirteen hours with 150 visitors: late, repeated, conflicting and broken records as they come."""
    simulated = run_day(sample_park(), visitors=150, hours=13)
    file = tmp_path / "day.jsonl"
    file.write_bytes(b"".join(emission.value + b"\n" for emission in simulated.emissions if emission.value))
    servers = broker.connection.servers if broker.is_kafka else None
    with Road(tmp_path / "road", servers, {"TOUCHLINE_PLACES": str(SAMPLE)}) as road:
        done = road.touchline("import", str(file), "--wait")
        assert done.returncode == 0, done.stderr
        yield Day(road, simulated)


def test_every_stay_and_every_person_waiting_is_as_it_was_in_truth(day: Day) -> None:
    stored = Counter(day.road.query(STAYS))
    truth = Counter(as_row(stay) for stay in day.simulated.stays() if in_sight(stay) and settled(stay))
    assert sum((truth - stored).values()) == 0, list((truth - stored).items())[:5]

    for place in BUSY_RIDES:
        assert sweep(day.simulated.stays(place)) == exact_curve(day.road, place)


def as_row(stay: dict[str, Any]) -> tuple[Any, ...]:
    names = ("place", "thing", "joined", "started", "ended", "outcome")
    return tuple(stay[name] for name in names)


def in_sight(stay: dict[str, Any]) -> bool:
    """Who shares the band of another has nothing in the hand that could be seen."""
    return stay["mode"] == "queue" and stay["thing"] != ""


def settled(stay: dict[str, Any]) -> bool:
    """The day of the file ends while some still stand in line."""
    return stay["ended"] is not None and stay["outcome"] != ""


def sweep(stays: list[dict[str, Any]]) -> int:
    """The highest number waiting at once."""
    changes: Counter[int] = Counter()
    for stay in stays:
        if in_sight(stay):
            changes[stay["joined"]] += 1
            changes[stay["started"] or stay["ended"]] -= 1
    waiting = highest = 0
    for moment in sorted(moment for moment in changes if moment is not None):
        waiting += changes[moment]
        highest = max(highest, waiting)
    return highest


def exact_curve(road: Road, place: str) -> int:
    return int(road.query("SELECT max(waiting) FROM queue_load_exact WHERE place = {place:String}", place=place)[0][0])
