-- The worst of the chosen places over time: longest wait that was going on, and the highest estimate.
-- Between two snapshots of a place the last one holds, and its longest wait grows with the time.
WITH
    (SELECT max(at) FROM queue_load WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime) AS known_until,
    snapshots AS
    (
        SELECT
            place, at, waiting, oldest_wait_seconds, estimate_p50_seconds, estimate_p90_seconds
        FROM queue_load
        WHERE at > $__fromTime - INTERVAL 16 MINUTE AND at <= $__toTime
            AND $__conditionalAll(place IN (${place:singlequote}), $place)
            AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
    ),
    moments AS
    (
        SELECT place, toDateTime64($__fromTime + number * $__interval_s, 3, 'UTC') AS moment
        FROM (SELECT DISTINCT place FROM snapshots) AS places_seen
        CROSS JOIN numbers(toUInt64(intDiv(dateDiff('second', $__fromTime, $__toTime), $__interval_s) + 1)) AS steps
        WHERE moment <= known_until
    )
SELECT
    toDateTime(moment) AS time,
    max(if(waiting > 0, oldest_wait_seconds + dateDiff('millisecond', at, moment) / 1000, NULL)) AS longest_wait_seconds,
    max(estimate_p50_seconds) AS estimate_p50_seconds,
    max(estimate_p90_seconds) AS estimate_p90_seconds
FROM moments
ASOF JOIN snapshots ON moments.place = snapshots.place AND moments.moment >= snapshots.at
WHERE snapshots.at > moment - INTERVAL 16 MINUTE
GROUP BY time
ORDER BY time
