-- The longest wait that is still going on: as in the last snapshot of its place, plus the time since that snapshot.
WITH (SELECT max(at) FROM queue_load WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime) AS known_until
SELECT
    assumeNotNull(known_until) AS time,
    if(declared.name = '', place, declared.name) AS name,
    if(waiting = 0, NULL, oldest_wait_seconds + dateDiff('millisecond', at, known_until) / 1000) AS value,
    declared.target_wait_seconds AS target_wait_seconds
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
WHERE waiting > 0
ORDER BY value DESC NULLS LAST, name
LIMIT 1
