"""A rebuild of a simulated day gives what the first run gave; what must not be is refused with a line."""

import asyncio
import os
import signal
import subprocess

import pytest
from support.rebuilding import Eyes, children, connection, rebuilding, stored_epochs, topics
from support.road import CLI, KEY, Road
from support.simulated import SAMPLE, run_day, sample_park

from schemas.place import read_places
from streams.kafka.standing import event_clock
from streams.sources.simulate.live import write_file
from streams.store.migrate import migrate
from streams.store.opening import connect
from streams.topology import own_topics, shared_topics

pytestmark = pytest.mark.slow

DERIVED = {
    "stays": "SELECT * EXCEPT (epoch, version) FROM stays ORDER BY ALL",
    "waits": "SELECT * FROM waits ORDER BY ALL",
    "load": "SELECT * EXCEPT (epoch, version) FROM queue_load ORDER BY ALL",
    # Copies are not stored, so nobody can count them again.
    "identifiers": "SELECT * EXCEPT (epoch, version, duplicates) FROM identifiers ORDER BY ALL",
    "rejected": "SELECT * FROM rejected ORDER BY ALL",
    "touchpoints": "SELECT count() FROM touchpoints",
}


@pytest.fixture(scope="module")
def road(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rebuild")
    with (folder / "day.jsonl").open("wb") as out:
        write_file(run_day(sample_park(), seed=3, visitors=200, hours=21).emissions, out)
    with Road(folder, settings={"TOUCHLINE_PLACES": str(SAMPLE)}) as road:
        done = road.touchline("import", str(folder / "day.jsonl"), "--wait")
        assert done.returncode == 0, done.stderr
        yield road


def derived(road):
    return {name: road.query(sql) for name, sql in DERIVED.items()}


def served_epoch(road):
    ((epoch,),) = road.query("SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL")
    return epoch


def test_a_rebuild_gives_what_the_first_run_gave(road):
    first, clock = derived(road), asyncio.run(event_clock(connection(road)))
    assert len(first["stays"]) > 5_000
    with Eyes(road) as eyes:
        done = road.touchline("rebuild")
    assert done.returncode == 0, done.stderr
    assert "stored touchpoints went through the stages again" in done.stderr
    again = derived(road)
    for name in DERIVED:
        assert again[name] == first[name], name
    assert (eyes.fewest, eyes.mixed) == (sum("served" in stay for stay in first["stays"]), 0)
    assert asyncio.run(event_clock(connection(road))) == clock
    assert stored_epochs(road) == {served_epoch(road)} == {2}
    assert topics(road) == {topic.name for topic in (*shared_topics(), *own_topics(2))}


def test_a_second_rebuild_is_refused_while_one_runs_and_not_after_it_has_crashed(road):
    first, before = derived(road), served_epoch(road)
    running, _ = rebuilding(road)
    road.until(lambda: (road.query("SELECT max(epoch) FROM epochs")) != [(before,)], 60, "the rebuild has begun")
    refused = road.touchline("rebuild")
    assert refused.returncode == 78
    assert f"a rebuild is running already: process {running.pid} on " in refused.stderr.replace("\n", " ")

    killed = [running.pid, *children(running.pid)]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    running.wait()
    done = road.touchline("rebuild")
    assert done.returncode == 0, done.stderr
    assert derived(road) == first
    assert stored_epochs(road) == {served_epoch(road)} == {before + 2}


def test_where_stored_touchpoints_expire_it_refuses_without_forget(road, tmp_path):
    store = connect(f"chdb:///{tmp_path}/store")
    migrate(store, read_places(SAMPLE))
    store.command("ALTER TABLE touchpoints MODIFY TTL toDateTime(received_at) + INTERVAL 9 YEAR")
    store.close()
    environment = {**road.environment, "TOUCHLINE_CLICKHOUSE": f"chdb:///{tmp_path}/store"}
    refused = subprocess.run(
        [*CLI, "rebuild"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert refused.returncode == 78
    assert "stored touchpoints expire here" in refused.stderr.replace("\n", " ")
    assert "--forget" in refused.stderr


def test_another_pseudonym_key_is_refused(road):
    environment = {**road.environment, "TOUCHLINE_PSEUDONYM_KEY": KEY[::-1]}
    refused = subprocess.run(
        [*CLI, "rebuild"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert refused.returncode == 78
    assert "the pseudonym key is another one" in refused.stderr.replace("\n", " ")
