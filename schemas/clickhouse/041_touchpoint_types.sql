CREATE TABLE IF NOT EXISTS touchpoint_types
(
    type String COMMENT 'Type of touchpoint, from the catalogue',
    gap_seconds UInt32 COMMENT 'A visit goes on for so long after it: 1800 digital, 14400 where somebody is there in the body; 0: the company sent it, it belongs to no visit',
    money LowCardinality(String) COMMENT 'What its amount does: adds, adds_without_order (only where data names no order), subtracts, order_placed (an order counts once, by its earliest placing), order_cancelled (and then not at all), or empty',
    version UInt64 COMMENT 'A higher version replaces a lower',
    is_deleted UInt8 DEFAULT 0 COMMENT '1: no such type any more; readers do not see such rows'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY type
COMMENT 'What each type counts for in visits and money; written by touchline migrate'
