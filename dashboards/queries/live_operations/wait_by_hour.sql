-- Mean wait per place and hour, of the waits that ended in the hour: service began, or the person walked away.
SELECT
    toStartOfHour(toDateTime(wait_ended_at)) AS time,
    place,
    if(any(declared.name) = '', place, any(declared.name)) AS name,
    avg(wait_seconds) AS value,
    count() AS waits
FROM
(
    SELECT
        place,
        assumeNotNull(wait_seconds) AS wait_seconds,
        joined_at + toIntervalMillisecond(assumeNotNull(wait_seconds) * 1000) AS wait_ended_at
    FROM waits
    WHERE isNotNull(waits.wait_seconds) AND joined_at > $__fromTime - INTERVAL 6 HOUR AND joined_at <= $__toTime
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
) AS ended
LEFT JOIN places AS declared FINAL ON declared.id = ended.place
WHERE $__timeFilter(wait_ended_at)
GROUP BY time, place
ORDER BY time, name
