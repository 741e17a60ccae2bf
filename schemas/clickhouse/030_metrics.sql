CREATE TABLE IF NOT EXISTS metrics
(
    name String COMMENT 'Name of the number',
    unit LowCardinality(String) COMMENT 'Unit: seconds, people, share (0 to 1), calls, ...',
    counting_unit LowCardinality(String) COMMENT 'What one of it is: a wait, a person, a call, a touchpoint, ...',
    formula String COMMENT 'The definition in words',
    sql String COMMENT 'The definition as a query that runs here; one row, or one per place',
    version UInt64 COMMENT 'A higher version replaces a lower',
    is_deleted UInt8 DEFAULT 0 COMMENT '1: no longer shown anywhere; readers do not see such rows'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY name
COMMENT 'Every number that is shown, with its definition; written by touchline migrate'
