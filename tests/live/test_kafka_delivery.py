"""Nothing lost, nothing counted twice, on Apache Kafka with real processes: zombies, crashes at every step, kills."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from support.kafka import Broker, until, within
from support.kafka_broker import ApacheKafka
from support.kafka_load import Load
from support.kafka_toy import PAUSES
from support.kafka_worker import PARTITIONS, Toys, counted, emit, expected, identified, messages, touches

from streams.kafka.lane import LONGEST_FOLD
from streams.kafka.topics import prepare_topics
from streams.topology import EVENTS, PLACE_EVENTS

pytestmark = pytest.mark.kafka

STEPS = ["validate/after_outputs:2", "validate/before_ack:2"]
STEPS += [
    f"{stage}/{name}:{times}"
    for stage, times in (("stitch", 2), ("load", 3))
    for name in ("after_outputs", "before_changelog", "after_changelog", "before_ack")
]


@pytest.fixture
def toys(clean_kafka: Broker, tmp_path: Path) -> Iterator[Toys]:
    within(60, prepare_topics(clean_kafka.connection, partitions=PARTITIONS, replication=1, fingerprint="h1:test"))
    toys = Toys(clean_kafka, tmp_path)
    yield toys
    toys.clean_up()


def stands_still(process: "subprocess.Popen[bytes]") -> bool:
    return os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None


def told(broker: Broker) -> list[tuple[str, int, int]]:
    """(identifier, its count, version) of everything that stitch has sent, repeats included."""
    sent = messages(broker, PLACE_EVENTS, "counted")
    return [(message["i"], message["n"], message["v"]) for of_one in sent.values() for message in of_one]


def test_a_former_owner_that_wakes_up_with_a_chunk_in_hand_is_shut_out(toys: Toys) -> None:
    broker, sent = toys.broker, touches(0, 3_000)
    former = toys.start("", "worker-1", "--pauses")
    emit(broker, sent[:1_000])
    until(lambda: counted(broker) == expected(sent[:1_000], "place"), "the first worker counts", 60)
    sent[1_000] = sent[1_000] | {"id": PAUSES}
    emit(broker, sent[1_000:2_000])
    until(lambda: stands_still(former), "the first worker stands still in the middle of a chunk")
    successor = toys.start("", "worker-2")
    emit(broker, sent[2_000:])
    until(lambda: counted(broker) == expected(sent, "place"), "the second worker has counted everything", 90)
    former.send_signal(signal.SIGCONT)
    assert former.wait(60) == 70
    assert "another worker has taken this partition over" in toys.said()
    assert (counted(broker), identified(broker)) == (expected(sent, "place"), expected(sent, "id"))
    assert len(set(told(broker))) == len(sent)  # what the former said again was what the successor said
    assert toys.stop(successor) == 0


def test_a_crash_at_each_step_of_each_stage_loses_nothing_and_counts_nothing_twice(toys: Toys) -> None:
    broker, sent = toys.broker, touches(0, 12_000)
    for number, step in enumerate(STEPS):
        emit(broker, sent[number * 1_000 : (number + 1) * 1_000])
        assert toys.start(step).wait(60) == 70, step
    emit(broker, sent[len(STEPS) * 1_000 :])
    worker = toys.start()
    until(lambda: counted(broker) == expected(sent, "place"), "every touchpoint is counted by place, once", 60)
    assert identified(broker) == expected(sent, "id")
    repeats = told(broker)
    assert len(repeats) > len(set(repeats)) == len(sent)  # something was said again, and it was the same
    assert toys.stop(worker) == 0


def test_one_worker_three_workers_one_worker_under_load(toys: Toys) -> None:
    broker = toys.broker
    with Load(broker) as load:
        first = toys.start()
        until(lambda: len(counted(broker)) == 7, "the first worker counts", 60)
        second, third = toys.start("", "worker-2"), toys.start("", "worker-3")
        until(lambda: shares(toys)[-3:] == [3, 3, 3], "each has a third", 60)
        shared = len(load.sent)
        until(lambda: len(load.sent) > shared + 5_000, "all three work")
        assert toys.stop(second) == 0
        third.kill()
        until(lambda: shares(toys)[-1] == 9, "the first has everything again", 60)
    sent = load.sent
    until(lambda: counted(broker) == expected(sent, "place"), "every touchpoint is counted by place, once", 60)
    assert identified(broker) == expected(sent, "id")
    assert len(set(told(broker))) == len(sent)
    read = sum(len(of_one) for of_one in messages(broker, EVENTS, "touch").values())
    assert read - len(sent) <= PARTITIONS * LONGEST_FOLD  # what a second worker has validated again
    assert toys.stop(first) == 0


def shares(toys: Toys) -> list[int]:
    """How many partitions were assigned to whoever it was, time by time."""
    lines = map(orjson.loads, toys.said().splitlines())
    return [len(line["partitions"]) for line in lines if line["event"] == "partitions assigned"]


def test_a_broker_killed_under_load_and_started_again_costs_nothing(toys: Toys, apache_kafka: ApacheKafka) -> None:
    broker = toys.broker
    worker = toys.start()
    with Load(broker) as load:
        until(lambda: len(load.sent) > 2_000 and counted(broker), "there is load, and the worker is at it", 60)
        apache_kafka.kill_node(1)
        until(lambda: "does not answer" in toys.said(), "the worker notices", 30)
        apache_kafka.start_node(1)
        again = len(load.sent)
        until(lambda: len(load.sent) > again + 2_000, "there is load again", 60)
    sent = load.sent
    until(lambda: counted(broker) == expected(sent, "place"), "every touchpoint is counted by place, once", 90)
    assert identified(broker) == expected(sent, "id")
    assert len(set(told(broker))) == len(sent)
    assert "Traceback" not in toys.said()
    assert toys.stop(worker) == 0


def test_old_and_new_release_in_one_group_lose_nothing_and_the_old_one_refuses_what_it_cannot_read(toys: Toys) -> None:
    broker, sent = toys.broker, touches(0, 9_000)
    old, other = toys.start(), toys.start("", "worker-2")
    until(lambda: "partition given up" in toys.said(), "two workers of the old release share the partitions", 60)
    emit(broker, sent[:3_000])
    until(lambda: counted(broker) == expected(sent[:3_000], "place"), "both count", 60)
    assert toys.stop(other) == 0
    new = toys.start("", "worker-2", "--newer")
    until(lambda: "state written in a newer format" in toys.said(), "the new release takes a share over", 60)
    emit(broker, sent[3_000:6_000])
    until(lambda: counted(broker) == expected(sent[:6_000], "place"), "old and new count together", 60)
    assert toys.stop(new) == 0
    assert old.wait(60) == 78
    assert "Start the newer version on this machine, too" in toys.said()
    emit(broker, sent[6_000:])
    before = len(shares(toys))
    newest = [toys.start("", name, "--newer") for name in ("worker-1", "worker-2")]
    until(lambda: {3, 6} <= set(shares(toys)[before:]), "both of the new release have a share", 60)
    until(lambda: counted(broker) == expected(sent, "place"), "the new release has counted everything", 60)
    assert identified(broker) == expected(sent, "id")
    assert [toys.stop(worker) for worker in newest] == [0, 0]
