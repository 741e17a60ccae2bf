CREATE VIEW IF NOT EXISTS estimate_errors
AS WITH
    toDateTime64({since:DateTime64(3, 'UTC')}, 3, 'UTC') AS since_at,
    toDateTime64({until:DateTime64(3, 'UTC')}, 3, 'UTC') AS until_at,
    ended AS
    (
        SELECT place, joined_at, identifier, outcome, wait_seconds, ifNull(started_at, ended_at) AS waited_until
        FROM waits
        WHERE place != '' AND joined_at >= since_at - INTERVAL 1 DAY AND joined_at < until_at
            AND waited_until >= since_at AND waited_until < until_at
    ),
    looks AS
    (
        SELECT
            place, at, estimate_p50_seconds, estimate_p90_seconds, toString(estimate_method) AS method,
            toString(estimate_reason) AS reason, estimate_samples
        FROM queue_load
        WHERE at >= since_at - INTERVAL 1 DAY AND at < until_at
    )
SELECT
    ended.place AS place,
    ended.joined_at AS joined_at,
    ended.waited_until AS waited_until,
    ended.identifier AS identifier,
    ended.outcome AS outcome,
    ended.wait_seconds AS wait_seconds,
    looks.place = '' OR looks.at < ended.joined_at - INTERVAL 16 MINUTE AS unseen,
    if(unseen, NULL, toNullable(looks.at)) AS told_at,
    if(unseen, NULL, looks.estimate_p50_seconds) AS estimate_p50_seconds,
    if(unseen, NULL, looks.estimate_p90_seconds) AS estimate_p90_seconds,
    if(unseen, '', looks.method) AS estimate_method,
    if(unseen, 'no_look', looks.reason) AS estimate_reason,
    if(unseen, 0, looks.estimate_samples) AS estimate_samples,
    outcome = 'served' AND wait_seconds > 0 AND isNotNull(estimate_p50_seconds) AS judged,
    if(judged, estimate_p50_seconds - wait_seconds, NULL) AS error_seconds,
    if(judged, wait_seconds <= estimate_p50_seconds, NULL) AS below_p50,
    if(judged, wait_seconds <= estimate_p90_seconds, NULL) AS below_p90
FROM ended
ASOF LEFT JOIN looks ON looks.place = ended.place AND looks.at < ended.joined_at
COMMENT 'Each wait that ended, beside what the estimate said at the last look before it began: SELECT ... FROM estimate_errors(since = ''2026-11-22 10:00:00'', until = ''2026-11-22 12:00:00''); times in UTC'
