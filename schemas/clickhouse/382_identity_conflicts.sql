CREATE VIEW IF NOT EXISTS identity_conflicts
(
    identifier String COMMENT 'Identifier that several of one type claim, written type:value',
    other String COMMENT 'Who also claims it',
    holder String COMMENT 'Who keeps it: the earliest of them',
    customer String COMMENT 'Who that is in the end',
    known_at DateTime64(3, 'UTC') COMMENT 'When it became known, the first time',
    rule String COMMENT 'The rule that decided, in a few words',
    evidence_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint occurred that made it a conflict',
    evidence_source LowCardinality(String) COMMENT 'Source of that touchpoint',
    evidence_event_id String COMMENT 'Its event_id',
    evidence_type LowCardinality(String) COMMENT 'Its type',
    open UInt8 COMMENT '1: it still is one; 0: an unlink, or a link to a stronger type, has settled it'
)
AS SELECT
    pairs.identifier AS identifier, pairs.other AS other, links.holder AS holder, links.customer AS customer,
    pairs.first_known_at AS known_at, pairs.first_rule AS rule, pairs.at AS evidence_at, pairs.source AS evidence_source,
    pairs.event_id AS evidence_event_id, pairs.type AS evidence_type,
    links.status = 'conflict' AND pairs.last_change != 'unlinked' AND pairs.other != links.holder
        AND substringIndex(pairs.other, ':', 1) = substringIndex(links.holder, ':', 1) AS open
FROM
(
    SELECT
        identifier, other,
        minIf(known_at, change = 'conflict') AS first_known_at,
        argMinIf(rule, (version, nth), change = 'conflict') AS first_rule,
        argMinIf(tuple(evidence_at), (version, nth), change = 'conflict').1 AS at,
        argMinIf(evidence_source, (version, nth), change = 'conflict') AS source,
        argMinIf(evidence_event_id, (version, nth), change = 'conflict') AS event_id,
        argMinIf(evidence_type, (version, nth), change = 'conflict') AS type,
        argMax(change, (version, nth)) AS last_change
    FROM identity_ledger
    WHERE change IN ('conflict', 'unlinked', 'relinked') AND other != ''
    GROUP BY identifier, other
    HAVING countIf(change = 'conflict') > 0
) AS pairs
LEFT JOIN identity_links AS links ON links.identifier = pairs.identifier
COMMENT 'Identifiers that two people claim, with the evidence; from identity_ledger and identity_links'
