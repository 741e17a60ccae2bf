-- People being served at each moment of the range: the changes between the snapshots of each place, added up.
-- While anybody is there a snapshot comes every 15 minutes at least, so 16 minutes before the range tell how it begins.
-- The second part says 0, not unknown, where data reaches into the range and nobody was there for long.
SELECT time, sum(sum(change)) OVER (ORDER BY time) AS value
FROM
(
    SELECT $__timeInterval(moment) AS time, change
    FROM
    (
        SELECT
            if(at < $__fromTime, $__fromTime, at) AS moment,
            toInt64(being_served) - lagInFrame(toInt64(being_served), 1, 0) OVER (PARTITION BY place ORDER BY at) AS change
        FROM queue_load
        WHERE at > $__fromTime - INTERVAL 16 MINUTE AND at <= $__toTime
            AND $__conditionalAll(place IN (${place:singlequote}), $place)
            AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
        UNION ALL
        SELECT $__fromTime, 0
        FROM queue_load
        WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime
            AND $__conditionalAll(place IN (${place:singlequote}), $place)
            AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
            AND (SELECT max(watermark) FROM pipeline WHERE stage = 'load') >= $__fromTime
        LIMIT 1
    )
)
GROUP BY time
ORDER BY time
