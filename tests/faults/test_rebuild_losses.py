"""State and logs that are gone from the broker: the rows bring them back."""

import pytest
from support.kafka import Broker, until
from support.rebuilding import now_ms, rebuilding, send, shown, stays, stop, visits
from support.road import Road

from streams.topology import EVENTS, changelog

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
