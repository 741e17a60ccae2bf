CREATE TABLE IF NOT EXISTS receipts
(
    topic LowCardinality(String) COMMENT 'Topic of the record',
    partition UInt16 COMMENT 'Partition of the record',
    offset UInt64 COMMENT 'Offset of the record',
    source LowCardinality(String) COMMENT 'Emitting service',
    event_id String COMMENT 'Unique within the source; found under several offsets it was sent several times',
    received_at DateTime64(3, 'UTC') COMMENT 'When the broker appended the record',
    import_file LowCardinality(String) COMMENT 'Hash of the imported file; empty for live touchpoints',
    import_line UInt64 COMMENT 'Line within the imported file, from 1; 0 for live touchpoints'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset, source, event_id)
TTL toDateTime(received_at) + INTERVAL 14 DAY
COMMENT 'One row per accepted record of the last 14 days, repeats included: the account that must add up'
