"""Whole worlds of crowds as the stages write them: stays, waits and the exact curve in the store are the true ones."""

from collections.abc import Callable
from typing import Any

import pytest
from support.crowd_check import true_rows
from support.crowd_road import CrowdRoad
from support.crowd_world import HOUR, random_world, truth
from support.sweep_oracle import Curve, curves

from streams.store.client import Store

WORLDS = 48
Row = dict[str, Any]


@pytest.fixture(name="true_stays")
def worlds_in_the_store(insert: Callable[..., None]) -> list[Row]:
    """What the stages have said last of every stay, tombstones included; each world has places of its own."""
    said: list[Row] = []
    true: list[Row] = []
    for seed in range(WORLDS):
        world = random_world(seed, most_late=HOUR - 1)
        road = CrowdRoad(world)
        road.run()
        said += [apart(row, seed) for row in road.stays.values()]
        names = {named(row): row["customer"] for row in road.rows()}
        true += [apart(row | {"customer": names[named(row)]}, seed) for row in true_rows(truth(world))]
    insert("stays", *said)
    return true


def named(row: Row) -> tuple[Any, ...]:
    return (row["place"], row["identifier"], row["joined_at"], row["nth"])


def apart(row: Row, seed: int) -> Row:
    return row | {"place": f"{row['place']}@{seed}" if row["place"] else ""}


def test_the_exact_curve_waits_and_guesses_are_those_of_the_oracle(store: Store, true_stays: list[Row]) -> None:
    sql = "SELECT place, toUnixTimestamp64Milli(at) / 1000, waiting, being_served, present FROM queue_load_exact"
    found = sorted(Curve(*row) for row in store.query(sql).rows)
    assert found == sorted(curves([row for row in true_stays if row["place"]]))
    assert all(min(curve.waiting, curve.being_served, curve.present) >= 0 for curve in found)

    finished = [row for row in true_stays if row["kind"] == "queue" and row["wait_seconds"] is not None]
    waits = "SELECT place, identifier, toUnixTimestamp64Milli(joined_at) / 1000, nth, wait_seconds, guessed FROM waits"
    wanted = sorted((*named(row), row["wait_seconds"], row["guessed"]) for row in finished)
    assert sorted(tuple(row) for row in store.query(waits).rows) == wanted
    ((rate,),) = store.query("SELECT avg(guessed) FROM waits").rows
    assert rate == pytest.approx(sum(row["guessed"] for row in finished) / len(finished))
