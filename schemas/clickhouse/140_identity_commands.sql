CREATE TABLE IF NOT EXISTS identity_commands
(
    command String COMMENT 'Number of the command, unique',
    at DateTime64(3, 'UTC') COMMENT 'When the broker appended it',
    kind LowCardinality(String) COMMENT 'unlink (A is not B), relink (it is again) or erase',
    weak String COMMENT 'The weaker identifier, or the one to erase, written type:value',
    strong String COMMENT 'The stronger identifier; empty for erase',
    who String COMMENT 'Who gave it',
    why String COMMENT 'The reason that was given',
    topic LowCardinality(String) COMMENT 'Topic of the record',
    partition UInt16 COMMENT 'Partition of the record',
    offset UInt64 COMMENT 'Offset of the record',
    version UInt64 COMMENT '2^63 - (append time in ms * 2^21 + the last 21 bits of the offset): of several copies the first received wins'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY command
COMMENT 'What people have said of identities: unlink, relink, erase; written by validate, kept for ever'
