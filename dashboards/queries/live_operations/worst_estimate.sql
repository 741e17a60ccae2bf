-- The place where somebody who joins now is expected to wait longest, among the open places that have an estimate.
SELECT
    at AS time,
    if(declared.name = '', place, declared.name) AS name,
    estimate_p50_seconds AS value,
    estimate_p90_seconds,
    estimate_samples
FROM
(
    SELECT place, at, state, estimate_p50_seconds, estimate_p90_seconds, estimate_samples
    FROM queue_load
    WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
    ORDER BY at DESC
    LIMIT 1 BY place
) AS last
LEFT JOIN places AS declared FINAL ON declared.id = last.place
WHERE state = 'open' AND isNotNull(estimate_p50_seconds)
ORDER BY value DESC, name
LIMIT 1
