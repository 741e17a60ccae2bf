"""A rebuild that is killed at each of its steps, the switch included, and started again: as if nothing had been."""

import os
import signal

import pytest
from support.kafka import until
from support.rebuilding import (
    Eyes,
    children,
    groups,
    now_ms,
    rebuilding,
    send,
    shown,
    stays,
    stored_epochs,
    topics,
    visits,
)
from support.road import Road

from streams.topology import own_topics, shared_topics

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*socket:pytest.PytestUnraisableExceptionWarning")]

BEFORE = ("after_claim", "after_discard", "after_begin", "after_cut", "while_feeding", "after_feeding", "before_switch")
AFTER = ("after_switch", "before_finish", "after_finish", "after_drop", "after_removal")
DIED = 70


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def road(request: pytest.FixtureRequest, tmp_path):
    servers, settings = None, {}
    if request.param == "kafka":
        servers = request.getfixturevalue("clean_kafka").connection.servers
        settings = {"TOUCHLINE_CLOCK": "append", "TOUCHLINE_PARTITIONS": "3"}
    with Road(tmp_path, servers, settings) as road:
        yield road


class Story:
    """Visits that go on from kill to kill, a few at a time; `sent` is all of them so far."""

    def __init__(self, road: Road) -> None:
        self._road, self._partitions = road, int(road.environment["TOUCHLINE_PARTITIONS"])
        self._began, self._told = now_ms() - 900_000, 0
        self.sent = []

    def goes_on(self, count: int) -> None:
        fresh = visits(self._told, count, self._began + 40 * self._told)
        piece = sorted((one for visit in fresh for one in visit), key=lambda one: one["occurred_at"])
        self._told += count
        send(self._road, piece, self._partitions)
        self.sent += piece


def test_killed_at_each_step_and_started_again_nothing_is_lost_doubled_or_half_shown(road: Road):
    story = Story(road)
    story.goes_on(2_000)
    road.until(lambda: shown(road) == stays(story.sent), 90, "what was sent is shown")
    with Eyes(road) as eyes:
        for step in (*BEFORE, *AFTER):
            process, log = rebuilding(road, f"rebuild/{step}")
            road.until(lambda process=process: process.poll() is not None, 180, f"the kill {step}")
            assert process.returncode == DIED, (step, log.read_text())
            story.goes_on(20)
        process, log = rebuilding(road)
        road.until(lambda: process.poll() is not None, 180, "the end of the rebuild")
    assert process.returncode == 0, log.read_text()
    assert_whole(road, story, eyes)


def test_command_and_children_killed_in_the_middle_of_feeding_leave_nothing_behind(road: Road):
    story = Story(road)
    story.goes_on(2_000)
    road.until(lambda: shown(road) == stays(story.sent), 90, "what was sent is shown")
    with Eyes(road) as eyes:
        process, log = rebuilding(road)
        until(lambda: process.poll() is not None or children(process.pid), "the child that keeps the state", 90)
        for pid in (process.pid, *children(process.pid)):
            os.kill(pid, signal.SIGKILL)
        process.wait()
        story.goes_on(20)
        process, log = rebuilding(road)
        road.until(lambda: process.poll() is not None, 180, "the end of the rebuild")
    assert process.returncode == 0, log.read_text()
    assert_whole(road, story, eyes)


def assert_whole(road: Road, story: Story, eyes: Eyes) -> None:
    road.until(lambda: shown(road) == stays(story.sent), 90, "everything is shown")
    ((epoch,),) = road.query("SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL")
    assert (eyes.fewest, eyes.mixed) == (2_000, 0)
    assert road.query("SELECT count(), uniqExact(source, event_id) FROM touchpoints") == [(len(story.sent),) * 2]
    assert stored_epochs(road) == {epoch}
    assert topics(road) == {topic.name for topic in (*shared_topics(), *own_topics(epoch))}
    left = {group for group in groups(road) if group.startswith("touchline")}
    assert left == {f"touchline.e{epoch}", "touchline-sink"}
