"""Brokers that may be broken, the road on them, and what becomes of every row of the fault matrix."""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.faults.bench import Bench
from support.faults.report import Report
from support.kafka import apache_kafka, apache_kafka_cluster, clean_kafka
from support.kafka_broker import ApacheKafka

__all__ = ["apache_kafka", "apache_kafka_cluster", "clean_kafka"]

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
    """kafka-python leaves sockets to the garbage collector where a broker went away in the middle of a greeting."""
    left = pytest.mark.filterwarnings("ignore:Exception ignored in.*socket:pytest.PytestUnraisableExceptionWarning")
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(left)


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash[REPORT]


class Benches:
    """One road for many rows, and a new one on an empty broker after a row that failed."""

    def __init__(self, make: Callable[[], Bench]) -> None:
        self._make = make
        self._bench: Bench | None = None

    def __call__(self) -> Bench:
        self._bench = self._bench or self._make()
        return self._bench

    def close(self) -> None:
        bench, self._bench = self._bench, None
        if bench is not None:
            bench.stop()


@pytest.fixture(scope="session")
def benches(apache_kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory, report: Report) -> Iterator[Benches]:
    def make() -> Bench:
        empty(apache_kafka)
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
    empty(apache_kafka_cluster)
    bench = Bench(apache_kafka_cluster, tmp_path / "road", report.seed, report, replication=3)
    yield bench
    bench.stop()


@pytest.fixture
def own_bench(benches: Benches) -> Iterator[Bench]:
    """A road for one row alone, which may leave it in ruins."""
    benches.close()
    yield benches()
    benches.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed  # type: ignore[attr-defined,unused-ignore]


def empty(kafka: ApacheKafka) -> None:
    from support.kafka import _empty

    from streams.kafka.connection import Connection

    _empty(Connection(kafka.servers))
