"""What would silently lose or mix up data is refused by the commands: status 78, and a line that says what to do."""

import asyncio
import os
import socket
import subprocess
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.embedded_broker import EmbeddedBroker
from support.kafka import Broker, until, within
from support.road import CLI, KEY

from streams.kafka.connection import Connection
from streams.kafka.outgoing import NO_HEADERS, Destination
from streams.kafka.producer import BatchProducer
from streams.store.opening import connect
from streams.topology import EVENTS, PUBLIC, changelog, worker_group

NOWHERE = {"TOUCHLINE_KAFKA": "127.0.0.1:1"}
BOTH = (("topics",), ("worker",))


def start(command: tuple[str, ...], settings: dict[str, str]) -> "subprocess.Popen[str]":
    environment = {**os.environ, "TOUCHLINE_PSEUDONYM_KEY": KEY, "TOUCHLINE_PARTITIONS": "3", **settings}
    return subprocess.Popen([*CLI, *command], env=environment, stderr=subprocess.PIPE, text=True)


def refused(settings: dict[str, str], *commands: tuple[str, ...]) -> str:
    """What they say, in one line each; all of them side by side must end with status 78."""
    processes = [start(command, settings) for command in commands or BOTH]
    said = [" ".join(process.communicate(timeout=120)[1].split()) for process in processes]
    assert [process.returncode for process in processes] == [78] * len(processes), said
    assert not any("Traceback" in words for words in said)
    return " | ".join(said)


def succeeds(command: tuple[str, ...], settings: dict[str, str]) -> None:
    process = start(command, settings)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


@pytest.fixture
def embedded(embedded_broker: EmbeddedBroker) -> Broker:
    """What is refused is the same on both kinds of broker; tests of the checks themselves run on both."""
    return Broker(Connection(embedded_broker.servers, "embedded"), lambda: None)


@pytest.fixture
def at(embedded: Broker) -> dict[str, str]:
    """Settings of commands on a broker where everything is as it must be."""
    at = {"TOUCHLINE_KAFKA": embedded.connection.servers, "TOUCHLINE_BROKER": embedded.connection.broker}
    succeeds(("topics",), at)
    return at


@pytest.fixture
def on_kafka(clean_kafka: Broker) -> dict[str, str]:
    return {"TOUCHLINE_KAFKA": clean_kafka.connection.servers}


