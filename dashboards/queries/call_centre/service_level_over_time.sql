-- Service level of the chosen queues together, by the quarter of an hour in which the calls joined; strict variant.
SELECT
    quarter AS time,
    if(sum(quarters.service_level_calls) = 0, NULL, sum(quarters.answered_within) / sum(quarters.service_level_calls))
        AS service_level
FROM call_center_quarters AS quarters
WHERE quarter >= toStartOfFifteenMinutes($__fromTime) AND quarter <= $__toTime AND place != ''
    AND $__conditionalAll(place IN (${place:singlequote}), $place)
GROUP BY time
ORDER BY time
