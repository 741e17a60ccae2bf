"""What a worker's stages have to tell: their numbers as samples of the metrics that the catalogue names."""

from collections.abc import Iterable, Iterator

from streams.kafka.arrival import Outage
from streams.kafka.progress import Progress
from streams.kafka.runner import StageRunner
from streams.numbers import LaneNumbers, Sample


def stage_samples(runners: Iterable[StageRunner], lanes: Iterable[Progress], now_ms: int) -> Iterator[Sample]:
    """Counts of every partition that was ever ours, and where those stand that are ours now. Only looks."""
    for runner in runners:
        stage = runner.stage.name
        yield Sample("touchline_chunk_records", (stage,), runner.numbers.chunk_records)
        for phase in ("fold", "say", "write"):
            yield Sample("touchline_chunk_seconds", (stage, phase), getattr(runner.numbers, phase))
        for number, numbers in list(runner.lane_numbers.items()):
            yield from _counts((stage, str(number)), numbers)
    for lane in lanes:
        yield from _standing(lane, now_ms)


def outage_samples(outage: Outage) -> Iterator[Sample]:
    yield Sample("touchline_broker_up", (), 0 if outage.lasts else 1)
    yield Sample("touchline_broker_outages_total", (), outage.count)


def _counts(labels: tuple[str, str], numbers: LaneNumbers) -> Iterator[Sample]:
    yield Sample("touchline_records_total", labels, numbers.records)
    yield Sample("touchline_messages_total", labels, numbers.messages)
    yield Sample("touchline_rows_total", labels, numbers.rows)
    yield Sample("touchline_starts_over_total", labels, numbers.outages)
    yield Sample("touchline_changelog_records_total", labels, numbers.written.records)
    yield Sample("touchline_changelog_bytes_total", labels, numbers.written.bytes)
    for reason, count in list(numbers.rejected.items()):
        yield Sample("touchline_rejected_total", (*labels, reason), count)


def _standing(found: Progress, now_ms: int) -> Iterator[Sample]:
    labels = (found.lane.stage.name, str(found.lane.number))
    yield Sample("touchline_lag_records", labels, found.lag)
    delay = found.delay_seconds(now_ms)
    if delay is not None and found.watermark is not None:
        yield Sample("touchline_delay_seconds", labels, delay)
        yield Sample("touchline_watermark_timestamp_seconds", labels, found.watermark / 1000)
    if found.held_by:
        yield Sample("touchline_held_by", (*labels, found.held_by), 1)
    yield Sample("touchline_paused", labels, 1 if found.lane.paused else 0)
    yield Sample("touchline_state_entries", labels, found.entries)
    written = found.lane.numbers.written
    if written.records:  # encoded, as the changelog has them; in memory an entry takes a few times that
        yield Sample("touchline_state_bytes", labels, round(found.entries * written.bytes / written.records))
