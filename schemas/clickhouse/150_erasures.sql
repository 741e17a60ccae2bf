CREATE TABLE IF NOT EXISTS erasures
(
    command String COMMENT 'Command that asked for it, see identity_commands',
    identifier String COMMENT 'Identifier that had something to forget, written type:value',
    from_ms Int64 COMMENT 'Its touchpoints and stays from this instant on have to go, ms since 1970',
    until_ms Int64 COMMENT 'Up to and at this instant, ms since 1970',
    whole UInt8 COMMENT '1: nothing may name it any more; 0: a wristband, device or cookie that has other holders too',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (command, identifier, from_ms, until_ms)
COMMENT 'What is being erased at this moment; a row is gone once nothing is left of what it names, see erasure_receipts'
