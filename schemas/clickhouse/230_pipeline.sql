CREATE TABLE IF NOT EXISTS pipeline
(
    stage LowCardinality(String) COMMENT 'Stage of the pipeline',
    partition UInt16 COMMENT 'Partition of the stage',
    input LowCardinality(String) COMMENT 'Topic that it reads',
    at DateTime64(3, 'UTC') COMMENT 'When this was measured, by the clock of the worker',
    watermark Nullable(DateTime64(3, 'UTC')) COMMENT 'Everything up to here is in the numbers; NULL before the first',
    offset Int64 COMMENT 'Last offset that is processed and durable; -1 before the first',
    end_offset Int64 COMMENT 'End of the log as last seen',
    lag Int64 COMMENT 'Records behind the end of the log',
    delay_seconds Nullable(Float64) COMMENT 'How far the watermark is behind the measurement, seconds',
    events UInt64 COMMENT 'Records processed since the start of the worker',
    held_by String COMMENT 'Sender that holds the watermark back; empty where none does'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(at)
ORDER BY (toStartOfFiveMinutes(at), stage, partition, input, at)
TTL toDateTime(at) + INTERVAL 2 DAY
SETTINGS ttl_only_drop_parts = 1, index_granularity = 1024
COMMENT 'Where each stage stands, about once a second, for 2 days: data as of, lag and delay come from here'
