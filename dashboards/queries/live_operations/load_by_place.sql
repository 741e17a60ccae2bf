-- Every place, worst first: its last snapshot of the last day, and the longest wait grown by the time since then.
-- level: 0 ok, 1 watch, 2 bad, 3 closed, 4 paused, 5 unknown.
WITH (SELECT max(at) FROM queue_load WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime) AS known_until
SELECT
    place,
    if(declared.name = '', place, declared.name) AS name,
    multiIf(
        isNull(at), 5, state = 'closed', 3, state = 'paused', 4,
        level = 'ok', 0, level = 'watch', 1, level = 'bad', 2, 5
    ) AS level,
    load,
    waiting,
    being_served,
    present,
    if(waiting > 0, oldest_wait_seconds + dateDiff('millisecond', at, known_until) / 1000, NULL)
        AS longest_wait_seconds,
    declared.target_wait_seconds AS target_wait_seconds,
    estimate_p50_seconds,
    estimate_p90_seconds,
    estimate_samples,
    servers
FROM
(
    SELECT
        place,
        toNullable(at) AS at,
        toNullable(waiting) AS waiting,
        toNullable(being_served) AS being_served,
        toNullable(present) AS present,
        oldest_wait_seconds, servers, load, level, state,
        estimate_p50_seconds, estimate_p90_seconds, toNullable(estimate_samples) AS estimate_samples
    FROM queue_load
    WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime
    ORDER BY at DESC
    LIMIT 1 BY place
    UNION ALL
    SELECT id, NULL, NULL, NULL, NULL, NULL, servers, NULL, '', '', NULL, NULL, NULL
    FROM places FINAL
    WHERE id NOT IN (SELECT place FROM queue_load WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime)
) AS last
LEFT JOIN places AS declared FINAL ON declared.id = last.place
WHERE $__conditionalAll(place IN (${place:singlequote}), $place)
    AND $__conditionalAll(declared.site IN (${site:singlequote}), $site)
ORDER BY
    indexOf([2, 1, 0, 5, 4, 3], level),
    longest_wait_seconds / ifNull(target_wait_seconds, 600) DESC NULLS LAST,
    load DESC NULLS LAST,
    waiting DESC,
    name
LIMIT 200
