"""Metrics: what lanes, sink and processes count, as Prometheus reads it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from prometheus_client.parser import text_string_to_metric_families
from support.kafka_lane import Ledger, chunk, lane, record, stage, until
from support.kafka_toy import Counts

from streams.kafka.arrival import Outage
from streams.kafka.lane import StageCode
from streams.kafka.outgoing import Destination
from streams.kafka.progress import progress
from streams.kafka.pulse import Pulse
from streams.kafka.samples import outage_samples, stage_samples
from streams.numbers import Distribution, LaneNumbers, Sample, StageNumbers
from streams.run.health.metrics import METRICS, Metrics


class Runner:
    """A stage and its one lane, as a worker has them."""

    def __init__(self, served: Any) -> None:
        self.stage, self.lanes = stage("stitch"), {0: served}
        self.numbers: StageNumbers = served.numbers.stage
        self.lane_numbers: dict[int, LaneNumbers] = {0: served.numbers}


def with_runner(body: Callable[[Runner, Ledger], Awaitable[None]]) -> None:
    async def run() -> None:
        ledger = Ledger()

        def step(state: Counts, message: Any, out: Any) -> None:
            state.add("k")
            state.hear(*orjson.loads(message.value))
            out.row("rejected", b'{"reason":"bad_time","raw":"{\\"reason\\":\\"x\\"}"}')

        served = lane(ledger, StageCode(step, None, lambda n: Counts(n, epoch=1, senders=2)))
        served.put(chunk(ledger, record(0, b'["validate/1", 4000]'), record(7, b'["validate/0", 5000]')))
        await until(lambda: served.offset == 7)
        await body(Runner(served), ledger)
        await served.close()

    asyncio.run(run())


class Seen:
    """What a scrape has brought, by name and label values."""

    def __init__(self, text: bytes) -> None:
        families = text_string_to_metric_families(text.decode())
        self._values = {(s.name, frozenset(s.labels.values())): s.value for family in families for s in family.samples}

    def __getitem__(self, key: tuple[str, tuple[str, ...]]) -> float:
        return self._values[key[0], frozenset(key[1])]


def scrape(runner: Any, now_ms: int = 9_500, end: int = 12) -> Seen:
    def samples() -> Any:
        return stage_samples([runner], progress([runner], lambda *_: end, 2), now_ms)

    return Seen(Metrics(samples).text())


def test_a_lane_tells_what_it_has_done_and_where_it_is():
    async def body(runner: Runner, _: Ledger) -> None:
        found = scrape(runner)
        lane = ("stitch", "0")
        assert found["touchline_records_total", lane] == 2
        assert found["touchline_rows_total", lane] == 2
        assert found["touchline_rejected_total", (*lane, "bad_time")] == 2
        assert (found["touchline_lag_records", lane], found["touchline_delay_seconds", lane]) == (4, 5.5)
        assert found["touchline_watermark_timestamp_seconds", lane] == 4
        assert found["touchline_held_by", (*lane, "validate/1")] == 1
        assert (found["touchline_state_entries", lane], found["touchline_paused", lane]) == (1, 0)
        assert found["touchline_chunk_records_count", ("stitch",)] == 1
        assert {found["touchline_chunk_seconds_count", ("stitch", phase)] for phase in ("fold", "say", "write")} == {1}

    with_runner(body)


def test_the_pipeline_table_and_the_metrics_say_the_same():
    async def body(runner: Any, _: Ledger) -> None:
        pulse = Pulse(runner.lanes[0]._road, {"stitch": runner}, list, lambda *_: 12)
        ((_, value, _),) = pulse.parcels(9_500)[Destination("rows.pipeline", 0)]
        row, found, lane = orjson.loads(value or b""), scrape(runner), ("stitch", "0")
        assert row["lag"] == found["touchline_lag_records", lane]
        assert row["delay_seconds"] == found["touchline_delay_seconds", lane]
        assert row["watermark"] == found["touchline_watermark_timestamp_seconds", lane]
        assert row["events"] == found["touchline_records_total", lane]
        assert found["touchline_held_by", (*lane, row["held_by"])] == 1
        assert bool(row["paused"]) == bool(found["touchline_paused", lane])

    with_runner(body)


def test_a_connection_that_is_lost_is_counted_and_takes_nothing_back():
    outage = Outage("broker:9092")
    outage.notice("gone")
    lost = Seen(Metrics(lambda: outage_samples(outage)).text())
    outage.over()
    back = Seen(Metrics(lambda: outage_samples(outage)).text())
    names = ("touchline_broker_up", "touchline_broker_outages_total")
    assert [[seen[name, ()] for name in names] for seen in (lost, back)] == [[0, 1], [1, 1]]


def test_a_distribution_becomes_buckets_that_hold_the_smaller_ones():
    distribution = Distribution((1, 5))
    for value in (0.5, 1, 3, 7):
        distribution.add(value)
    found = Seen(Metrics(lambda: [Sample("touchline_chunk_records", ("load",), distribution)]).text())
    buckets = [found["touchline_chunk_records_bucket", ("load", bound)] for bound in ("1", "5", "+Inf")]
    assert (buckets, found["touchline_chunk_records_sum", ("load",)]) == ([2, 3, 4], 11.5)


def test_names_follow_the_conventions_and_labels_are_bounded():
    bounded = {"stage", "partition", "reason", "sender", "phase", "table", "process", "version"}
    for name, metric in METRICS.items():
        assert re.fullmatch(r"touchline_[a-z_]+", name)
        assert (metric.kind == "counter") == name.endswith("_total")
        assert set(metric.labels) <= bounded
        assert metric.help
        assert not re.search(r"_(ms|milliseconds|kb|minutes)(_|$)", name)  # base units


def test_every_metric_of_the_catalogue_is_told_by_somebody():
    from pathlib import Path

    rooms = [path for folder in ("streams", "dashboards/page") for path in Path(folder).rglob("*.py")]
    text = "\n".join(path.read_text() for path in rooms if path.name != "metrics.py")
    assert [name for name in METRICS if f'"{name}"' not in text] == []
