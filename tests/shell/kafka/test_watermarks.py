"""Time under stress, on the whole road in memory: nothing fires early, whatever stops, dies, hangs or goes wrong."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.load_oracle import snapshots
from support.memory_road import MemoryRoad
from support.watermark_world import HOUR, MINUTE, PLACES, START, Person, arrivals, person, truth

from streams.kafka import lane as lanes
from streams.run.settings import Settings
from streams.topology import STAGES

PARTITIONS = 3
DELAY = 5_000
CONTROL = (("touchline", b"control"),)
WORLDS = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
chances = st.integers(0, 1 << 40).map(random.Random)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "TRY_AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(lanes, "POSITION_WAITS_SECONDS", 0.0)


def road(dice: random.Random, *, clock: str = "append", partitions: int = PARTITIONS, trouble: int = 0) -> MemoryRoad:
    made = Settings(clock=clock, partitions=partitions, pseudonym_key="a key that only tests know")
    return MemoryRoad(made, PLACES, dice, trouble=trouble)


async def live(
    town: MemoryRoad,
    people: list[Person],
    *,
    hours: float,
    busy: int = PARTITIONS,
    down: range = range(0),
    deaths: float = 0.0,
) -> None:
    """Everything at its time, heartbeats between. `busy`: so many inputs carry touchpoints, the others nothing at all;
    nobody owns input 0 in the minutes `down`."""
    coming = arrivals(town.dice, people, busy, DELAY)
    for minute in range(round(hours * 60) + 1):
        now, absent = START + minute * MINUTE, [0] if minute in down else []
        while coming and coming[0].at <= now:
            one = coming.pop(0)
            town.append(one.partition, one.at, one.touchpoint)
        for number in range(town.settings.partitions):
            if number not in absent:
                town.append(number, now, None)
        await town.work(down=absent, deaths=deaths)
    await town.work(through=True)
    await town.close()
    assert not coming


async def imported(town: MemoryRoad, people: list[Person], *, deaths: float = 0.0) -> None:
    """A file of it all, read as fast as it goes a month later; then nothing for hours."""
    now = START + 30 * 24 * HOUR
    for number, one in enumerate(arrivals(town.dice, people, 1, DELAY)):
        town.append(0, now + number, one.touchpoint)
        if town.dice.random() < 0.1:
            await town.work(deaths=deaths)
    town.append(0, now + HOUR, {"control": "advance", "by_ms": 3 * HOUR}, CONTROL)
    await town.work(through=True)
    await town.close()


def check(town: MemoryRoad, people: list[Person], now: int, beside: Sequence[Person] = ()) -> None:
    """What was said, against the truth; `now`: where every input stands; `beside`: who came too late to be anywhere."""
    bodies = truth(people)
    for place in ("ride", "desk"):
        rows = {row["at"]: row for _, row in town.rows("queue_load") if row["place"] == place}
        expected = {row["at"]: row for row in snapshots(PLACES.get(place), bodies, now)}
        assert sorted(rows) == sorted(expected)
        for at, row in expected.items():
            row["estimate_p50_seconds"] = pytest.approx(row["estimate_p50_seconds"], abs=0.001_1)
            assert {name: rows[at][name] for name in row} == row
    for told, row in town.rows("queue_load"):
        assert row["at"] * 1_000 + 5_000 < told, "a snapshot before its time"
    for told, row in town.rows("stays"):
        if row["outcome"] == "timed_out":
            assert row["ended_at"] * 1_000 + 5_000 <= told, "a time-out before its time"
    last = {row["identifier"]: row for _, row in sorted(town.rows("identifiers"), key=lambda said: said[1]["version"])}
    counted = {thing: (row["touchpoints"], row["late"]) for thing, row in last.items()}
    assert counted == {
        one.thing: (len(one.steps), len(one.steps) if one in beside else 0) for one in (*people, *beside)
    }
    copies = {one.thing: town.received(one.thing) - len(one.steps) for one in people}
    assert {one.thing: last[one.thing]["duplicates"] for one in people} == copies


async def check_replays(town: MemoryRoad) -> None:
    """Whatever was said in whatever chunks and after whatever crash: reading the log again says the same."""
    for stage in STAGES:
        again = await town.replayed(stage.name)
        assert town.words(stage.name) <= again
        rows = {line for line in again if line[0] == "rows.queue_load"}
        assert {line for line in town.words(stage.name) if line[0] == "rows.queue_load"} == rows


def run(work: Any) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


def crowd(dice: random.Random, hours: float, *, most: int = 25) -> list[Person]:
    return [person(dice, number, round(hours * HOUR)) for number in range(dice.randint(1, most))]


@WORLDS
@given(dice=chances, trouble=st.sampled_from([0, 3, 10]))
def test_restarts_and_rebalances_change_no_snapshot_and_no_byte(dice: random.Random, trouble: int) -> None:
    people = crowd(dice, 1)

    async def story() -> None:
        town = road(dice, trouble=trouble)
        await live(town, people, hours=2, deaths=0.1)
        check(town, people, START + 2 * HOUR)
        await check_replays(town)

    run(story())


@WORLDS
@given(dice=chances, busy=st.sampled_from([1, 2]))
def test_inputs_without_a_single_touchpoint_hold_nothing_back_and_let_nothing_fire_early(
    dice: random.Random, busy: int
) -> None:
    people = crowd(dice, 1)

    async def story() -> None:
        town = road(dice)
        await live(town, people, hours=2, busy=busy)
        check(town, people, START + 2 * HOUR)

    run(story())


@WORLDS
@given(dice=chances, trouble=st.sampled_from([0, 10]))
def test_an_input_that_is_down_for_three_hours_holds_everything_back_and_falsifies_nothing(
    dice: random.Random, trouble: int
) -> None:
    people = crowd(dice, 3.5)

    async def story() -> None:
        town = road(dice, trouble=trouble)
        await live(town, people, hours=4.5, down=range(60, 240), deaths=0.02)
        check(town, people, START + round(4.5 * HOUR))
        await check_replays(town)

    run(story())


@WORLDS
@given(dice=chances)
def test_clocks_that_are_twenty_hours_off_harm_nobody_else(dice: random.Random) -> None:
    ahead = [person(dice, number, HOUR, skew=20 * HOUR) for number in range(100, 105)]
    behind = [person(dice, number, HOUR, skew=-20 * HOUR) for number in range(200, 205)]
    people = crowd(dice, 1)

    async def story() -> None:
        town = road(dice)
        await live(town, [*people, *ahead, *behind], hours=2)
        stays = {row["identifier"] for _, row in town.rows("stays")}
        assert stays == {one.thing for one in (*people, *ahead)}
        check(town, [*people, *ahead], START + 2 * HOUR, beside=behind)
        await check_replays(town)

    run(story())


@WORLDS
@given(dice=chances, trouble=st.sampled_from([0, 5]))
def test_a_file_imported_at_full_speed_gives_the_snapshots_of_the_day_it_tells_of(
    dice: random.Random, trouble: int
) -> None:
    people = crowd(dice, 3)

    async def story() -> None:
        day, file = road(dice), road(dice, clock="event", partitions=1, trouble=trouble)
        await live(day, people, hours=4)
        await imported(file, people, deaths=0.1)
        check(file, people, file.told[0])
        both_know = min(START + 4 * HOUR, file.told[0])
        assert snapshots_of(day, both_know) == snapshots_of(file, both_know)
        await check_replays(file)

    run(story())


def snapshots_of(town: MemoryRoad, until: int) -> dict[tuple[str, float], dict[str, Any]]:
    """What was said of instants before `until`, whichever records said it."""
    rows = [row | {"version": 0} for _, row in town.rows("queue_load") if row["at"] * 1_000 + 5_000 < until]
    return {(row["place"], row["at"]): row for row in rows}
