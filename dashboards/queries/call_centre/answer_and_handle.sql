-- Average speed of answer, average handle time and the longest finished wait, by the quarter of an hour of joining.
SELECT
    quarters.quarter AS time,
    sum(quarters.answer_wait_seconds) / nullIf(sum(quarters.answered), 0) AS asa_seconds,
    sum(handling.handle_seconds) / nullIf(sum(handling.handled), 0) AS aht_seconds,
    max(quarters.longest_wait_seconds) AS longest_wait_seconds
FROM call_center_quarters AS quarters
LEFT JOIN call_handling(since = $__fromTime_ms, until = $__toTime_ms) AS handling
    ON handling.place = quarters.place AND handling.quarter = quarters.quarter
WHERE quarters.quarter >= toStartOfFifteenMinutes($__fromTime) AND quarters.quarter <= $__toTime AND quarters.place != ''
    AND $__conditionalAll(quarters.place IN (${place:singlequote}), $place)
GROUP BY time
ORDER BY time
