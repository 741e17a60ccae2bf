CREATE TABLE IF NOT EXISTS staffing_all
(
    place LowCardinality(String) COMMENT 'The queue',
    at DateTime64(3, 'UTC') COMMENT 'Instant of the look: the first of queue_load in each minute, and whenever staff or state changed',
    state LowCardinality(String) COMMENT 'open, closed or paused',
    servers Nullable(UInt32) COMMENT 'Servers at work, NULL where unknown',
    servers_required Nullable(UInt32) COMMENT 'Least number of servers that meets the goal, min_servers or more; NULL: see reason',
    reason LowCardinality(String) COMMENT 'Why it is not known: closed, paused, no_target, too_few_arrivals, too_few_services, no_service_time, too_much, out_of_reach; empty where it is',
    method LowCardinality(String) COMMENT 'erlang-c, or erlang-a where three or more gave up; empty where there is no number',
    goal_share Nullable(Float64) COMMENT 'Share of the people (0 to 1) to be served within goal_seconds; NULL: no target is declared',
    goal_seconds Nullable(Float64) COMMENT 'Calls: threshold of the service level; other queues: the target; seconds',
    expected_wait_seconds Nullable(Float64) COMMENT 'Mean wait of everybody with the servers at work once the queue has settled, seconds; NULL: see expected_wait_reason',
    expected_wait_reason LowCardinality(String) COMMENT 'Why there is none: servers_unknown, no_servers, overloaded or as in reason; empty where there is one',
    required_wait_seconds Nullable(Float64) COMMENT 'The same with the servers required, seconds',
    arrivals UInt32 COMMENT 'People who joined in the last 15 whole minutes: sample size of the rate',
    services UInt32 COMMENT 'Services that ended in them, without guessed ends: sample size of service_seconds',
    service_seconds Nullable(Float64) COMMENT 'Mean length of these services, seconds',
    waits UInt32 COMMENT 'Waits that ended in them, by service or by walking away',
    abandons UInt32 COMMENT 'Of them by walking away: sample size of patience_seconds',
    patience_seconds Nullable(Float64) COMMENT 'Time waited by all of them / abandons, seconds; used from three abandons on',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower',
    INDEX at_range at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY (epoch, toYear(at))
ORDER BY (epoch, toStartOfHour(at), place, at)
SETTINGS index_granularity = 1024
COMMENT 'Servers needed at every queue, every epoch; read staffing'
