CREATE VIEW IF NOT EXISTS sign_quality
AS SELECT
    place,
    toStartOfHour(joined_at, 'UTC') AS hour,
    count() AS waits,
    countIf(origin = 'measured') AS measured,
    countIf(origin = 'observed') AS observed,
    sum(posted_minutes) / waits AS posted_mean_minutes,
    sum(wait_minutes) / waits AS wait_mean_minutes,
    sum(error_minutes) / waits AS bias_minutes,
    sum(abs(error_minutes)) / waits AS mean_absolute_error_minutes,
    countIf(error_minutes >= 0) AS kept,
    kept / waits AS kept_share
FROM sign_errors(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
GROUP BY place, hour
COMMENT 'What the sign said against what people then waited, by place and the hour in which they joined; a place without a sign has no row: SELECT ... FROM sign_quality(since = ''2026-11-22 10:00:00'', until = ''2026-11-22 12:00:00''); times in UTC'
