-- The level of each place over the range: one row where it changes, the first as it was when the range began.
-- value: 0 ok, 1 watch, 2 bad, 3 closed, 4 paused, 5 unknown. The 20 places that were worst, worst first.
-- A place that has no level at all, without target and capacity, is left out.
SELECT greatest(at, toDateTime64($__fromTime, 3, 'UTC')) AS time, place, name, value, rank
FROM
(
    SELECT
        at, place, value, value_before, next_at, has_level,
        if(declared.name = '', place, declared.name) AS name,
        dense_rank() OVER (ORDER BY has_level DESC, bad_seconds DESC, watch_seconds DESC, place) AS rank
    FROM
    (
        SELECT
            *,
            sum(if(value = 2, dateDiff('second', at, next_at), 0)) OVER (PARTITION BY place) AS bad_seconds,
            sum(if(value = 1, dateDiff('second', at, next_at), 0)) OVER (PARTITION BY place) AS watch_seconds,
            max(value != 5) OVER (PARTITION BY place) AS has_level
        FROM
        (
            SELECT
                place, at,
                multiIf(
                    state = 'closed', 3, state = 'paused', 4,
                    level = 'ok', 0, level = 'watch', 1, level = 'bad', 2, 5
                ) AS value,
                lagInFrame(value, 1, 255) OVER (PARTITION BY place ORDER BY at) AS value_before,
                leadInFrame(at, 1, toDateTime64($__toTime + 1, 3, 'UTC')) OVER
                    (PARTITION BY place ORDER BY at ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_at
            FROM queue_load
            WHERE at > $__fromTime - INTERVAL 16 MINUTE AND at <= $__toTime
                AND $__conditionalAll(place IN (${place:singlequote}), $place)
                AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
        )
        WHERE next_at > $__fromTime
    ) AS spells
    LEFT JOIN places AS declared FINAL ON declared.id = spells.place
)
WHERE rank <= 20 AND has_level = 1 AND (value != value_before OR at <= $__fromTime)
ORDER BY rank, time
