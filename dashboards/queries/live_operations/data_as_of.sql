-- Up to when everything is in the numbers: the lowest watermark of the partitions of load, as last reported.
SELECT
    at AS time,
    toUnixTimestamp64Milli(watermark) AS value,
    if(isNull(watermark), NULL, greatest(0, dateDiff('millisecond', watermark, $__toTime) / 1000)) AS delay_seconds
FROM
(
    SELECT partition, at, watermark
    FROM pipeline
    WHERE stage = 'load' AND at > (SELECT max(at) FROM pipeline) - INTERVAL 1 HOUR
    ORDER BY at DESC
    LIMIT 1 BY partition
)
ORDER BY watermark ASC NULLS FIRST
LIMIT 1