def test_two_that_make_the_topics_at_the_same_moment_agree(broker: Broker) -> None:
    at = {"TOUCHLINE_KAFKA": broker.connection.servers, "TOUCHLINE_BROKER": broker.connection.broker}
    processes = [start(("topics",), at) for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said


def test_another_number_of_partitions(at: dict[str, str]) -> None:
    said = refused({**at, "TOUCHLINE_PARTITIONS": "4"})
    assert said.count("touchpoints has 3 partitions, TOUCHLINE_PARTITIONS says 4") == 2
    assert "Set TOUCHLINE_PARTITIONS=3" in said


def test_another_pseudonym_key(at: dict[str, str]) -> None:
    said = refused({**at, "TOUCHLINE_PSEUDONYM_KEY": "another key than before"})
    assert said.count("Set TOUCHLINE_PSEUDONYM_KEY and TOUCHLINE_PSEUDONYM_KEY_ID to the former ones") == 2


def test_a_topic_that_was_made_again(at: dict[str, str], embedded: Broker) -> None:
    with embedded.admin() as admin:
        admin.delete_topics([PUBLIC])
        until(lambda: PUBLIC not in admin.list_topics(), "the broker has forgotten the topic")
    embedded.create(PUBLIC, 3, message_timestamp_type="LogAppendTime", max_message_bytes=str(2 << 20))
    said = refused(at)
    assert said.count("touchpoints: deleted and created again since the last start") == 2
    assert "touchline rebuild" in said


def test_an_offset_beyond_the_log(at: dict[str, str], embedded: Broker) -> None:
    within(30, commit(embedded, 5))
    said = refused(at)
    assert said.count("has read up to 5, the log holds 0 to 0") == 2
    assert "--reset-offsets --to-earliest --execute" in said


async def commit(broker: Broker, offset: int) -> None:
    consumer = AIOKafkaConsumer(**broker.connection.client(), group_id=worker_group(1), enable_auto_commit=False)
    await consumer.start()
    await asyncio.sleep(0)
    consumer.assign([TopicPartition(PUBLIC, 1)])
    await consumer.commit({TopicPartition(PUBLIC, 1): offset})
    await consumer.stop()


@pytest.mark.kafka
def test_a_changelog_that_deletes_by_age(on_kafka: dict[str, str], clean_kafka: Broker) -> None:
    clean_kafka.create(changelog("stitch"), 3, cleanup_policy="delete", max_message_bytes=str(8 << 20))
    said = refused(on_kafka)
    assert (
        said.count("kafka-configs --alter --topic touchline-stitch-changelog --add-config cleanup.policy=compact") == 2
    )


@pytest.mark.kafka
def test_an_input_with_the_senders_timestamps(on_kafka: dict[str, str], clean_kafka: Broker) -> None:
    clean_kafka.create(EVENTS, 3, max_message_bytes=str(8 << 20), message_timestamp_type="CreateTime")
    assert refused(on_kafka).count("--add-config message.timestamp.type=LogAppendTime") == 2


def test_a_changelog_of_a_newer_release(at: dict[str, str], embedded: Broker) -> None:
    async def write() -> None:
        producer = BatchProducer(embedded.connection, {})
        await producer.start()
        newer = [(b"customer:anna", b"\x7f{}", NO_HEADERS)]
        await producer.post({Destination(changelog("stitch"), number): newer for number in range(3)})
        await producer.stop()

    within(30, write())
    said = refused(at, ("worker",))
    assert "7f" in said
    assert "anna" not in said


def test_an_event_clock_over_several_partitions() -> None:
    said = refused({**NOWHERE, "TOUCHLINE_CLOCK": "event"}, ("worker",))
    assert "TOUCHLINE_CLOCK=event needs TOUCHLINE_PARTITIONS=1" in said


def test_faust_without_its_compiled_part_also_under_a_supervisor() -> None:
    said = refused({**NOWHERE, "NO_CYTHON": "1"}, ("worker",), ("worker", "--processes", "2"))
    assert said.count("unset NO_CYTHON") >= 2


def test_a_password_that_would_travel_in_the_clear() -> None:
    login = {"TOUCHLINE_KAFKA_USERNAME": "touchline", "TOUCHLINE_KAFKA_PASSWORD": "secret", "TOUCHLINE_KAFKA_TLS": "0"}
    said = refused({"TOUCHLINE_KAFKA": "broker.example:9092", **login})
    assert said.count("TOUCHLINE_KAFKA_UNENCRYPTED=true") == 2
    assert "secret" not in said


@pytest.fixture
def forgetful(tmp_path: Path) -> str:
    """A store one of whose tables does not replace rows."""
    url = f"chdb://{tmp_path}/store"
    succeeds(("migrate",), {"TOUCHLINE_CLICKHOUSE": url})
    store = connect(url)
    store.command("RENAME TABLE stays_all TO kept")
    store.command("CREATE TABLE stays_all AS kept ENGINE = MergeTree ORDER BY tuple()")
    store.close()
    return url


def test_a_table_that_does_not_replace_rows(forgetful: str) -> None:
    said = refused({**NOWHERE, "TOUCHLINE_CLICKHOUSE": forgetful}, ("sink",))
    assert "table stays_all has the engine MergeTree" in said


def test_a_port_for_metrics_that_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused({**NOWHERE, "TOUCHLINE_METRICS_PORT": str(port)}, ("worker",))
    assert f"port {port} for metrics cannot be used" in said
    assert "TOUCHLINE_METRICS_PORT" in said
