CREATE VIEW IF NOT EXISTS sign_errors
AS WITH
    toDateTime64({since:DateTime64(3, 'UTC')}, 3, 'UTC') AS since_at,
    toDateTime64({until:DateTime64(3, 'UTC')}, 3, 'UTC') AS until_at,
    readings AS
    (
        SELECT
            assumeNotNull(toString(place)) AS place, type, occurred_at, source, event_id,
            JSONExtractFloat(data, 'minutes') AS minutes
        FROM touchpoints
        WHERE type IN ('wait.posted', 'wait.observed') AND isNotNull(place)
            AND occurred_at >= since_at - INTERVAL 2 HOUR AND occurred_at < until_at AND minutes BETWEEN 0 AND 1440
    ),
    signs AS
    (
        SELECT place, occurred_at AS posted_at, argMax(readings.minutes, (source, event_id)) AS minutes
        FROM readings WHERE type = 'wait.posted' GROUP BY place, posted_at
    ),
    waited AS
    (
        SELECT place, occurred_at AS joined_at, minutes, 'observed' AS origin FROM readings
        WHERE type = 'wait.observed' AND occurred_at >= since_at
        UNION ALL
        SELECT toString(place), joined_at, wait_seconds / 60, 'measured' FROM waits
        WHERE outcome = 'served' AND joined_at >= since_at AND joined_at < until_at
            AND place IN (SELECT place FROM signs)
    )
SELECT
    waited.place AS place,
    waited.joined_at AS joined_at,
    waited.origin AS origin,
    signs.posted_at AS posted_at,
    signs.minutes AS posted_minutes,
    waited.minutes AS wait_minutes,
    posted_minutes - wait_minutes AS error_minutes
FROM waited
ASOF INNER JOIN signs ON signs.place = waited.place AND signs.posted_at <= waited.joined_at
WHERE signs.posted_at > waited.joined_at - INTERVAL 2 HOUR
COMMENT 'Each wait beside what the sign said when it began (a sign not older than 2 h): SELECT ... FROM sign_errors(since = ''2026-11-22 10:00:00'', until = ''2026-11-22 12:00:00''); times in UTC'
