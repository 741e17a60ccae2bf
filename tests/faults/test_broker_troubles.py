"""A broker that stops, dies, freezes, and a bad line to it (rows 7 to 9 of the matrix)."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.faults.bench import Bench
from support.faults.proxy import Proxy
from support.faults.report import Report
from support.kafka_broker import ApacheKafka

pytestmark = pytest.mark.kafka


def test_row_07_the_broker_is_bounced_cleanly_and_killed(bench: Bench) -> None:
    with bench.row(7, "broker stopped and killed (-9), started again") as trial:
        kafka = bench.kafka
        trial.hit("broker stopped")
        kafka.stop_node(1)
        kafka.start_node(1)
        trial.note("broker ready")
        trial.calm(5)
        trial.hit("broker killed")
        kafka.kill_node(1)
        kafka.start_node(1)
        trial.note("broker ready")
        trial.fault_over()


@pytest.mark.slow
def test_row_07_each_of_three_brokers_is_killed_in_turn(cluster_bench: Bench) -> None:
    with cluster_bench.row(7, "each of three brokers killed (-9) in turn") as trial:
        for node in trial.draw.sample([1, 2, 3], 3):
            trial.hit(f"broker {node} killed")
            cluster_bench.kafka.kill_node(node)
            trial.calm(10)
            cluster_bench.kafka.start_node(node)
            trial.note(f"broker {node} ready")
            trial.calm(8)
        trial.fault_over()


@pytest.mark.slow
def test_row_08_the_broker_is_frozen_for_two_minutes(bench: Bench) -> None:
    with bench.row(8, "broker frozen for 120 s") as trial:
        trial.hit("broker frozen")
        os.kill(bench.kafka.pid(1), signal.SIGSTOP)
        try:
            trial.calm(120)
        finally:
            os.kill(bench.kafka.pid(1), signal.SIGCONT)
        trial.note("broker awake")
        trial.fault_over()


@pytest.fixture
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApacheKafka, Proxy]]:
    """A broker that everybody reaches through a proxy, itself included."""
    proxy = Proxy(1)
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka-behind"), advertised=proxy.port)
    proxy.target = kafka.ports[1]
    try:
        kafka.start()
        yield kafka, proxy
    finally:
        kafka.stop()
        proxy.stop()


@pytest.mark.slow
def test_row_09_the_line_to_the_broker_is_cut_slow_and_drips(
    line: tuple[ApacheKafka, Proxy], tmp_path: Path, report: Report
) -> None:
    kafka, proxy = line
    bench = Bench(kafka, tmp_path / "road", report.seed, report)
    try:
        with bench.row(9, "line to the broker cut, slow (400 ms) and dripping (1 byte at a time)") as trial:
            for _ in range(8):
                trial.wait(0.3, 3.0)
                trial.hit("all connections cut")
                proxy.cut()
            trial.hit("400 ms of delay")
            proxy.delay_seconds = 0.4
            trial.calm(15)
            proxy.admit()
            trial.hit("50 bytes a second, one at a time")
            proxy.bytes_per_second = 50
            trial.calm(15)
            proxy.cut()
            proxy.admit()
            trial.hit("nobody listens")
            proxy.refuse()
            trial.calm(15)
            proxy.admit()
            trial.fault_over()
    finally:
        bench.stop()
