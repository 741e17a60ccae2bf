-- How many places are at bad, at watch, and have a level at all: by the last snapshot of each place that is open.
SELECT
    max(at) AS time,
    countIf(level = 'bad') AS bad,
    countIf(level = 'watch') AS watch,
    countIf(level IN ('ok', 'watch', 'bad')) AS places
FROM
(
    SELECT place, at, level, state
    FROM queue_load
    WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
    ORDER BY at DESC
    LIMIT 1 BY place
)
WHERE state = 'open'
HAVING count() > 0
