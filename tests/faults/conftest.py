"""Brokers that may be broken, the road on them, and what becomes of every row of the fault matrix."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.faults.bench import Bench, Benches
from support.faults.report import Report
from support.kafka import Broker, apache_kafka, apache_kafka_cluster, emptied, empty, pass_over_left_sockets
from support.kafka_broker import ApacheKafka

from streams.kafka.connection import Connection

__all__ = ["apache_kafka", "apache_kafka_cluster"]

ROOT = Path(__file__).parents[2]
REPORT: pytest.StashKey[Report] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 31))
    config.stash[REPORT] = Report(ROOT / ".faults", seed)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    report = config.stash[REPORT]
    if report.lines:
        terminalreporter.section("faults")
        terminalreporter.write_line(report.table())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    pass_over_left_sockets(items, Path(__file__).parent)


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash[REPORT]


@pytest.fixture(scope="session")
def benches(apache_kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory, report: Report) -> Iterator[Benches]:
    def make() -> Bench:
        empty(Connection(apache_kafka.servers))
        return Bench(apache_kafka, tmp_path_factory.mktemp("road"), report.seed, report)

    benches = Benches(make)
    yield benches
    benches.close()


@pytest.fixture
def bench(benches: Benches, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The road that all rows share."""
    yield benches()
    if getattr(request.node, "failed", True):
        benches.close()


@pytest.fixture
def cluster_bench(
    apache_kafka_cluster: ApacheKafka, tmp_path: Path, report: Report, benches: Benches
) -> Iterator[Bench]:
    """A road on three brokers, every topic on all of them."""
    benches.close()  # this machine has enough to do
    empty(Connection(apache_kafka_cluster.servers))
    bench = Bench(apache_kafka_cluster, tmp_path / "road", report.seed, report, replication=3)
    yield bench
    bench.stop()


@pytest.fixture
def clean_kafka(benches: Benches, apache_kafka: ApacheKafka) -> Broker:
    """The broker of the road that all rows share, without that road."""
    benches.close()
    return emptied(apache_kafka)


@pytest.fixture
def own_bench(benches: Benches) -> Iterator[Bench]:
    """A road for one row alone, which may leave it in ruins."""
    benches.close()
    yield benches()
    benches.close()


@pytest.fixture
def soak_bench(apache_kafka: ApacheKafka, tmp_path: Path, report: Report, benches: Benches) -> Iterator[Bench]:
    """A road that forgets within minutes what it otherwise keeps for a day: then its memory must stand still."""
    benches.close()
    empty(Connection(apache_kafka.servers))
    forgets = {"TOUCHLINE_ALLOWED_LATENESS_SECONDS": "300", "TOUCHLINE_DEDUPLICATION_WINDOW_SECONDS": "600"}
    bench = Bench(apache_kafka, tmp_path / "road", report.seed, report, settings=forgets)
    yield bench
    bench.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed  # type: ignore[attr-defined,unused-ignore]
