"""Metrics for Prometheus: the catalogue of all of them, and how samples become its text."""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from streams.numbers import Distribution, Sample

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily
Samples = Callable[[], Iterable[Sample]]


class Metric(NamedTuple):
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    help: str


_LANE = ("stage", "partition")

METRICS: dict[str, Metric] = {
    # -- the stages of a worker ------------------------------------------------------------------
    "touchline_records_total": Metric("counter", _LANE, "Records of the input log that were folded in"),
    "touchline_messages_total": Metric("counter", _LANE, "Messages to the next stage that the broker acknowledged"),
    "touchline_rows_total": Metric("counter", _LANE, "Rows for the store that the broker acknowledged"),
    "touchline_rejected_total": Metric("counter", (*_LANE, "reason"), "Dead letters by reason"),
    "touchline_starts_over_total": Metric("counter", _LANE, "Times a partition went back to its last write"),
    "touchline_lag_records": Metric("gauge", _LANE, "Records of the input log that are not done yet"),
    "touchline_delay_seconds": Metric("gauge", _LANE, "How far the watermark is behind the clock"),
    "touchline_watermark_timestamp_seconds": Metric("gauge", _LANE, "Everything up to here is in the numbers"),
    "touchline_held_by": Metric("gauge", (*_LANE, "sender"), "1 for the sender that holds the watermark back"),
    "touchline_paused": Metric("gauge", _LANE, "1 while it waits for a person: too large a share is refused"),
    "touchline_chunk_records": Metric("histogram", ("stage",), "Records that were folded before one write"),
    "touchline_chunk_seconds": Metric(
        "histogram", ("stage", "phase"), "Seconds of a chunk's phases: fold, say (outputs), write (state)"
    ),
    "touchline_state_entries": Metric("gauge", _LANE, "Entries of the state"),
    "touchline_state_bytes": Metric(
        "gauge", _LANE, "Estimated encoded size: entries times the mean size of what was written to the changelog"
    ),
    "touchline_changelog_records_total": Metric("counter", _LANE, "Records written to the changelog, tries again too"),
    "touchline_changelog_bytes_total": Metric("counter", _LANE, "Bytes written to the changelog, tries again too"),
    "touchline_broker_up": Metric("gauge", (), "0 while no broker answers"),
    "touchline_broker_outages_total": Metric("counter", (), "Outages of the broker that were noticed"),
    # -- the sink --------------------------------------------------------------------------------
    "touchline_sink_rows_total": Metric("counter", ("table",), "Rows that the store has taken"),
    "touchline_sink_refused_rows_total": Metric("counter", ("table",), "Rows that the store refused: dead letters"),
    "touchline_sink_waiting_bytes": Metric("gauge", ("table",), "Rows that were read and wait for their insert"),
    "touchline_sink_lag_records": Metric("gauge", ("table",), "Records of rows that are not stored and committed yet"),
    "touchline_sink_batch_bytes": Metric("histogram", ("table",), "Size of the inserts"),
    "touchline_sink_insert_seconds": Metric("histogram", ("table",), "From the first try until the store has answered"),
    "touchline_store_up": Metric("gauge", (), "0 while the last insert into some table has not been answered"),
    # -- the page --------------------------------------------------------------------------------
    "touchline_page_viewers": Metric("gauge", (), "Open live views"),
    "touchline_page_feeds": Metric("gauge", (), "Different selections that are asked of the store for them"),
    # -- every process ---------------------------------------------------------------------------
    "touchline_event_loop_idle_seconds": Metric("gauge", (), "How long the event loop has not come round"),
    "touchline_info": Metric("gauge", ("process", "version"), "1; what this process is"),
    # -- a supervisor (--processes) --------------------------------------------------------------
    "touchline_process_up": Metric("gauge", ("process",), "1 while this process runs"),
    "touchline_process_restarts_total": Metric("counter", ("process",), "Times it ended by itself and was restarted"),
    "touchline_process_crash_loop": Metric("gauge", ("process",), "1 while it ends again and again soon after a start"),
}
"""Labels are bounded: stage, partition, table, reason and process; never a source, a place or anything of a person."""


class Metrics:
    """The text that Prometheus scrapes, made from `samples` at each scrape; safe to call from any thread."""

    def __init__(self, samples: Samples) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Samples(samples))
        ProcessCollector(registry=self._registry)  # memory, processor time and open files of this process

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Samples(Collector):
    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Family]:
        families: dict[str, Family] = {}
        for name, labels, value in self._samples():
            family = families.get(name)
            if family is None:
                family = families[name] = _family(name)
            if isinstance(family, HistogramMetricFamily):
                if isinstance(value, Distribution):
                    family.add_metric(labels, _buckets(value), value.total)
            elif not isinstance(value, Distribution):
                family.add_metric(labels, value)
        yield from families.values()


def _family(name: str) -> Family:
    metric = METRICS[name]
    if metric.kind == "counter":
        return CounterMetricFamily(name, metric.help, labels=metric.labels)
    if metric.kind == "gauge":
        return GaugeMetricFamily(name, metric.help, labels=metric.labels)
    return HistogramMetricFamily(name, metric.help, labels=metric.labels)


def _buckets(value: Distribution) -> list[tuple[str, float]]:
    """Prometheus counts what is at or below a bound, so each bucket holds the smaller ones, too."""
    bounds = [*map(str, value.bounds), "+Inf"]
    return list(zip(bounds, accumulate(value.counts), strict=True))
