"""What a sink answers when asked how it is: alive, ready, and its numbers."""

from collections.abc import Iterator

from streams.clock import now_ms
from streams.kafka.samples import outage_samples
from streams.numbers import Sample
from streams.run.health.answers import Vitals
from streams.run.health.loop import LoopBeat
from streams.run.health.worker import process_samples, stalled
from streams.sink.run import Sink
from streams.store.client import Store
from streams.store.errors import StoreError

LONGEST_WAIT_SECONDS = 60.0
"""Rows reach the store in about a second; where they have waited this long, nobody should take it for current."""


class SinkHealth:
    """`sink` is None until the store is up to date."""

    def __init__(self, store: Store, name: str) -> None:
        self.sink: Sink | None = None
        self.beat = LoopBeat()
        self._store, self._name = store, name

    def vitals(self) -> Vitals:
        return Vitals(self.alive, self.ready, self.samples)

    def alive(self) -> list[str]:
        return stalled(self.beat)

    def ready(self) -> list[str]:
        """Asks the store, so it may take as long as the store does."""
        reasons = self.alive() + self._store_trouble()
        if self.sink is None:
            return [*reasons, "the store is not up to date yet"]
        if self.sink.outage.lasts:
            reasons.append(f"Kafka does not answer: {self.sink.outage.reason}")
        if not self.sink.reads:
            reasons.append("it does not read rows yet")
        return reasons + list(_tables(self.sink))

    def samples(self) -> Iterator[Sample]:
        yield from process_samples(self._name, self.beat)
        if self.sink is None:
            return
        yield from outage_samples(self.sink.outage)
        yield Sample("touchline_store_up", (), 0 if any(table.trouble for table in self.sink.tables) else 1)
        for table in self.sink.tables:
            labels = (table.name,)
            yield Sample("touchline_sink_rows_total", labels, table.numbers.rows)
            yield Sample("touchline_sink_refused_rows_total", labels, table.numbers.refused)
            yield Sample("touchline_sink_waiting_bytes", labels, table.waiting_bytes)
            yield Sample("touchline_sink_batch_bytes", labels, table.numbers.batch_bytes)
            yield Sample("touchline_sink_insert_seconds", labels, table.numbers.insert)
            end = self.sink.end_offset(table)
            if end is not None and table.done is not None:
                yield Sample("touchline_sink_lag_records", labels, max(0, end - table.done))

    def _store_trouble(self) -> list[str]:
        try:
            self._store.query("SELECT 1")
        except StoreError as error:
            return [f"the store does not answer: {str(error).splitlines()[0][:300]}"]
        return []


def _tables(sink: Sink) -> Iterator[str]:
    now = now_ms()
    for table in sink.tables:
        oldest = table.oldest_ms
        waits = 0.0 if oldest is None else (now - oldest) / 1000
        if table.trouble:
            yield f"{table.name}: {table.trouble}"
        elif waits > LONGEST_WAIT_SECONDS:
            yield f"{table.name}: rows wait for {waits:.0f} s"
