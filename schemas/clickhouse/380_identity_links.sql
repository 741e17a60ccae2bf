CREATE VIEW IF NOT EXISTS identity_links
(
    identifier String COMMENT 'Identifier, written type:value; one that nothing was ever said of has no row',
    from_pos Int64 COMMENT 'Where on its line the row begins to hold: ms since 1970 * 4 + 0 returned, 2 issued, 3 all else; the lowest is from the beginning, 0 for identifiers that never change hands',
    from_time Nullable(DateTime64(3, 'UTC')) COMMENT 'The same as a time; NULL: from the beginning',
    holder String COMMENT 'Stronger identifier that it belongs to from then on; empty: nobody',
    holder_pos Int64 COMMENT 'For a call or token on a wristband, device or cookie: where on that one it lies; else 0',
    customer String COMMENT 'Who that is in the end; the identifier itself where nobody holds it',
    status LowCardinality(String) COMMENT 'held, open (issued or returned, nobody yet), blocked (too many holders), unlinked (by hand) or conflict (several of one type claim it, the earliest keeps it)',
    evidence_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the touchpoint occurred that says so; NULL where none does',
    evidence_source LowCardinality(String) COMMENT 'Source of that touchpoint; empty where there is none',
    evidence_event_id String COMMENT 'Its event_id; empty where there is none',
    evidence_type LowCardinality(String) COMMENT 'Its type; empty where there is none',
    epoch UInt16 COMMENT 'Epoch of the pipeline that wrote the row',
    version UInt64 COMMENT 'Epoch, log offset and ordinal of the writer: a higher version replaces a lower'
)
AS SELECT
    links.identifier AS identifier, links.from_pos AS from_pos, links.from_time AS from_time, links.holder AS holder,
    links.holder_pos AS holder_pos,
    multiIf(
        links.kind IN ('customer', 'loyalty_card', 'email', 'phone'), links.customer,
        links.holder = '', links.identifier,
        links.person = '', links.holder,
        tops.customer = '', links.person,
        tops.customer
    ) AS customer,
    links.status AS status, links.evidence_at AS evidence_at, links.evidence_source AS evidence_source,
    links.evidence_event_id AS evidence_event_id, links.evidence_type AS evidence_type, links.epoch AS epoch,
    links.version AS version
FROM
(
    SELECT
        told.*,
        substringIndex(told.identifier, ':', 1) AS kind,
        if(substringIndex(told.holder, ':', 1) IN ('wristband', 'device', 'cookie'), runs.holder, told.holder) AS person
    FROM
    (
        SELECT * FROM identity_links_all FINAL
        WHERE epoch = (SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL)
    ) AS told
    ASOF LEFT JOIN
    (
        SELECT identifier, from_pos, holder FROM identity_links_all FINAL
        WHERE epoch = (SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL)
            AND substringIndex(identifier, ':', 1) IN ('wristband', 'device', 'cookie')
    ) AS runs ON runs.identifier = told.holder AND runs.from_pos <= told.holder_pos
) AS links
LEFT JOIN
(
    SELECT identifier, customer FROM identity_links_all FINAL
    WHERE epoch = (SELECT max(epoch) FROM epochs WHERE finished_at IS NOT NULL)
        AND substringIndex(identifier, ':', 1) IN ('customer', 'loyalty_card', 'email', 'phone')
) AS tops ON tops.identifier = links.person
COMMENT 'Who holds which identifier since when, and who that is now; of the last finished epoch; written by stitch'
