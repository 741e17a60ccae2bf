CREATE VIEW IF NOT EXISTS estimate_quality
AS SELECT
    place,
    toStartOfHour(waited_until, 'UTC') AS hour,
    count() AS ended,
    countIf(outcome = 'served' AND wait_seconds = 0) AS at_once,
    countIf(outcome != 'served') AS not_served,
    countIf(outcome = 'served' AND wait_seconds > 0 AND NOT judged) AS untold,
    countIf(judged) AS waits,
    countIf(below_p50 = 1) AS below_p50,
    countIf(below_p90 = 1) AS below_p90,
    if(waits = 0, NULL, below_p50 / waits) AS below_p50_share,
    if(waits = 0, NULL, below_p90 / waits) AS below_p90_share,
    if(waits = 0, NULL, sum(error_seconds) / waits) AS bias_seconds,
    if(waits = 0, NULL, sum(abs(error_seconds)) / waits) AS mean_absolute_error_seconds,
    if(waits = 0, NULL, sumIf(estimate_samples, judged) / waits) AS samples_mean
FROM estimate_errors(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
GROUP BY place, hour
COMMENT 'What the wait estimate said against what people then waited, by place and the hour in which the wait ended: SELECT ... FROM estimate_quality(since = ''2026-11-22 10:00:00'', until = ''2026-11-22 12:00:00''); times in UTC'
