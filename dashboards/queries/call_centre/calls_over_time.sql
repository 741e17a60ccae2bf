-- Calls of the chosen queues per quarter of an hour of joining: answered, hung up in the queue, hung up before any.
SELECT
    quarter AS time,
    sum(quarters.answered) AS answered,
    sum(quarters.abandoned) AS abandoned,
    sum(quarters.abandoned_before_queue) AS abandoned_before_queue
FROM call_center_quarters AS quarters
WHERE quarter >= toStartOfFifteenMinutes($__fromTime) AND quarter <= $__toTime
    AND $__conditionalAll(place IN (${place:singlequote}), $place)
GROUP BY time
ORDER BY time
