CREATE TABLE IF NOT EXISTS erasure_receipts
(
    command String COMMENT 'Command that asked for it, see identity_commands',
    store String COMMENT 'Table, or topic of the broker, written topic:name',
    erased UInt64 COMMENT 'Rows that were erased from it, as far as they were counted',
    survivors Nullable(UInt64) COMMENT 'Rows that still named somebody erased when it was looked at last; NULL where nobody can look',
    checked_at DateTime64(3, 'UTC') COMMENT 'When it was looked at last',
    gone_by Nullable(DateTime64(3, 'UTC')) COMMENT 'When the last trace is gone by itself, by expiry; NULL where nothing is left, or where only compaction removes it'
)
ENGINE = ReplacingMergeTree(checked_at)
ORDER BY (command, store)
COMMENT 'What was erased, where, and what is left: names nobody; written by the sink, kept for ever'
