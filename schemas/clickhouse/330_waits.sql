CREATE VIEW IF NOT EXISTS waits
(
    place LowCardinality(String) COMMENT 'Where the wait was',
    token String COMMENT 'The call or token as sent, else the identifier',
    customer String COMMENT 'Known customer, else the identifier itself, written type:value; empty for a call or token alone',
    joined_at DateTime64(3, 'UTC') COMMENT 'The wait began',
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The wait ended in service; NULL where it did not',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Service ended, left or timed out; NULL while service lasts',
    outcome LowCardinality(String) COMMENT 'How the wait ended: served, abandoned or timed_out',
    wait_seconds Nullable(Float64) COMMENT 'Length of the wait in seconds; 0 where service began at once',
    service_seconds Nullable(Float64) COMMENT 'Length of the service in seconds; NULL while unknown',
    server String COMMENT 'Who or what served, as sent; empty if not said',
    identifier String COMMENT 'The thing in the hand, full key type:value',
    nth UInt32 COMMENT 'Counts stays of the same place, thing and joined_at, from 0',
    guessed UInt8 COMMENT '1: the end is a guess (time-out, seen elsewhere, closing)'
)
AS SELECT
    place, token, customer, joined_at, started_at, ended_at,
    if(isNotNull(started_at), 'served', outcome) AS outcome,
    wait_seconds, service_seconds, server, identifier, nth, guessed
FROM stays
WHERE kind = 'queue' AND (isNotNull(started_at) OR outcome IN ('abandoned', 'timed_out'))
COMMENT 'Finished waits of stays: service has started, or the person left or was given up'
