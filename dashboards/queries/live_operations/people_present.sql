-- People on site at some 60 moments of the range: who has a stay that covers the moment, each person once.
-- A known customer is one person whatever they carry; anybody else is the thing in their hand. Callers are not on site,
-- a ticket of a virtual queue is held by somebody who is elsewhere, and a parked car is no person.
WITH
    (SELECT max(at) FROM queue_load WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime) AS known_until,
    greatest(intDiv(dateDiff('second', $__fromTime, $__toTime), 60), 1) AS step,
    arrayFilter(
        m -> m >= $__fromTime AND m <= known_until,
        arrayPushBack(arrayMap(n -> toDateTime64($__fromTime, 3, 'UTC') + toIntervalSecond(n * step), range(60)), known_until)
    ) AS moments
SELECT assumeNotNull(moment) AS time, uniqExactIf(person, person != '') AS value
FROM
(
    SELECT
        if(customer = '', identifier, customer) AS person,
        arrayJoin(arrayFilter(m -> m >= joined_at AND (isNull(ended_at) OR m < ended_at), moments)) AS moment
    FROM stays
    WHERE joined_at > $__fromTime - INTERVAL 1 DAY AND joined_at <= $__toTime
        AND (isNull(ended_at) OR ended_at > $__fromTime)
        AND kind != 'menu'
        AND place NOT IN (SELECT id FROM places FINAL WHERE kind IN ('call_queue', 'virtual_queue', 'parking'))
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
    UNION ALL
    SELECT '', arrayJoin(moments) AS moment
)
GROUP BY moment
ORDER BY time
