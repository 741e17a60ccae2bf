"""A rebuild on Apache Kafka while services go on sending: nothing lost, nothing doubled, boards never empty."""

import itertools

import pytest
from support.kafka import Broker
from support.rebuilding import (
    Eyes,
    groups,
    now_ms,
    rebuilding,
    send,
    shown,
    stays,
    stored_epochs,
    time_of,
    topics,
    visits,
)
from support.road import Road

from streams.topology import own_topics, shared_topics

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PARTITIONS = 3


@pytest.fixture
def road(clean_kafka: Broker, tmp_path):
    settings = {"TOUCHLINE_CLOCK": "append", "TOUCHLINE_PARTITIONS": str(PARTITIONS)}
    with Road(tmp_path, clean_kafka.connection.servers, settings) as road:
        yield road


def test_what_is_sent_meanwhile_follows_and_boards_show_the_former_epoch_until_then(road: Road):
    began = now_ms() - 600_000
    joined, started, ended = (list(step) for step in zip(*visits(0, 3_000, began), strict=True))
    # Whoever joined late is still in the queue when the rebuild begins.
    early = [*joined, *started[:2_500], *ended[:2_000]]
    send(road, early, PARTITIONS)
    road.until(lambda: shown(road) == stays(early), 60, "what was sent is shown")

    with Eyes(road) as eyes:
        process, log = rebuilding(road)
        road.until(lambda: (road.folder / "logs" / "refill.log").exists(), 60, "the cut is made")
        meanwhile = [*started[2_500:], *ended[2_000:2_800], *itertools.chain(*visits(3_000, 500, began + 130_000))]
        send(road, meanwhile, PARTITIONS)
        road.until(lambda: "epoch 2 is served" in log.read_text(), 60, "the switch")
        after = [*ended[2_800:], *itertools.chain(*visits(3_500, 500, began + 150_000))]
        send(road, after, PARTITIONS)
        road.until(lambda: process.poll() is not None, 90, "the end of the rebuild")
    sent = [*early, *meanwhile, *after]
    road.until(lambda: shown(road) == stays(sent), 60, "everything is shown")

    road.until(lambda: time_of(road, "load") > now_ms() - 20_000, 60, "time goes on in every stage")
    assert process.returncode == 0, log.read_text()
    assert f"{len(early):,} stored touchpoints went through the stages again" in log.read_text()
    assert (eyes.fewest, eyes.mixed) == (2_000, 0)
    assert eyes.looks > 20
    assert road.query("SELECT count(), uniqExact(source, event_id) FROM touchpoints") == [(len(sent),) * 2]
    counts = "SELECT sum(touchpoints), sum(duplicates), sum(late) FROM identifiers"
    assert road.query(counts) == [(len(sent), 0, 0)]  # neither fed what the log brings nor read what was fed
    assert stored_epochs(road) == {2}
    assert topics(road) == {topic.name for topic in (*shared_topics(), *own_topics(2))}
    assert {group for group in groups(road) if group.startswith("touchline")} == {"touchline.e2", "touchline-sink"}
