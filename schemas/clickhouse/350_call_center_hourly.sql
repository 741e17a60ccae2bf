CREATE VIEW IF NOT EXISTS call_center_hourly
(
    place LowCardinality(String) COMMENT 'The queue; empty for calls that never reached one',
    hour DateTime('UTC') COMMENT 'Hour (UTC) in which the calls joined',
    offered UInt64 COMMENT 'Calls that joined the queue, still waiting ones included',
    answered UInt64 COMMENT 'Calls answered, an answer at once is a wait of 0',
    abandoned UInt64 COMMENT 'Callers who hung up in the queue, short ones included',
    abandoned_short UInt64 COMMENT 'Of them those who hung up sooner than the short-abandon limit of the place (default 5 s)',
    abandoned_before_queue UInt64 COMMENT 'Callers who hung up before any queue: offered to none and no wait',
    answered_within UInt64 COMMENT 'Calls answered within the threshold of the place (default 20 s): numerator of the service level',
    service_level_calls UInt64 COMMENT 'answered + abandoned - abandoned_short: denominator of the service level',
    service_level Nullable(Float64) COMMENT 'answered_within / service_level_calls, 0 to 1 (strict variant); NULL without calls',
    asa_seconds Nullable(Float64) COMMENT 'Average speed of answer: total wait of answered calls / answered, seconds',
    aht_seconds Nullable(Float64) COMMENT 'Average handle time: answer to end, hold and after-call work included where sent, seconds',
    longest_wait_seconds Nullable(Float64) COMMENT 'Longest finished wait, answered or not, seconds',
    timed_out UInt64 COMMENT 'Calls that nobody saw the end of',
    waiting UInt64 COMMENT 'Calls still in the queue'
)
AS SELECT
    stays.place AS place,
    toStartOfHour(toDateTime(joined_at, 'UTC')) AS hour,
    countIf(stays.kind = 'queue') AS offered,
    countIf(isNotNull(started_at)) AS answered,
    countIf(stays.kind = 'queue' AND isNull(started_at) AND outcome = 'abandoned') AS abandoned,
    countIf(stays.kind = 'queue' AND isNull(started_at) AND outcome = 'abandoned' AND wait_seconds < short_seconds)
        AS abandoned_short,
    countIf(outcome = 'abandoned_before_queue') AS abandoned_before_queue,
    countIf(isNotNull(started_at) AND wait_seconds <= within_seconds) AS answered_within,
    answered + abandoned - abandoned_short AS service_level_calls,
    if(service_level_calls = 0, NULL, answered_within / service_level_calls) AS service_level,
    if(answered = 0, NULL, avgIf(wait_seconds, isNotNull(started_at))) AS asa_seconds,
    avg(service_seconds) AS aht_seconds,
    max(wait_seconds) AS longest_wait_seconds,
    countIf(stays.kind = 'queue' AND isNull(started_at) AND outcome = 'timed_out') AS timed_out,
    countIf(stays.kind = 'queue' AND isNull(started_at) AND outcome = '') AS waiting
FROM
(
    SELECT
        stays.*,
        if(declared.kind = '', 20, declared.service_level_within_seconds) AS within_seconds,
        if(declared.kind = '', 5, declared.service_level_short_abandon_seconds) AS short_seconds
    FROM stays
    LEFT JOIN places AS declared FINAL ON declared.id = stays.place
    WHERE declared.kind = 'call_queue' OR startsWith(identifier, 'call:')
) AS stays
GROUP BY place, hour
COMMENT 'Calls per queue and hour, from stays; service level strict: short abandons stay out'
