ALTER TABLE erasures
    ADD COLUMN IF NOT EXISTS from_pos Int64 COMMENT 'The same start to the order within one ms: ms * 4, plus 0 for a return, 2 for an issue of a wristband, 3 for the rest',
    ADD COLUMN IF NOT EXISTS until_pos Int64 COMMENT 'The same end, this position included; 0 in rows of before there were positions',
    MODIFY ORDER BY (command, identifier, from_ms, until_ms, from_pos, until_pos)
