"""The way back of dead letters on a whole road: put right and sent again, or let through after a pause."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.kafka import Broker
from support.letters import doctor, happening, road_on, send
from support.road import Road

OPEN = "SELECT count() FROM rejected WHERE reason = {reason:String}"
BOOKS = "SELECT action, by, why, changes, offset, new_topic, new_offset FROM rejected_audit ORDER BY at"


@pytest.fixture
def road(broker: Broker, tmp_path: Path) -> Iterator[Road]:
    with road_on(broker, tmp_path) as running:
        yield running


def listed(road: Road, *options: str) -> dict[str, int]:
    lines = road.touchline("rejected", "list", "--json", *options).stdout.splitlines()
    return {cause["reason"]: cause["total"] for cause in map(json.loads, lines)}


def test_a_dead_letter_put_right_becomes_a_touchpoint_and_the_books_say_who_did_it(road: Road) -> None:
    bad = happening(1, place=None, spot="comet", identifiers={"email": "someone@example.org"})
    sent = send(road, [bad, happening(2, place=None), happening(3)])
    road.until(lambda: listed(road) == {"missing_field": 2}, 40, "two dead letters")
    name = f"touchpoints/{sent[0].partition}/{sent[0].offset}"
    assert b"someone@example.org" not in road.touchline("rejected", "list").stdout.encode()
    assert "someone@example.org" in road.touchline("rejected", "show", name).stdout
    rest = ["--reason", "missing_field", "--rename", "spot=place", "--why", "wrong field", "--by", "ops", "--yes"]
    assert road.touchline("rejected", "fix", *rest, "--dry-run").returncode == 1
    done = road.touchline("rejected", "fix", *rest)
    assert (done.returncode, "1 fixed, 1 not" in done.stderr) == (1, True), done.stderr
    road.until(lambda: stored(road) == ["e1", "e3"], 40, "the touchpoint is stored")
    road.until(lambda: len(road.query(BOOKS)) == 1, 40, "the books tell of it")
    ((action, by, why, changes, offset, topic, _),) = road.query(BOOKS)
    assert (action, by, why, offset, topic) == ("fixed", "ops", "wrong field", sent[0].offset, "touchpoints")
    assert (changes, listed(road)) == ("set place; removed spot", {"missing_field": 1})
    assert listed(road, "--all") == {"missing_field": 2}


def test_a_bad_release_pauses_until_somebody_lets_it_through(road: Road) -> None:
    send(road, [happening(number, place=None) for number in range(600)])
    road.until(lambda: bool(paused(road)), 60, "the pause is told")
    assert road.query("SELECT count() FROM rejected")[0][0] < 200
    report = doctor(road)
    assert (report["exit"], "rejected resume" in str(report["findings"])) == (2, True)
    done = road.touchline("rejected", "resume", "--by", "ops")
    assert done.returncode == 0, done.stderr
    road.until(lambda: road.query("SELECT count() FROM rejected")[0][0] == 600, 60, "all of it is dead letters")
    road.until(lambda: not paused(road), 30, "nothing is paused")


def stored(road: Road) -> list[str]:
    return [event for (event,) in road.query("SELECT event_id FROM touchpoints ORDER BY event_id")]


def paused(road: Road) -> list[int]:
    sql = "SELECT partition FROM pipeline WHERE stage = 'validate' GROUP BY partition HAVING argMax(paused, at) != ''"
    return [number for (number,) in road.query(sql)]
