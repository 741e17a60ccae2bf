-- What somebody who joins now can expect, place by place: half wait less than P50, nine of ten less than P90.
-- Where there is no estimate the numbers are NULL and the reason stands beside. Areas and car parks have no queue.
SELECT
    place,
    if(declared.name = '', place, declared.name) AS name,
    estimate_p50_seconds,
    estimate_p90_seconds,
    estimate_samples,
    estimate_method,
    multiIf(state != 'open', toString(state), replaceAll(toString(estimate_reason), '_', ' ')) AS reason,
    declared.target_wait_seconds AS target_wait_seconds
FROM
(
    SELECT
        place, at, state, estimate_p50_seconds, estimate_p90_seconds, estimate_samples, estimate_method,
        estimate_reason
    FROM queue_load
    WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
    ORDER BY at DESC
    LIMIT 1 BY place
) AS last
LEFT JOIN places AS declared FINAL ON declared.id = last.place
WHERE isNotNull(estimate_p50_seconds) OR (estimate_reason != '' AND declared.kind NOT IN ('area', 'parking'))
ORDER BY estimate_p50_seconds DESC NULLS LAST, name
LIMIT 100
