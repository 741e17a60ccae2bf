-- The longest wait that is still going on at each place where somebody waits, beside what the place aims at.
WITH (SELECT max(at) FROM queue_load WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime) AS known_until
SELECT
    place,
    if(declared.name = '', place, declared.name) AS name,
    oldest_wait_seconds + dateDiff('millisecond', at, known_until) / 1000 AS value,
    declared.target_wait_seconds AS target_wait_seconds,
    waiting
FROM
(
    SELECT place, at, waiting, oldest_wait_seconds
    FROM queue_load
    WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
    ORDER BY at DESC
    LIMIT 1 BY place
) AS last
LEFT JOIN places AS declared FINAL ON declared.id = last.place
WHERE waiting > 0 AND isNotNull(oldest_wait_seconds)
ORDER BY value DESC, name
LIMIT 12
