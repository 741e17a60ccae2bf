"""What was appended to the input, read in the log itself wherever the rows have gaps, for the doctor's account."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from streams.clock import now_ms
from streams.kafka.inspection import Logs
from streams.kafka.outgoing import Destination
from streams.run.doctor import store as rows
from streams.run.doctor.account import (
    HOUR_MS,
    Appended,
    HourAccount,
    Look,
    Span,
    affordable,
    joined,
    merged,
    settle,
)
from streams.run.doctor.facts import Checked, Reading
from streams.store.client import Store
from streams.topology import PUBLIC
from streams.validate.marker import Ordered, marker


class Accounting:
    """`since_ms`: the beginning of the first hour. `by_time`: the broker finds offsets by time; else the log is read
    from its beginning. `most`: so many records are read at most, divided among the partitions."""

    def __init__(self, store: Store, since_ms: int, most: int, *, by_time: bool) -> None:
        self._store, self._since_ms, self._most, self._by_time = store, since_ms, most, by_time

    async def accounts(
        self, logs: Logs, readings: Sequence[Reading], settled: Mapping[int, int]
    ) -> tuple[list[HourAccount], list[Checked]]:
        """By partition and hour. `settled`: by partition, what lies below must be stored."""
        public = [reading for reading in readings if reading.topic == PUBLIC]
        accounts: list[HourAccount] = []
        checked: list[Checked] = []
        for reading in public:
            hours, check = await self._account(logs, reading, settled[reading.partition], len(public))
            accounts += hours
            checked.append(check)
        return accounts, checked

    async def _account(
        self, logs: Logs, reading: Reading, settled: int, partitions: int
    ) -> tuple[list[HourAccount], Checked]:
        log = Destination(PUBLIC, reading.partition)
        edges = (await logs.edges([log]))[log]
        first = await logs.first(log, edges.begin, edges.stable)
        first_ms = now_ms() if first is None else first.at_ms
        start = edges.begin
        if self._by_time and first_ms < self._since_ms:
            start = await logs.since(log, self._since_ms, edges)
        since_ms = max(self._since_ms - HOUR_MS, first_ms - 1_000)  # a log that was made anew has known offsets
        stretches = rows.ledgers(self._store, log, start, edges.stable, since_ms)
        ledger = joined(await asyncio.to_thread(list, stretches))
        chosen, left = affordable(merged(ledger.gaps), settled, self._most // partitions)
        look = await self._look(logs, log, chosen, left)
        begins_ms, before = None, (0, 0)
        if first_ms > self._since_ms:
            asked = (self._store, log, self._since_ms, since_ms)
            before = await asyncio.to_thread(rows.before_the_log, *asked)
            begins_ms = first_ms if edges.begin or any(before) else None
        hours = settle(log.partition, ledger, look, settled, begins_ms)
        hours = [hour for hour in hours if hour.hour_ms >= self._since_ms or hour.missing]
        unread = sum(span.length for span in look.unread)
        return hours, Checked(log.partition, start, edges.stable, settled, look.records, unread, begins_ms, before)

    async def _look(self, logs: Logs, log: Destination, chosen: Iterable[Span], left: Iterable[Span]) -> Look:
        found: list[Appended] = []
        unread, records = list(left), 0
        for span in chosen:
            passage = await logs.read(log, span.start, span.stop, _leaves_a_row)
            found += [Appended(*stamp) for stamp in passage.kept]
            records += passage.records
            if passage.reached < span.stop:
                unread.append(Span(max(span.start, passage.reached), span.stop))
        return Look(found, merged(unread, 0), records)


def _leaves_a_row(record: object) -> bool:
    """A touchpoint does, and so does a command about people; heartbeats and control records do not."""
    headers = getattr(record, "headers", ())
    return not headers or isinstance(marker(headers, getattr(record, "value", None)), (Ordered, type(None)))
