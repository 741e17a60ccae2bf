CREATE VIEW IF NOT EXISTS calls
(
    place LowCardinality(String) COMMENT 'The queue; empty for calls that never reached one',
    token String COMMENT 'The call as sent, else the identifier',
    customer String COMMENT 'Known customer, else the identifier itself, written type:value; empty for a call alone',
    joined_at DateTime64(3, 'UTC') COMMENT 'Joined the queue, or rang where it never reached one',
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Answered; NULL where it was not',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Ended, hung up or timed out; NULL while it lasts',
    outcome LowCardinality(String) COMMENT 'answered, abandoned, timed_out, waiting; before any queue abandoned_before_queue or in_menu',
    wait_seconds Nullable(Float64) COMMENT 'From joining to the answer or hanging up, seconds; NULL while unknown, and where there was no queue',
    handle_seconds Nullable(Float64) COMMENT 'Answer to call.ended, seconds: talk and hold, and after-call work where call.ended comes after it; NULL while unknown or guessed',
    server String COMMENT 'Agent or bot, as sent; empty if not said',
    identifier String COMMENT 'The thing in the hand, full key type:value',
    nth UInt32 COMMENT 'Counts stays of the same place, thing and joined_at, from 0',
    within UInt8 COMMENT '1: the wait ended within the threshold of the place (default 20 s), by an answer or by hanging up',
    short UInt8 COMMENT '1: hung up in the queue sooner than the short-abandon limit of the place (default 5 s)'
)
AS SELECT
    call.place AS place, call.token AS token, call.customer AS customer, call.joined_at AS joined_at,
    call.started_at AS started_at, call.ended_at AS ended_at,
    multiIf(
        call.outcome = 'abandoned_before_queue', 'abandoned_before_queue', isNotNull(call.started_at), 'answered',
        call.kind = 'menu', 'in_menu', call.outcome = '', 'waiting', toString(call.outcome)
    ) AS outcome,
    if(call.kind = 'queue', call.wait_seconds, NULL) AS wait_seconds,
    if(call.guessed, NULL, call.service_seconds) AS handle_seconds,
    call.server AS server, call.identifier AS identifier, call.nth AS nth,
    ifNull(wait_seconds <= if(declared.kind = '', 20, declared.service_level_within_seconds), 0) AS within,
    outcome = 'abandoned'
        AND ifNull(wait_seconds < if(declared.kind = '', 5, declared.service_level_short_abandon_seconds), 0) AS short
FROM stays AS call
LEFT JOIN places AS declared FINAL ON declared.id = call.place
WHERE call.kind IN ('queue', 'menu') AND (declared.kind = 'call_queue' OR startsWith(call.identifier, 'call:'))
COMMENT 'Calls one by one, from stays: what the quarters and hours of the call centre are counted from'
