-- How long people waited: the waits that ended in the range, by length and by how they ended.
SELECT
    arrayElement(
        ['0–1', '1–2', '2–5', '5–10', '10–15', '15–20', '20–30', '30–45', '45–60', '60+'], bin
    ) AS minutes,
    countIf(outcome = 'served') AS served,
    countIf(outcome = 'abandoned') AS abandoned,
    countIf(outcome = 'timed_out') AS timed_out
FROM
(
    SELECT
        outcome,
        joined_at + toIntervalMillisecond(assumeNotNull(wait_seconds) * 1000) AS wait_ended_at,
        arrayCount(edge -> wait_seconds >= edge * 60, [0, 1, 2, 5, 10, 15, 20, 30, 45, 60]) AS bin
    FROM waits
    WHERE isNotNull(wait_seconds) AND joined_at > $__fromTime - INTERVAL 6 HOUR AND joined_at <= $__toTime
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
)
WHERE $__timeFilter(wait_ended_at) AND bin > 0
GROUP BY bin
ORDER BY bin
