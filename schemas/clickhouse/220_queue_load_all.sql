CREATE TABLE IF NOT EXISTS queue_load_all
(
    place LowCardinality(String) COMMENT 'The place',
    at DateTime64(3, 'UTC') COMMENT 'Instant of the snapshot: a whole multiple of 5 s; everything up to and at it is counted',
    waiting UInt32 COMMENT 'People waiting',
    being_served UInt32 COMMENT 'People being served',
    present UInt32 COMMENT 'Everybody there: waiting, being served or just present, a known customer once',
    servers Nullable(UInt32) COMMENT 'Servers at work, NULL where unknown',
    load Nullable(Float64) COMMENT 'Share of the capacity in use, 1 is full; NULL where the capacity is unknown',
    oldest_wait_seconds Nullable(Float64) COMMENT 'Longest wait so far of those who wait, seconds; NULL when nobody waits',
    arrivals UInt32 COMMENT 'Joins since the snapshot before',
    starts UInt32 COMMENT 'Service starts since the snapshot before',
    ends UInt32 COMMENT 'Ends of service or presence since the snapshot before',
    abandons UInt32 COMMENT 'Walk-aways since the snapshot before',
    estimate_p50_seconds Nullable(Float64) COMMENT 'Expected wait of who joins now, median, seconds; NULL: see estimate_reason',
    estimate_p90_seconds Nullable(Float64) COMMENT 'The wait that nine of ten who join now will not exceed, seconds',
    estimate_method LowCardinality(String) COMMENT 'How the estimate was made; empty where there is none',
    estimate_reason LowCardinality(String) COMMENT 'Why there is no estimate; empty where there is one',
    estimate_samples UInt32 COMMENT 'Service starts that the estimate rests on',
    level LowCardinality(String) COMMENT 'ok, watch, bad or unknown',
    state LowCardinality(String) COMMENT 'open, closed or paused',
    posted_minutes Nullable(Float64) COMMENT 'What the sign says, minutes; NULL where there is none',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower'
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY (epoch, toYear(at))
ORDER BY (epoch, toStartOfHour(at), place, at)
SETTINGS index_granularity = 1024
COMMENT 'Snapshots of every place, every epoch; read queue_load'
