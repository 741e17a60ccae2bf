"""Topics on real brokers: what is made, what is refused, what is remembered from the first start."""

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.kafka import Broker, until, within

from streams.kafka.control import read_control
from streams.kafka.outgoing import NO_HEADERS, Destination
from streams.kafka.producer import BatchProducer
from streams.kafka.topics import RefusedError, prepare_topics
from streams.topology import EVENTS, PUBLIC, changelog, topics


def prepare(broker: Broker, partitions: int = 3, fingerprint: str = "h1:abc") -> list[str]:
    preparing = prepare_topics(broker.connection, partitions=partitions, replication=1, fingerprint=fingerprint)
    return within(30, preparing).created


def test_every_topic_of_the_topology_is_made_once(broker: Broker) -> None:
    assert sorted(prepare(broker)) == sorted(topic.name for topic in topics())
    assert prepare(broker) == []
    noted = within(10, read_control(broker.connection))
    assert (noted["pseudonym-key"], noted["partitions"]) == ("h1:abc", "3")


def test_another_number_of_partitions_is_refused(broker: Broker) -> None:
    prepare(broker)
    with pytest.raises(RefusedError, match="touchpoints has 3 partitions, TOUCHLINE_PARTITIONS says 4") as refused:
        prepare(broker, partitions=4)
    assert len(refused.value.problems) == 6  # three inputs, three changelogs


def test_another_pseudonym_key_is_refused_and_the_first_one_remembered(broker: Broker) -> None:
    prepare(broker)
    with pytest.raises(RefusedError, match="the pseudonym key is another one"):
        prepare(broker, fingerprint="h1:xyz")
    assert prepare(broker) == []


@pytest.mark.kafka
def test_a_changelog_that_deletes_by_age_is_refused(clean_kafka: Broker) -> None:
    clean_kafka.create(changelog("stitch"), 3, cleanup_policy="delete", max_message_bytes=str(8 << 20))
    with pytest.raises(RefusedError, match=r"touchline-stitch-changelog has cleanup\.policy=delete"):
        prepare(clean_kafka)


@pytest.mark.kafka
def test_an_input_with_the_senders_timestamps_is_refused(clean_kafka: Broker) -> None:
    clean_kafka.create(EVENTS, 3, max_message_bytes=str(8 << 20), message_timestamp_type="CreateTime")
    with pytest.raises(RefusedError, match="events keeps the senders' timestamps"):
        prepare(clean_kafka)


@pytest.mark.kafka
def test_a_topic_that_takes_too_little_is_refused(clean_kafka: Broker) -> None:
    clean_kafka.create(EVENTS, 3, max_message_bytes="1000000", message_timestamp_type="LogAppendTime")
    with pytest.raises(RefusedError, match="events takes records of 1000000 bytes at most, 8388608 are needed"):
        prepare(clean_kafka)


def test_an_input_that_was_made_again_is_refused(broker: Broker) -> None:
    prepare(broker)
    with broker.admin() as admin:
        admin.delete_topics([PUBLIC])
        until(lambda: PUBLIC not in admin.list_topics(), "the broker has forgotten the topic")
    with pytest.raises(RefusedError, match="touchpoints: deleted and created again since the last start"):
        prepare(broker)


def test_a_group_that_has_read_beyond_the_log_is_refused(broker: Broker) -> None:
    prepare(broker)
    within(30, commit(broker, offset=5))
    with pytest.raises(RefusedError, match="touchpoints/1: the group touchline has read up to 5, the log holds 0 to 0"):
        prepare(broker)


def test_a_group_at_the_very_end_of_the_log_is_fine(broker: Broker) -> None:
    prepare(broker)
    within(30, commit(broker, offset=5, records=5))
    assert prepare(broker) == []


async def commit(broker: Broker, offset: int, records: int = 0) -> None:
    """Note an offset for the worker's group, and put so many records into the log."""
    producer = BatchProducer(broker.connection, {})
    await producer.start()
    await producer.post({Destination(PUBLIC, 1): [(None, b"{}", NO_HEADERS)] * records} if records else {})
    await producer.stop()
    consumer = AIOKafkaConsumer(**broker.connection.client(), group_id="touchline", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(PUBLIC, 1)])
    await consumer.commit({TopicPartition(PUBLIC, 1): offset})
    await consumer.stop()
