-- What the estimate said at the last look before each wait began, against the wait: all places, then the furthest off.
WITH told AS
(
    SELECT place, waits, below_p50, below_p90, bias_seconds, mean_absolute_error_seconds, untold
    FROM estimate_quality(since = $__toTime_ms - INTERVAL 4 HOUR, until = $__toTime_ms)
    WHERE waits > 0
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
)
SELECT
    all_told.place AS place,
    multiIf(all_told.place = '', 'All places', declared.name = '', all_told.place, declared.name) AS name,
    concat('90 % asked, ', toString(round(100 * below_p90_share)), ' % true') AS said,
    all_told.waits AS waits,
    all_told.below_p90 / waits AS below_p90_share,
    all_told.below_p50 / waits AS below_p50_share,
    all_told.bias / waits / 60 AS bias_minutes,
    all_told.error / waits AS mean_absolute_error_seconds,
    all_told.untold AS untold
FROM
(
    SELECT
        toString(place) AS place, sum(told.waits) AS waits, sum(told.below_p50) AS below_p50,
        sum(told.below_p90) AS below_p90, sum(told.bias_seconds * told.waits) AS bias,
        sum(told.mean_absolute_error_seconds * told.waits) AS error, sum(told.untold) AS untold
    FROM told GROUP BY GROUPING SETS ((place), ())
) AS all_told
LEFT JOIN places AS declared FINAL ON declared.id = all_told.place
WHERE all_told.waits > 0
ORDER BY all_told.place != '', abs(below_p90_share - 0.9) DESC, name
LIMIT 100
