"""What the store says when it is examined: rows of a stretch of the log, conflicts, stages, its own state."""

from collections.abc import Iterator, Mapping
from typing import Any

from streams.kafka.outgoing import Destination
from streams.run.doctor.account import Appended, Ledger, Span, hour_of
from streams.run.doctor.facts import Conflicts, Named, Standing
from streams.store.client import Store

STRETCH_OFFSETS = 1_000_000
"""So many offsets are asked for at once: it bounds the memory of the store and the length of its answer."""

MOST_GONE = 10_000

_RANGE = """topic = {topic:String} AND partition = {partition:UInt16}
    AND offset >= {start:UInt64} AND offset < {stop:UInt64}"""
_SINCE = "fromUnixTimestamp64Milli({since:Int64}, 'UTC')"
_STORED = f"stored AS (SELECT offset FROM touchpoints WHERE {_RANGE} AND received_at >= {_SINCE})"
_RECEIVED = f"receipts WHERE {_RANGE} AND received_at >= {_SINCE}"
_REFUSED = f"""(
    SELECT JSONExtractUInt(letter, 'offset') AS offset,
           toUnixTimestamp(toStartOfHour(toDateTime(greatest(
               JSONExtractFloat(letter, 'received_at'), JSONExtractFloat(letter, 'rejected_at')), 'UTC'))) AS hour
    FROM (SELECT base64Decode(payload) AS letter FROM rejected
          WHERE reason = 'store_refused' AND topic IN ('rows.touchpoints', 'rows.rejected'))
    WHERE JSONExtractString(letter, 'topic') = {{topic:String}}
      AND JSONExtractUInt(letter, 'partition') = {{partition:UInt16}}
      AND offset >= {{start:UInt64}} AND offset < {{stop:UInt64}}
      AND offset NOT IN (SELECT offset FROM {_RECEIVED})
)""".replace("{{", "{").replace("}}", "}")
_LETTERS = f"""rejected WHERE {_RANGE} AND rejected_at >= {_SINCE}
    AND row = '' AND reason NOT IN ('conflicting_duplicate', 'store_refused')"""

HOURS = f"""WITH {_STORED}
SELECT toUnixTimestamp(toStartOfHour(received_at)) AS hour, countIf(offset IN stored), countIf(offset NOT IN stored)
FROM {_RECEIVED} GROUP BY hour"""
GONE = f"""WITH {_STORED}, alone AS (
    SELECT offset, source, event_id, received_at FROM {_RECEIVED} AND offset NOT IN stored AND erased = 0
)
SELECT offset, toUnixTimestamp64Milli(received_at) FROM alone
WHERE (source, event_id) NOT IN (
    SELECT source, event_id FROM touchpoints WHERE (source, event_id) IN (SELECT source, event_id FROM alone)
) ORDER BY offset LIMIT {MOST_GONE}"""
LETTERS = f"""SELECT toUnixTimestamp(toStartOfHour(rejected_at)) AS hour, reason, uniqExact(offset)
FROM {_LETTERS} GROUP BY hour, reason
UNION ALL SELECT hour, 'store_refused', uniqExact(offset) FROM {_REFUSED} GROUP BY hour"""
GAPS = f"""SELECT before + 1, at FROM (
    SELECT at, lagInFrame(at, 1, {{start:Int64}} - 1) OVER (
        ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
    FROM (SELECT DISTINCT at FROM (
        SELECT toInt64(offset) AS at FROM {_RECEIVED}
        UNION ALL SELECT toInt64(offset) FROM {_LETTERS}
        UNION ALL SELECT toInt64(offset) FROM {_REFUSED}
        UNION ALL SELECT toInt64(offset) FROM identity_commands WHERE {_RANGE} AND at >= {_SINCE}
        UNION ALL SELECT {{stop:Int64}}
    ))
) WHERE at > before + 1 ORDER BY at""".replace("{{", "{").replace("}}", "}")

BEFORE_THE_LOG = f"""SELECT
    (SELECT count() FROM receipts WHERE topic = {{topic:String}} AND partition = {{partition:UInt16}}
        AND received_at >= {_SINCE} AND received_at < fromUnixTimestamp64Milli({{until:Int64}}, 'UTC')),
    (SELECT count() FROM rejected WHERE topic = {{topic:String}} AND partition = {{partition:UInt16}} AND row = ''
        AND reason != 'conflicting_duplicate'
        AND rejected_at >= {_SINCE} AND rejected_at < fromUnixTimestamp64Milli({{until:Int64}}, 'UTC'))
""".replace("{{", "{").replace("}}", "}")

