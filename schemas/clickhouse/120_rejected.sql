CREATE TABLE IF NOT EXISTS rejected
(
    topic LowCardinality(String) COMMENT 'Topic of the refused record',
    partition UInt16 COMMENT 'Partition of the refused record',
    offset UInt64 COMMENT 'Offset of the refused record',
    row String COMMENT 'Which row of the record was refused (store_refused); empty: the record itself',
    rejected_at DateTime64(3, 'UTC') COMMENT 'Append time of the refused record',
    reason LowCardinality(String) COMMENT 'One of the closed list: not_json, missing_field, bad_time, store_refused, ...',
    field LowCardinality(String) COMMENT 'Field that is wrong; empty where it is the record as a whole',
    detail String COMMENT 'What is wrong, for people',
    source LowCardinality(String) COMMENT 'Emitting service where it could be read, else empty',
    raw String COMMENT 'The bytes as text, for people; unreadable bytes are replaced' CODEC(ZSTD(3)),
    payload String COMMENT 'The exact bytes in base64, for replay' CODEC(ZSTD(3)),
    import_file LowCardinality(String) COMMENT 'Hash of the imported file; empty for a live record',
    import_line UInt64 COMMENT 'Line within the imported file, from 1; 0 for a live record'
)
ENGINE = ReplacingMergeTree
PARTITION BY toYear(rejected_at)
ORDER BY (toDate(rejected_at), topic, partition, offset, row, rejected_at)
TTL toDateTime(rejected_at) + INTERVAL 30 DAY
COMMENT 'Dead letters of the last 30 days with their reason and exact bytes'
