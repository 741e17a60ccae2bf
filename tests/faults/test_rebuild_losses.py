"""State and logs that are gone, more partitions than before, parts that are away for a moment: rows bring it back."""

import pytest
from support.kafka import Broker, until
from support.rebuilding import now_ms, rebuilding, send, shown, stays, stop, time_of, visits
from support.road import Road

from streams.topology import EVENTS, PUBLIC, changelog

pytestmark = [pytest.mark.slow, pytest.mark.kafka]


def test_a_lost_changelog_and_a_lost_log_between_stages_are_made_anew(clean_kafka: Broker, tmp_path):
    settings = {"TOUCHLINE_CLOCK": "append", "TOUCHLINE_PARTITIONS": "2"}
    with Road(tmp_path, clean_kafka.connection.servers, settings) as road:
        joined, started, ended = (list(step) for step in zip(*visits(0, 500, now_ms() - 300_000), strict=True))
        send(road, [*joined, *started[:300]], 2)
        road.until(lambda: shown(road) == stays([*joined, *started[:300]]), 60, "what was sent is shown")
        stop(road, "worker")
        with clean_kafka.admin() as admin:
            admin.delete_topics([changelog("stitch"), EVENTS])
            until(lambda: not {changelog("stitch"), EVENTS} & set(admin.list_topics()), "the topics are gone")
        refused = road.touchline("worker")
        assert refused.returncode == 78
        assert "`touchline rebuild` makes the state anew" in refused.stderr.replace("\n", " ")

        road.environment["TOUCHLINE_FROM_EPOCH"] = "2"  # so that they may be started at once
        road.start_part("worker", "worker")
        process, log = rebuilding(road)
        send(road, [*started[300:], *ended], 2)
        road.until(lambda: process.poll() is not None, 120, "the end of the rebuild")
        assert process.returncode == 0, log.read_text()
        road.until(lambda: shown(road) == stays([*joined, *started, *ended]), 60, "nothing is missing")


@pytest.mark.parametrize("who", ["broker", "store", "worker"])
def test_who_is_away_for_a_moment_is_waited_for(clean_kafka: Broker, tmp_path, who: str):
    settings = {"TOUCHLINE_CLOCK": "append", "TOUCHLINE_PARTITIONS": "2"}
    with Road(tmp_path, clean_kafka.connection.servers, settings) as road:
        joined, started, ended = (list(step) for step in zip(*visits(0, 5_000, now_ms() - 300_000), strict=True))
        send(road, [*joined, *started[:3_000]], 2)
        road.until(lambda: shown(road) == stays([*joined, *started[:3_000]]), 60, "what was sent is shown")
        process, log = rebuilding(road)
        road.until(lambda: (road.folder / "logs" / "refill.log").exists(), 60, "the cut is made")
        if who == "broker":
            clean_kafka.bounce()
        else:
            road.kill(who)
        send(road, [*started[3_000:], *ended], 2)
        road.until(lambda: process.poll() is not None, 180, "the end of the rebuild")
        assert process.returncode == 0, log.read_text()
        road.until(lambda: shown(road) == stays([*joined, *started, *ended]), 90, "nothing is missing")
        counts = "SELECT sum(touchpoints), sum(duplicates), sum(late) FROM identifiers"
        assert road.query(counts) == [(15_000, 0, 0)]


def test_after_more_partitions_a_rebuild_puts_everybody_where_they_belong(clean_kafka: Broker, tmp_path):
    settings = {"TOUCHLINE_CLOCK": "append", "TOUCHLINE_PARTITIONS": "2"}
    with Road(tmp_path, clean_kafka.connection.servers, settings) as road:
        joined, started, ended = (list(step) for step in zip(*visits(0, 1_000, now_ms() - 300_000), strict=True))
        send(road, [*joined, *started[:600]], 2)
        road.until(lambda: shown(road) == stays([*joined, *started[:600]]), 60, "what was sent is shown")
        stop(road, "worker")
        with clean_kafka.admin() as admin:
            admin.create_partitions({PUBLIC: 3})
        refused = road.touchline("worker")
        assert refused.returncode == 78
        assert "touchpoints has 3 partitions, TOUCHLINE_PARTITIONS says 2" in refused.stderr.replace("\n", " ")

        road.environment["TOUCHLINE_PARTITIONS"] = "3"
        process, log = rebuilding(road)
        send(road, [*started[600:], *ended], 3)
        road.until(lambda: "epoch 2 is served" in log.read_text(), 90, "the switch")
        road.start_part("worker", "worker")
        road.until(lambda: process.poll() is not None, 90, "the end of the rebuild")
        assert process.returncode == 0, log.read_text()
        road.until(lambda: shown(road) == stays([*joined, *started, *ended]), 60, "everybody is where they belong")
        road.until(lambda: time_of(road, "load") > now_ms() - 20_000, 60, "time goes on in every stage")
        busy = road.query("SELECT uniqExact(partition) FROM pipeline WHERE stage = 'stitch' AND at > now() - 5")
        assert busy == [(3,)]
