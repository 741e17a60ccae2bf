ALTER TABLE erasure_receipts
    ADD COLUMN IF NOT EXISTS unreadable UInt64 COMMENT 'Rows of which nobody can say whom they name (dead letters that cannot be looked through); gone_by is when the last of them expires',
    ADD COLUMN IF NOT EXISTS reason String COMMENT 'Why gone_by is that date, or why there is none; empty where nothing is left'
