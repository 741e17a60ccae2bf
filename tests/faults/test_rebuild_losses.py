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
