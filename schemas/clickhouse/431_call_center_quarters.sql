CREATE VIEW IF NOT EXISTS call_center_quarters
(
    place LowCardinality(String) COMMENT 'The queue; empty for calls that never reached one',
    quarter DateTime('UTC') COMMENT 'Start of the 15 min (UTC) in which the calls joined, whenever they were answered or ended',
    offered UInt64 COMMENT 'Calls that joined the queue, still waiting ones included',
    answered UInt64 COMMENT 'Of them answered; an answer at once is a wait of 0',
    abandoned UInt64 COMMENT 'Of them hung up in the queue, short ones included',
    abandoned_short UInt64 COMMENT 'Of the abandoned those sooner than the short-abandon limit of the place (default 5 s)',
    abandoned_before_queue UInt64 COMMENT 'Callers who hung up before any queue: offered to none and no wait',
    answered_within UInt64 COMMENT 'Answered within the threshold of the place (default 20 s): numerator of the service level',
    abandoned_within UInt64 COMMENT 'Hung up within that threshold, short ones included: for other variants of the service level',
    service_level_calls UInt64 COMMENT 'answered + abandoned - abandoned_short: denominator of the service level',
    service_level Nullable(Float64) COMMENT 'answered_within / service_level_calls, 0 to 1 (strict variant); NULL without calls',
    answer_wait_seconds Float64 COMMENT 'Total wait of the answered, seconds: numerator of asa_seconds',
    asa_seconds Nullable(Float64) COMMENT 'Average speed of answer: answer_wait_seconds / answered; NULL without an answer',
    handled UInt64 COMMENT 'Answered calls whose end is known and no guess: denominator of aht_seconds',
    handle_seconds Float64 COMMENT 'Time from their answer to call.ended, seconds: numerator of aht_seconds',
    aht_seconds Nullable(Float64) COMMENT 'Average handle time: handle_seconds / handled: talk and hold, and after-call work where call.ended comes after it; NULL without a handled call',
    longest_wait_seconds Nullable(Float64) COMMENT 'Longest finished wait, answered or not, seconds; NULL without one',
    timed_out UInt64 COMMENT 'Calls that nobody saw the end of while they waited',
    waiting UInt64 COMMENT 'Calls still in the queue'
)
AS SELECT
    place,
    toStartOfFifteenMinutes(toDateTime(joined_at, 'UTC')) AS quarter,
    countIf(outcome NOT IN ('abandoned_before_queue', 'in_menu')) AS offered,
    countIf(outcome = 'answered') AS answered,
    countIf(outcome = 'abandoned') AS abandoned,
    countIf(short) AS abandoned_short,
    countIf(outcome = 'abandoned_before_queue') AS abandoned_before_queue,
    countIf(outcome = 'answered' AND within) AS answered_within,
    countIf(outcome = 'abandoned' AND within) AS abandoned_within,
    answered + abandoned - abandoned_short AS service_level_calls,
    if(service_level_calls = 0, NULL, answered_within / service_level_calls) AS service_level,
    ifNull(sumIf(wait_seconds, outcome = 'answered'), 0) AS answer_wait_seconds,
    if(answered = 0, NULL, answer_wait_seconds / answered) AS asa_seconds,
    count(calls.handle_seconds) AS handled,
    ifNull(sum(calls.handle_seconds), 0) AS handle_seconds,
    if(handled = 0, NULL, handle_seconds / handled) AS aht_seconds,
    max(wait_seconds) AS longest_wait_seconds,
    countIf(outcome = 'timed_out') AS timed_out,
    countIf(outcome = 'waiting') AS waiting
FROM calls
GROUP BY place, quarter
COMMENT 'Calls per queue and 15 min, from calls; service level strict: short abandons stay out'
