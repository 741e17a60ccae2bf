CREATE VIEW IF NOT EXISTS agent_quarters
AS WITH
    (from_ms, until_ms, quarter_ms) -> greatest(0, least(until_ms, quarter_ms + 900000) - greatest(from_ms, quarter_ms)) AS overlap,
    toUnixTimestamp64Milli(toDateTime64({since:DateTime64(3, 'UTC')}, 3, 'UTC')) AS since_ms,
    intDiv(since_ms, 900000) * 900000 AS first_ms,
    intDiv(toUnixTimestamp64Milli(toDateTime64({until:DateTime64(3, 'UTC')}, 3, 'UTC')) + 899999, 900000) * 900000
        AS last_ms,
    ifNull(
        (
            SELECT max(toUnixTimestamp64Milli(at)) FROM queue_load
            WHERE at >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY
        ),
        0
    ) AS known_ms,
    least(last_ms, known_ms) AS until_ms,
    said AS
    (
        SELECT
            JSONExtractString(data, 'agent') AS agent,
            replaceRegexpAll(lower(JSONExtractString(data, 'state')), '[ -]+', '_') AS state,
            if(JSONType(data, 'queues') = 'Array', JSONExtractRaw(data, 'queues'), NULL) AS named,
            toUnixTimestamp64Milli(occurred_at) AS from_ms, source, event_id
        FROM touchpoints FINAL
        WHERE type = 'agent.changed' AND occurred_at >= {since:DateTime64(3, 'UTC')} - INTERVAL 1 DAY
            AND occurred_at < fromUnixTimestamp64Milli(last_ms, 'UTC')
    ),
    spent AS
    (
        SELECT
            agent,
            multiIf(
                state IN ('talking', 'busy', 'on_call', 'in_call', 'hold', 'on_hold'), 'talking',
                state IN ('wrap', 'wrap_up', 'wrapup', 'after_call', 'after_call_work', 'acw'), 'wrap',
                state IN ('ready', 'available', 'idle', 'waiting', 'online', 'signed_in', 'logged_in'), 'ready',
                state IN ('break', 'on_break', 'pause', 'paused', 'lunch', 'meal', 'away', 'training', 'not_ready'), 'break',
                state IN ('absent', 'offline', 'out', 'signed_out', 'logged_out', 'unavailable'), 'out',
                'unknown'
            ) AS doing,
            ifNull(
                anyLast(named) OVER
                    (PARTITION BY agent ORDER BY from_ms, source, event_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
                ''
            ) AS queues,
            from_ms,
            least(
                leadInFrame(from_ms, 1, until_ms) OVER
                    (PARTITION BY agent ORDER BY from_ms, source, event_id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
                from_ms + 43200000,
                until_ms
            ) AS to_ms
        FROM said
    ),
    pieces AS
    (
        SELECT
            agent, doing,
            arrayJoin(if(queues = '', [''], JSONExtract(queues, 'Array(String)'))) AS place,
            arrayJoin(range(greatest(first_ms, intDiv(from_ms, 900000) * 900000), to_ms, 900000)) AS quarter_ms,
            overlap(from_ms, to_ms, quarter_ms) AS spent_ms
        FROM spent
        WHERE doing != 'out'
    )
SELECT
    place,
    fromUnixTimestamp64Milli(quarter_ms, 'UTC') AS quarter,
    uniqExactIf(agent, spent_ms > 0) AS agents,
    sumIf(spent_ms, doing = 'talking') / 1000 AS talking_seconds,
    sumIf(spent_ms, doing = 'wrap') / 1000 AS wrap_seconds,
    sumIf(spent_ms, doing = 'ready') / 1000 AS ready_seconds,
    sumIf(spent_ms, doing = 'break') / 1000 AS break_seconds,
    sumIf(spent_ms, doing = 'unknown') / 1000 AS unknown_seconds,
    talking_seconds + wrap_seconds AS handling_seconds,
    handling_seconds + ready_seconds AS available_seconds,
    if(available_seconds > 0, handling_seconds / available_seconds, NULL) AS occupancy
FROM pieces
GROUP BY place, quarter_ms
HAVING agents > 0
COMMENT 'What the agents of each queue did in each 15 min, by agent.changed: SELECT ... FROM agent_quarters(since = ''2026-11-22 10:00:00'', until = ''2026-11-22 12:00:00''); times in UTC'
