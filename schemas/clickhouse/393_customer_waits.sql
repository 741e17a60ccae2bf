CREATE VIEW IF NOT EXISTS customer_waits
(
    place LowCardinality(String) COMMENT 'Where the wait was',
    token String COMMENT 'The call or token as sent, else the identifier',
    customer String COMMENT 'Who waited, as known now, else the identifier itself; empty for a call or token alone',
    joined_at DateTime64(3, 'UTC') COMMENT 'The wait began',
    started_at Nullable(DateTime64(3, 'UTC')) COMMENT 'The wait ended in service; NULL where it did not',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Service ended, left or timed out; NULL while service lasts',
    outcome LowCardinality(String) COMMENT 'How the wait ended: served, abandoned or timed_out',
    wait_seconds Float64 COMMENT 'Length of the wait in seconds; 0 where service began at once',
    identifier String COMMENT 'The thing in the hand, full key type:value',
    nth UInt32 COMMENT 'Counts stays of the same place, thing and joined_at, from 0'
)
AS SELECT
    waited.place AS place, waited.token AS token,
    multiIf(
        substringIndex(if(links.person = '', waited.identifier, links.person), ':', 1) IN ('call', 'token'), '',
        links.person = '', waited.identifier,
        links.person
    ) AS customer,
    waited.joined_at AS joined_at, waited.started_at AS started_at, waited.ended_at AS ended_at,
    waited.outcome AS outcome, ifNull(waited.wait_seconds, 0) AS wait_seconds, waited.identifier AS identifier,
    waited.nth AS nth
FROM
(
    SELECT *, toUnixTimestamp64Milli(joined_at) * 4 + 3 AS position FROM waits
) AS waited
ASOF LEFT JOIN
(
    SELECT identifier, from_pos, customer AS person FROM identity_links
) AS links ON links.identifier = waited.identifier AND links.from_pos <= waited.position
SETTINGS join_algorithm = 'full_sorting_merge', max_rows_in_set_to_optimize_join = 1000000
COMMENT 'Finished waits with whom they belong to, as known now'
