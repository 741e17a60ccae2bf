CREATE TABLE IF NOT EXISTS rejected_audit
(
    topic LowCardinality(String) COMMENT 'Topic of the dead letter, as in rejected',
    partition UInt16 COMMENT 'Partition of the dead letter',
    offset UInt64 COMMENT 'Offset of the dead letter',
    row String COMMENT 'Which row of the record it is; empty: the record itself',
    rejected_at DateTime64(3, 'UTC') COMMENT 'Append time of the refused record; with the position it names the dead letter',
    at DateTime64(3, 'UTC') COMMENT 'When somebody dealt with it',
    action LowCardinality(String) COMMENT 'fixed, replayed or discarded',
    by String COMMENT 'Who did it: the account on that machine, or the name that was given',
    why String COMMENT 'The reason that was given; empty: none',
    reason LowCardinality(String) COMMENT 'Why it had been refused',
    source LowCardinality(String) COMMENT 'Emitting service of the dead letter',
    changes String COMMENT 'Which fields were set, removed or renamed, without their values; empty where it was sent unchanged',
    new_topic LowCardinality(String) COMMENT 'Topic of the record that was sent in its place; empty where it was discarded',
    new_partition UInt16 COMMENT 'Partition of that record; 0 where it was discarded',
    new_offset UInt64 COMMENT 'Offset of that record; 0 where it was discarded'
)
ENGINE = ReplacingMergeTree
ORDER BY (toDate(rejected_at), topic, partition, offset, row, rejected_at, at)
COMMENT 'What became of dead letters by hand: who replayed, fixed or discarded which one, when and why'
