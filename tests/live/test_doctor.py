"""`touchline doctor` on a whole road: what was appended adds up, and what does not is found with its offset."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.kafka import Broker
from support.letters import abort, doctor, happening, road_on, send, sums
from support.road import Road

from streams.store.opening import connect

GOOD, AGAIN, BAD = 120, 15, 10


@pytest.fixture
def road(broker: Broker, tmp_path: Path) -> Iterator[Road]:
    with road_on(broker, tmp_path) as running:
        yield running


def test_duplicates_rejects_and_aborted_transactions_add_up_and_a_lost_row_is_found(
    road: Road, broker: Broker, tmp_path: Path
) -> None:
    sent = send(road, [*map(happening, range(GOOD)), *map(happening, range(AGAIN)), *[b"{}"] * BAD])
    if broker.is_kafka:
        abort(broker.connection, 5)
    adds_up = {"appended": 145, "stored": 120, "duplicates": 15, "under_way": 0, "missing": 0, "rejected": 10}
    road.until(lambda: sums(doctor(road)) == adds_up, 40, "everything is stored or rejected")
    report = doctor(road)
    assert [finding for finding in report["findings"] if finding["level"] != "note"] == []
    assert report["exit"] == 0
    lose_row(road, tmp_path, "e7")
    report = doctor(road)
    (account,) = [account for account in report["accounts"] if account["missing"]]
    assert (report["exit"], report["status"]) == (2, 2)
    assert (account["partition"], account["first_missing_offset"]) == (sent[GOOD + 7].partition, sent[7].offset)


def lose_row(road: Road, folder: Path, event_id: str) -> None:
    """Deletes a touchpoint and every other copy's way to tell of it, as a bad statement of an operator would."""
    for name in ("worker", "store"):
        road.supervisor.children.remove(child := road.part(name))
        assert child.process is not None
        child.process.terminate()
        child.process.wait(30)
    store = connect(f"chdb://{folder}/store")
    store.command(f"DELETE FROM touchpoints WHERE event_id = '{event_id}'")
    store.close()
    road.start()
