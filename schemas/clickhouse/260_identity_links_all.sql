CREATE TABLE IF NOT EXISTS identity_links_all
(
    identifier String COMMENT 'Identifier, written type:value; one that nothing was ever said of has no row',
    from_pos Int64 COMMENT 'Where on its line the row begins to hold: ms since 1970 * 4 + 0 returned, 2 issued, 3 all else; the lowest is from the beginning, 0 for identifiers that never change hands',
    from_time Nullable(DateTime64(3, 'UTC')) COMMENT 'The same as a time; NULL: from the beginning',
    holder String COMMENT 'Stronger identifier that it belongs to from then on; empty: nobody',
    holder_pos Int64 COMMENT 'For a call or token on a wristband, device or cookie: where on that one it lies; else 0',
    customer String COMMENT 'Who that is in the end; the identifier itself where nobody holds it',
    status LowCardinality(String) COMMENT 'held, open (issued or returned, nobody yet), blocked (too many holders), unlinked (by hand) or conflict (several of one type claim it, the earliest keeps it)',
    evidence_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint occurred that says so; NULL where none does',
    evidence_source LowCardinality(String) COMMENT 'Source of that touchpoint; empty where there is none',
    evidence_event_id String COMMENT 'Its event_id; empty where there is none',
    evidence_type LowCardinality(String) COMMENT 'Its type; empty where there is none',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower',
    is_deleted UInt8 DEFAULT 0 COMMENT '1: the row holds no longer; readers do not see such rows',
    INDEX holder_filter holder TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX customer_filter customer TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY epoch
ORDER BY (epoch, identifier, from_pos)
COMMENT 'Who holds which identifier since when, every epoch; read identity_links'