CONFLICTS = f"SELECT count() FROM rejected WHERE reason = 'conflicting_duplicate' AND rejected_at >= {_SINCE}"
NEWEST_CONFLICTS = f"""
SELECT source, JSONExtractString(base64Decode(payload), 'event_id'), toUnixTimestamp64Milli(rejected_at), ''
FROM rejected WHERE reason = 'conflicting_duplicate' AND rejected_at >= {_SINCE}
ORDER BY rejected_at DESC, offset DESC LIMIT 5"""
_ESCAPED = f"""
SELECT source, event_id, max(received_at) AS newest, uniqExact(identifier) AS people, uniqExact(occurred_on) AS days
FROM receipts WHERE payload_hash != '' AND received_at >= {_SINCE}
GROUP BY source, event_id HAVING people > 1 OR days > 1"""
ESCAPED = f"SELECT count() FROM ({_ESCAPED})"
NEWEST_ESCAPED = f"""
SELECT source, event_id, toUnixTimestamp64Milli(newest),
       multiIf(people > 1 AND days > 1, 'another person, another day', people > 1, 'another person', 'another day')
FROM ({_ESCAPED}) ORDER BY newest DESC LIMIT 5"""
OPEN_LETTERS = """
SELECT count(), toUnixTimestamp64Milli(minOrNull(rejected_at)) FROM rejected
WHERE (topic, partition, offset, row, rejected_at)
      NOT IN (SELECT topic, partition, offset, row, rejected_at FROM rejected_audit)"""

STANDING = """
SELECT stage, partition, argMax((offset, toUnixTimestamp64Milli(watermark), delay_seconds, held_by, paused), at),
       toUnixTimestamp64Milli(max(at))
FROM pipeline WHERE at >= now64(3) - INTERVAL 1 HOUR GROUP BY stage, partition"""
WATERMARK_SINCE = """
SELECT toUnixTimestamp64Milli(min(at)) FROM pipeline
WHERE stage = {stage:String} AND partition = {partition:UInt16}
  AND watermark = fromUnixTimestamp64Milli({watermark:Int64}, 'UTC')"""
RESTARTS = """
SELECT stage, partition, countIf(events < before) FROM (
    SELECT stage, partition, events, lagInFrame(events, 1, 0) OVER (
        PARTITION BY stage, partition ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
    FROM pipeline WHERE at >= now64(3) - INTERVAL 10 MINUTE
) GROUP BY stage, partition"""
TABLES = "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
DISKS = "SELECT name, free_space, total_space FROM system.disks WHERE total_space > 0"
FINAL_IS_FIXED = "SELECT count() FROM system.settings WHERE name = 'final' AND readonly = 1"
PROFILES = "SELECT count() FROM system.settings_profile_elements WHERE setting_name = 'final' AND value = '1'"
CLOCK = "SELECT toUnixTimestamp64Milli(now64(3))"


def ledgers(store: Store, log: Destination, start: int, stop: int, since_ms: int) -> Iterator[Ledger]:
    """What the rows say of the offsets of an input partition, stretch by stretch."""
    for begin in range(start, stop, STRETCH_OFFSETS):
        asked = {"topic": log.topic, "partition": log.partition, "since": since_ms}
        yield _ledger(store, asked | {"start": begin, "stop": min(stop, begin + STRETCH_OFFSETS)})


def _ledger(store: Store, asked: Mapping[str, Any]) -> Ledger:
    gone = tuple(Appended(int(offset), int(at)) for offset, at in store.query(GONE, asked).rows)
    hours = [(int(hour) * 1_000, int(kept), int(others)) for hour, kept, others in store.query(HOURS, asked).rows]
    letters = [(int(hour) * 1_000, str(reason), int(count)) for hour, reason, count in store.query(LETTERS, asked).rows]
    lost_in = [hour_of(lost.at_ms) for lost in gone]
    return Ledger(
        {hour: kept for hour, kept, _ in hours},
        {hour: others - lost_in.count(hour) for hour, _, others in hours},
        {(hour, reason): count for hour, reason, count in letters},
        gone,
        tuple(Span(int(start), int(end)) for start, end in store.query(GAPS, asked).rows),
    )


def before_the_log(store: Store, log: Destination, since_ms: int, until_ms: int) -> tuple[int, int]:
    """Received and rejected in a time of which the log holds nothing any more."""
    asked = {"topic": log.topic, "partition": log.partition, "since": since_ms, "until": until_ms}
    received, rejected = store.query(BEFORE_THE_LOG, asked).rows[0]
    return int(received), int(rejected)


def conflicts(store: Store, since_ms: int) -> Conflicts:
    """Noted by the state: another payload under an id that it knew."""
    return _conflicts(store, CONFLICTS, NEWEST_CONFLICTS, since_ms)


def escaped(store: Store, since_ms: int) -> Conflicts:
    """Copies under one id that name another person or day: state and rows decide them differently."""
    return _conflicts(store, ESCAPED, NEWEST_ESCAPED, since_ms)


def _conflicts(store: Store, counting: str, naming: str, since_ms: int) -> Conflicts:
    asked = {"since": since_ms}
    count = int(store.query(counting, asked).rows[0][0])
    rows = store.query(naming, asked).rows if count else []
    return Conflicts(count, tuple(Named(str(s), str(e), int(at), str(how)) for s, e, at, how in rows))


def standings(store: Store) -> dict[tuple[str, int], Standing]:
    """By stage and partition, of those that said anything in the last hour."""
    found = {}
    for stage, partition, (offset, watermark, delay, held_by, paused), at in store.query(STANDING).rows:
        found[str(stage), int(partition)] = Standing(
            int(offset), None if watermark is None else int(watermark), delay, str(held_by), str(paused), int(at)
        )
    return found


def watermark_since(store: Store, stage: str, partition: int, watermark_ms: int) -> int:
    """When this watermark was first told, ms."""
    asked = {"stage": stage, "partition": partition, "watermark": watermark_ms}
    return int(store.query(WATERMARK_SINCE, asked).rows[0][0])
