CREATE TABLE IF NOT EXISTS settings
(
    name String COMMENT 'Name of the setting',
    value String COMMENT 'Its value, as the last touchline up or migrate was given it',
    meaning String COMMENT 'What depends on it',
    version UInt64 COMMENT 'A higher version replaces a lower',
    is_deleted UInt8 DEFAULT 0 COMMENT '1: there is no such setting any more; readers do not see such rows'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY name
COMMENT 'What the views must know of this installation: time zone and currency; written by touchline migrate'
