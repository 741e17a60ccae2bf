ALTER TABLE receipts
    ADD COLUMN IF NOT EXISTS erased UInt8 COMMENT '1: its touchpoint was erased on purpose; identifier and payload_hash are emptied'
