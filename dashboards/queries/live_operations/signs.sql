-- What the sign said when people joined, against what they then waited; the sign that is furthest off first.
SELECT
    told.place AS place,
    any(if(declared.name = '', told.place, declared.name)) AS name,
    sum(told.waits) AS waits,
    sum(told.posted_mean_minutes * told.waits) / waits * 60 AS posted_seconds,
    sum(told.wait_mean_minutes * told.waits) / waits * 60 AS wait_seconds,
    sum(told.bias_minutes * told.waits) / waits AS bias_minutes,
    sum(told.mean_absolute_error_minutes * told.waits) / waits * 60 AS mean_absolute_error_seconds,
    sum(told.kept) / waits AS kept_share
FROM sign_quality(since = $__toTime_ms - INTERVAL 4 HOUR, until = $__toTime_ms) AS told
LEFT JOIN places AS declared FINAL ON declared.id = told.place
WHERE $__conditionalAll(told.place IN (${place:singlequote}), $place)
    AND $__conditionalAll(told.place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
GROUP BY told.place
ORDER BY abs(bias_minutes) DESC, name
LIMIT 100
