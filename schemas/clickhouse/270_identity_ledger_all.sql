CREATE TABLE IF NOT EXISTS identity_ledger_all
(
    known_at DateTime64(3, 'UTC') COMMENT 'When the record was appended that told it',
    identifier String COMMENT 'Identifier that the change is about, written type:value',
    change LowCardinality(String) COMMENT 'link, holder, conflict, claim, claim_withdrawn, blocked, unlinked, relinked, merged, merge_refused, merge_withdrawn, issued, returned, many_children, erased or sealed',
    before String COMMENT 'Holder before the change; empty: nobody',
    after String COMMENT 'Holder after the change; empty: nobody',
    other String COMMENT 'The other identifier that it is about: linked, in conflict, claimed, unlinked, merged; empty where there is none',
    rule String COMMENT 'The rule that decided, in a few words',
    evidence_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint occurred that says so; NULL where none does',
    evidence_source LowCardinality(String) COMMENT 'Source of that touchpoint; empty where there is none',
    evidence_event_id String COMMENT 'Its event_id; empty where there is none',
    evidence_type LowCardinality(String) COMMENT 'Its type; empty where there is none',
    command String COMMENT 'Command that did it, see identity_commands; empty where none did',
    who String COMMENT 'Who gave that command; empty where there is none',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower',
    nth UInt32 COMMENT 'Counts the changes of one record, from 0',
    INDEX known_range known_at TYPE minmax GRANULARITY 1,
    INDEX other_filter other TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX after_filter after TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY epoch
ORDER BY (epoch, identifier, version, nth)
COMMENT 'Every change of identities, every epoch; read identity_ledger'
