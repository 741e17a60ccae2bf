-- Average speed of answer, average handle time and the longest finished wait, by the quarter of an hour of joining.
SELECT
    quarter AS time,
    sum(quarters.answer_wait_seconds) / nullIf(sum(quarters.answered), 0) AS asa_seconds,
    sum(quarters.handle_seconds) / nullIf(sum(quarters.handled), 0) AS aht_seconds,
    max(quarters.longest_wait_seconds) AS longest_wait_seconds
FROM call_center_quarters AS quarters
WHERE quarter >= toStartOfFifteenMinutes($__fromTime) AND quarter <= $__toTime AND place != ''
    AND $__conditionalAll(place IN (${place:singlequote}), $place)
GROUP BY time
ORDER BY time
