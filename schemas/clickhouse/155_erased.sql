CREATE TABLE IF NOT EXISTS erased
(
    hash String COMMENT 'Of the identifier that was erased, 32 hex digits: whoever has the name can look it up, nobody can read it',
    until_ms Int64 COMMENT 'What of it occurred at this instant or before is gone for good, ms since 1970',
    command String COMMENT 'Command that asked for it, see identity_commands'
)
ENGINE = ReplacingMergeTree(until_ms)
ORDER BY hash
COMMENT 'Who was erased, by hashes only: a rebuild starts from it, so that what comes late goes then, too; kept for ever'
