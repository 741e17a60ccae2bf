-- Each queue over the range, lowest service level first: its quarters of an hour added up, never averages of averages.
SELECT
    place,
    if(any(declared.name) = '', place, any(declared.name)) AS name,
    if(sum(quarters.service_level_calls) = 0, NULL, sum(quarters.answered_within) / sum(quarters.service_level_calls))
        AS service_level,
    any(declared.service_level_goal) AS goal,
    sum(quarters.offered) AS offered,
    sum(quarters.answered) AS answered,
    sum(quarters.abandoned) AS abandoned,
    sum(quarters.abandoned_short) AS abandoned_short,
    sum(quarters.answer_wait_seconds) / nullIf(sum(quarters.answered), 0) AS asa_seconds,
    sum(quarters.handle_seconds) / nullIf(sum(quarters.handled), 0) AS aht_seconds,
    sum(quarters.handled) AS handled,
    max(quarters.longest_wait_seconds) AS longest_wait_seconds,
    sum(quarters.waiting) AS waiting
FROM call_center_quarters AS quarters
LEFT JOIN places AS declared FINAL ON declared.id = quarters.place
WHERE quarters.quarter >= toStartOfFifteenMinutes($__fromTime) AND quarters.quarter <= $__toTime
    AND quarters.place != ''
    AND $__conditionalAll(quarters.place IN (${place:singlequote}), $place)
GROUP BY place
ORDER BY service_level ASC NULLS LAST, offered DESC, name
LIMIT 100
