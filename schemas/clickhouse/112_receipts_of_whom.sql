ALTER TABLE receipts
    ADD COLUMN IF NOT EXISTS occurred_on Date COMMENT 'Day (UTC) that the touchpoint named; copies under one id that name several days are stored as many',
    ADD COLUMN IF NOT EXISTS identifier String COMMENT 'Strongest identifier that it named; copies under one id that name several people are told to each of them',
    ADD COLUMN IF NOT EXISTS payload_hash String COMMENT 'Hash of the payload, 16 hex digits; empty for receipts from before this was noted'
