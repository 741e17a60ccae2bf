"""Names by epoch: the first one's are the plain ones, what services see belongs to none, and all can be told back."""

import pytest

from streams.topology import (
    EVENTS,
    PUBLIC,
    changelog,
    epoch_of,
    epoch_of_group,
    own_topics,
    physical,
    plain,
    refill_group,
    shared_topics,
    topics,
    transactional_id,
    worker_group,
)

OWN = [topic.name for topic in own_topics(1)]


def test_the_first_epoch_has_the_plain_names():
    assert (physical(EVENTS, 1), changelog("stitch", 1), worker_group(1)) == (
        "events",
        "touchline-stitch-changelog",
        "touchline",
    )
    assert transactional_id("load", 3, 1) == "touchline-load-3"


def test_a_later_epoch_shares_none_of_its_own_topics_with_another():
    own = [{topic.name for topic in own_topics(epoch)} for epoch in (1, 2, 12)]
    assert own[0].isdisjoint(own[1] | own[2])
    assert own[1].isdisjoint(own[2])
    assert {"events.e2", "place-events.e2", "touchline-stitch-changelog.e2"} <= own[1]


@pytest.mark.parametrize("epoch", [1, 2, 1_000])
@pytest.mark.parametrize("name", OWN)
def test_name_and_epoch_of_a_topic_are_told_back(name: str, epoch: int):
    assert (plain(physical(name, epoch)), epoch_of(physical(name, epoch))) == (name, epoch)


def test_groups_tell_their_epoch_and_others_are_left_alone():
    groups = [worker_group(1), worker_group(7), refill_group(7), "touchline-sink", "touchline.eu", "mine.e7"]
    assert [epoch_of_group(group) for group in groups] == [1, 7, 7, None, None, None]


@pytest.mark.parametrize("name", [topic.name for topic in shared_topics()])
def test_what_all_epochs_share_belongs_to_none(name: str):
    assert (physical(name, 7), plain(name), epoch_of(name)) == (name, name, None)


@pytest.mark.parametrize("name", ["touchpoints.e2", "events.ex", "other.e3", "events.e"])
def test_topics_of_others_are_left_alone(name: str):
    assert epoch_of(name) is None


def test_every_epoch_reads_the_same_log_of_touchpoints():
    assert all(PUBLIC in {topic.name for topic in topics(epoch)} for epoch in (1, 2))
