CREATE VIEW IF NOT EXISTS call_handling
AS WITH
    ended AS
    (
        SELECT
            concat('call:', source, '/', trimBoth(JSONExtractString(data, 'call'))) AS ended_call,
            occurred_at,
            max(JSONExtract(data, 'talk_seconds', 'Nullable(Float64)')) AS talk_seconds,
            max(JSONExtract(data, 'hold_seconds', 'Nullable(Float64)')) AS hold_seconds,
            max(JSONExtract(data, 'wrap_seconds', 'Nullable(Float64)')) AS wrap_seconds
        FROM touchpoints FINAL
        WHERE type = 'call.ended' AND occurred_at >= toStartOfFifteenMinutes({since:DateTime64(3, 'UTC')})
            AND occurred_at < {until:DateTime64(3, 'UTC')} + INTERVAL 1 DAY
        GROUP BY ended_call, occurred_at
    ),
    handled_calls AS
    (
        SELECT place, identifier, joined_at, ended_at, handle_seconds
        FROM calls
        WHERE joined_at >= toStartOfFifteenMinutes({since:DateTime64(3, 'UTC')})
            AND joined_at < {until:DateTime64(3, 'UTC')} AND isNotNull(handle_seconds)
    )
SELECT
    call.place AS place,
    toStartOfFifteenMinutes(toDateTime(call.joined_at, 'UTC')) AS quarter,
    count() AS handled,
    countIf(isNotNull(ended.wrap_seconds)) AS wrapped,
    sum(ifNull(ended.talk_seconds + ifNull(ended.hold_seconds, 0), assumeNotNull(call.handle_seconds))) AS talk_and_hold_seconds,
    sum(ifNull(ended.wrap_seconds, 0)) AS after_call_seconds,
    talk_and_hold_seconds + after_call_seconds AS handle_seconds,
    handle_seconds / handled AS aht_seconds
FROM handled_calls AS call
LEFT JOIN ended ON ended.ended_call = call.identifier AND ended.occurred_at = assumeNotNull(call.ended_at)
GROUP BY place, quarter
COMMENT 'Handle time with after-call work per queue and 15 min of joining: talk + hold as call.ended said, else answer to call.ended; plus its wrap_seconds; aht_seconds = handle_seconds / handled: SELECT ... FROM call_handling(since = ''2026-11-22 10:00:00'', until = ''2026-11-22 12:00:00''); times in UTC'
