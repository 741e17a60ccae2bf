CREATE OR REPLACE VIEW call_center_hourly
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
    aht_seconds Nullable(Float64) COMMENT 'Average handle time: answer to call.ended, seconds: talk and hold, and after-call work where call.ended comes after it',
    longest_wait_seconds Nullable(Float64) COMMENT 'Longest finished wait, answered or not, seconds',
    timed_out UInt64 COMMENT 'Calls that nobody saw the end of',
    waiting UInt64 COMMENT 'Calls still in the queue'
)
AS SELECT
    place,
    toStartOfHour(quarter) AS hour,
    sum(quarters.offered) AS offered,
    sum(quarters.answered) AS answered,
    sum(quarters.abandoned) AS abandoned,
    sum(quarters.abandoned_short) AS abandoned_short,
    sum(quarters.abandoned_before_queue) AS abandoned_before_queue,
    sum(quarters.answered_within) AS answered_within,
    sum(quarters.service_level_calls) AS service_level_calls,
    if(service_level_calls = 0, NULL, answered_within / service_level_calls) AS service_level,
    if(answered = 0, NULL, sum(answer_wait_seconds) / answered) AS asa_seconds,
    if(sum(handled) = 0, NULL, sum(handle_seconds) / sum(handled)) AS aht_seconds,
    max(quarters.longest_wait_seconds) AS longest_wait_seconds,
    sum(quarters.timed_out) AS timed_out,
    sum(quarters.waiting) AS waiting
FROM call_center_quarters AS quarters
GROUP BY place, hour
COMMENT 'Calls per queue and hour: four quarters of call_center_quarters'
