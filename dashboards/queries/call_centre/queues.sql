-- Each queue over the range, lowest service level first: its quarters of an hour added up, never averages of averages.
SELECT
    quarters.place AS place,
    if(any(declared.name) = '', quarters.place, any(declared.name)) AS name,
    if(sum(quarters.service_level_calls) = 0, NULL, sum(quarters.answered_within) / sum(quarters.service_level_calls))
        AS service_level,
    any(declared.service_level_goal) AS goal,
    sum(quarters.offered) AS offered,
    sum(quarters.answered) AS answered,
    sum(quarters.abandoned) AS abandoned,
    sum(quarters.abandoned_short) AS abandoned_short,
    sum(quarters.answer_wait_seconds) / nullIf(sum(quarters.answered), 0) AS asa_seconds,
    any(handling.seconds) / nullIf(any(handling.calls), 0) AS aht_seconds,
    any(handling.calls) AS handled,
    any(handling.wrapped_calls) AS wrapped,
    max(quarters.longest_wait_seconds) AS longest_wait_seconds,
    sum(quarters.waiting) AS waiting
FROM call_center_quarters AS quarters
LEFT JOIN places AS declared FINAL ON declared.id = quarters.place
LEFT JOIN
(
    SELECT place, sum(handle_seconds) AS seconds, sum(handled) AS calls, sum(wrapped) AS wrapped_calls
    FROM call_handling(since = $__fromTime_ms, until = $__toTime_ms)
    GROUP BY place
) AS handling ON handling.place = quarters.place
WHERE quarters.quarter >= toStartOfFifteenMinutes($__fromTime) AND quarters.quarter <= $__toTime
    AND quarters.place != ''
    AND $__conditionalAll(quarters.place IN (${place:singlequote}), $place)
GROUP BY quarters.place
ORDER BY service_level ASC NULLS LAST, offered DESC, name
LIMIT 100
