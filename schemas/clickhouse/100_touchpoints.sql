CREATE TABLE IF NOT EXISTS touchpoints
(
    source LowCardinality(String) COMMENT 'Emitting service; with event_id the deduplication key',
    event_id String COMMENT 'Unique within the source',
    channel LowCardinality(String) COMMENT 'web, app, wristband, till, call_center, email, social, desk, sensor or partner',
    type LowCardinality(String) COMMENT 'What happened, from the catalogue of types',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened, by the clock of the source',
    occurred_text String COMMENT 'occurred_at exactly as it was sent',
    received_at DateTime64(3, 'UTC') COMMENT 'When the broker appended the record',
    sent_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the source sent it, by its own clock; NULL if it did not say',
    identifier String COMMENT 'Strongest identifier, written type:value, where it was aggregated; empty: nobody known',
    identifiers Map(String, String) COMMENT 'Every identifier it carried, normalised; e-mail and phone as keyed hashes',
    place LowCardinality(Nullable(String)) COMMENT 'Where it happened; NULL where the type has no place',
    amount Nullable(Decimal(18, 4)) COMMENT 'Money of the touchpoint in currency; NULL where it carries none',
    currency LowCardinality(String) COMMENT 'ISO 4217 code of amount; empty without amount',
    data String COMMENT 'The fields of the type as JSON text, unknown ones included' CODEC(ZSTD(1)),
    extra String COMMENT 'Unknown fields beside data as JSON text; empty where there were none' CODEC(ZSTD(1)),
    operated_by LowCardinality(String) COMMENT 'Partner who is responsible (courier, car park); empty: ourselves',
    audience LowCardinality(String) COMMENT 'customer, staff, bot or test; boards show customers',
    schema_version UInt16 COMMENT 'Version of the contract that the source spoke',
    topic LowCardinality(String) COMMENT 'Topic of the record',
    partition UInt16 COMMENT 'Partition of the record',
    offset UInt64 COMMENT 'Offset of the record' CODEC(Delta, ZSTD(1)),
    payload_hash String COMMENT 'Hash of the payload, 16 hex digits; tells a repeat from a conflict',
    import_file LowCardinality(String) COMMENT 'Hash of the imported file; empty for live touchpoints',
    import_line UInt64 COMMENT 'Line within the imported file, from 1; 0 for live touchpoints',
    version UInt64 COMMENT '2^63 - append time in microseconds: of several copies the first received wins',
    INDEX identifier_filter identifier TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX received_range received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYear(occurred_at)
ORDER BY (toDate(occurred_at), source, event_id)
COMMENT 'Every accepted touchpoint, once; written by validate'
