-- Up to when everything is in the numbers, and which input holds that back: load waits for stitch, stitch for validate.
-- severity: 0 live, 1 behind by more than 15 s, 2 by more than 60 s or no report, 3 nothing known.
WITH
    latest AS
    (
        SELECT stage, partition, input, at, watermark, lag, held_by
        FROM pipeline
        WHERE at > (SELECT max(at) FROM pipeline) - INTERVAL 1 HOUR
        ORDER BY at DESC
        LIMIT 1 BY stage, partition, input
    ),
    named AS (SELECT *, concat(stage, '/', toString(partition)) AS sender FROM latest),
    slowest AS (SELECT * FROM named WHERE stage = 'load' ORDER BY watermark ASC NULLS FIRST LIMIT 1)
SELECT
    multiIf(isNull(as_of), 3, delay_seconds > 60 OR silent_seconds > 30, 2, delay_seconds > 15, 1, 0) AS severity,
    multiIf(
        isNull(as_of), concat('Nothing known yet: ', held_back_by, ' has not said how far it is'),
        silent_seconds > 30, concat('Stale: the worker has not reported for ', toString(round(silent_seconds)), ' s'),
        severity = 0, concat('Live, ', toString(round(delay_seconds)), ' s behind'),
        concat(
            if(severity = 1, 'Behind by ', 'Stale by '), toString(round(delay_seconds)), ' s, held back by ',
            held_back_by,
            if(records_waiting > 0, concat(': ', toString(records_waiting), ' records to go'), ': nothing arrives there')
        )
    ) AS text,
    slowest.watermark AS as_of,
    if(isNull(as_of), NULL, greatest(0, dateDiff('millisecond', as_of, $__toTime) / 1000)) AS delay_seconds,
    greatest(0, dateDiff('millisecond', slowest.at, $__toTime) / 1000) AS silent_seconds,
    multiIf(
        source.sender != '', concat(source.input, ' partition ', toString(source.partition)),
        middle.sender != '', concat(middle.input, ' partition ', toString(middle.partition)),
        concat(slowest.input, ' partition ', toString(slowest.partition))
    ) AS held_back_by,
    multiIf(source.sender != '', source.lag, middle.sender != '', middle.lag, slowest.lag) AS records_waiting,
    slowest.at AS reported_at
FROM slowest
LEFT JOIN named AS middle ON middle.sender = slowest.held_by AND slowest.held_by != ''
LEFT JOIN named AS source ON source.sender = middle.held_by AND middle.held_by != ''
